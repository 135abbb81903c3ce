"""Errors of a batch: invalid jobs, a ledger that cannot be used, or another process that is working on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from runcomfy_client.errors import RunComfyError

_MAX_SHOWN: Final = 20


class BatchError(RunComfyError):
    """Base of the errors of batches."""


@dataclass(frozen=True, slots=True)
class LineProblem:
    """One problem in the jobs of a batch. `line` is counted from 1, in the file or in the list of jobs."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class InvalidJobs(BatchError, ValueError):
    """Some jobs are invalid. Nothing was planned, and nothing was sent.

    Attributes:
        problems: every problem that was found, by line, up to the first thousand.
        total: how many there are.
    """

    next_step = "Correct these lines and run the same again; nothing was sent."

    def __init__(self, problems: Sequence[LineProblem], *, total: int | None = None) -> None:
        total = len(problems) if total is None else total
        count = "1 problem" if total == 1 else f"{total:,} problems"
        more = [f"and {total - _MAX_SHOWN:,} more"] if total > _MAX_SHOWN else []
        super().__init__("\n  ".join([f"{count} in the jobs", *map(str, problems[:_MAX_SHOWN]), *more]))
        self.problems = tuple(problems)
        self.total = total


class LedgerError(BatchError):
    """The ledger cannot be read or written, so nothing more is submitted.

    Attributes:
        orphans: jobs that were accepted and could not be recorded: (key, request id).
    """

    next_step = "Make room or make the folder writable, then run the same again: it goes on where the ledger ends."

    def __init__(self, message: str, *, orphans: Sequence[tuple[str, str]] = (), next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.orphans = tuple(orphans)


class BatchBusy(BatchError):
    """Another process is working on this batch."""

    next_step = "Wait until it is done, or stop it; to look on, use `runcomfy-py batch status`."

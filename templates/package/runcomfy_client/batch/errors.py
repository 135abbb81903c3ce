"""The exceptions of batches: invalid jobs, an unusable ledger, or a folder that another process is using."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from runcomfy_client.errors import RunComfyError

_MAX_SHOWN: Final = 20


class BatchError(RunComfyError):
    """The base class of the exceptions of batches."""


@dataclass(frozen=True, slots=True)
class LineProblem:
    """One problem in the jobs of a batch.

    Attributes:
        line: the line in the file, or the position in the list of jobs, counted from 1.
        message: what is wrong.
    """

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class InvalidJobs(BatchError, ValueError):
    """Some jobs are invalid. Nothing was planned, and nothing was sent.

    Attributes:
        problems: the first 1,000 problems, by line.
        total: the number of all problems.
    """

    next_step = "Correct these lines, and run the command again; nothing was sent."

    def __init__(self, problems: Sequence[LineProblem], *, total: int | None = None) -> None:
        total = len(problems) if total is None else total
        count = "1 problem" if total == 1 else f"{total:,} problems"
        more = [f"and {total - _MAX_SHOWN:,} more"] if total > _MAX_SHOWN else []
        super().__init__("\n  ".join([f"{count} in the jobs", *map(str, problems[:_MAX_SHOWN]), *more]))
        self.problems = tuple(problems)
        self.total = total


class LedgerError(BatchError):
    """The ledger cannot be read or written, so no more jobs are submitted.

    Attributes:
        orphans: the jobs that were accepted, but could not be recorded: (key, request id).
    """

    next_step = "Free disk space, or make the folder writable, then run the command again: it continues where the ledger ends."

    def __init__(self, message: str, *, orphans: Sequence[tuple[str, str]] = (), next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.orphans = tuple(orphans)


class BatchBusy(BatchError):
    """Another process is using this batch."""

    next_step = "Wait until it has finished, or stop it. To see its progress, use `runcomfy-py batch status`."

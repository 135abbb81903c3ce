"""Attaches job ids to exceptions that interrupt a flow: Ctrl-C, a cancelled task, an exception in a user's callback."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

from runcomfy_client._core.flows.effects import CallerError
from runcomfy_client._core.protocol.response import Response
from runcomfy_client._core.protocol.submit_outcome import Accepted, outcome_of
from runcomfy_client.errors import RunComfyError
from runcomfy_client.orphans import OrphanedJob, orphaned_jobs

_MOST_NOTES: Final = 20
_log = logging.getLogger("runcomfy_client")


def log_orphans(left: Iterable[OrphanedJob]) -> None:
    """Log orphaned jobs, for cases where the exception may reach nobody."""
    for one in left:
        _log.warning("left behind: %s", one)


def attach_jobs(stop: BaseException, *left: OrphanedJob) -> None:
    """Attach orphaned jobs to an exception: for `orphaned_job`, and as notes for people."""
    if not left:
        return
    if isinstance(stop, CallerError):
        stop = stop.error
    stop.__dict__["_runcomfy_orphaned_jobs"] = left
    for one in left[:_MOST_NOTES]:
        stop.add_note(str(one))
    if len(left) > _MOST_NOTES:
        stop.add_note(f"and {len(left) - _MOST_NOTES} more jobs: runcomfy_client.orphaned_jobs(error) returns all of them.")


class SubmitRecorder:
    """Records the response to a submit, so that an exception raised before the caller has the job (such as Ctrl-C) still names it.

    with SubmitRecorder(model_id) as recorder:
        job = session.run(..., on_submit=recorder.record)
    """

    __slots__ = ("_answer", "_model_id")

    def __init__(self, model_id: str) -> None:
        self._model_id = model_id
        self._answer: Response | None = None

    def record(self, answer: Response) -> None:
        """Record the response to a submit."""
        self._answer = answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, stop: BaseException | None, _frames: TracebackType | None) -> None:
        if stop is None or self._answer is None or isinstance(stop, RunComfyError) or orphaned_jobs(stop):
            return
        accepted = outcome_of(self._answer, model_id=self._model_id)
        if isinstance(accepted, Accepted):
            attach_jobs(stop, OrphanedJob(self._model_id, accepted.request_id))


@contextmanager
def annotate_interrupts(request_id: str, model_id: str | None, *, succeeded: bool = False) -> Iterator[None]:
    """Attach the job's id to every exception from outside that leaves the block."""
    try:
        yield
    except (GeneratorExit, RunComfyError):
        raise
    except BaseException as stop:
        attach_jobs(stop, OrphanedJob(model_id, request_id, succeeded=succeeded))
        raise

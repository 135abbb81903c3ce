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

_MAX_NOTES: Final = 20
_log = logging.getLogger("runcomfy_client")


def log_orphans(jobs: Iterable[OrphanedJob]) -> None:
    """Log orphaned jobs, for cases where the caller may never see the exception."""
    for job in jobs:
        _log.warning("orphaned job: %s", job)


def attach_jobs(error: BaseException, *jobs: OrphanedJob) -> None:
    """Attach orphaned jobs to an exception: for `orphaned_job`, and as notes that a traceback shows."""
    if not jobs:
        return
    if isinstance(error, CallerError):
        error = error.error
    error.__dict__["_runcomfy_orphaned_jobs"] = jobs
    for job in jobs[:_MAX_NOTES]:
        error.add_note(str(job))
    if len(jobs) > _MAX_NOTES:
        error.add_note(f"and {len(jobs) - _MAX_NOTES} more jobs: runcomfy_client.orphaned_jobs(error) returns all of them.")


class SubmitRecorder:
    """Records the response to a submit, so that an exception raised before the caller has the job (such as Ctrl-C) carries its id.

    with SubmitRecorder(model_id) as recorder:
        job = session.run(..., on_submit=recorder.record)
    """

    __slots__ = ("_model_id", "_response")

    def __init__(self, model_id: str) -> None:
        self._model_id = model_id
        self._response: Response | None = None

    def record(self, response: Response) -> None:
        """Record the response to a submit."""
        self._response = response

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _frames: TracebackType | None) -> None:
        if error is None or self._response is None or isinstance(error, RunComfyError) or orphaned_jobs(error):
            return
        accepted = outcome_of(self._response, model_id=self._model_id)
        if isinstance(accepted, Accepted):
            attach_jobs(error, OrphanedJob(self._model_id, accepted.request_id))


@contextmanager
def annotate_interrupts(request_id: str, model_id: str | None, *, succeeded: bool = False) -> Iterator[None]:
    """Attach the job's id to every exception from outside that leaves the block."""
    try:
        yield
    except (GeneratorExit, RunComfyError):
        raise
    except BaseException as error:
        attach_jobs(error, OrphanedJob(model_id, request_id, succeeded=succeeded))
        raise

"""The jobs that an interrupt orphans: Ctrl-C, a cancelled task, or an exception in a user's callback."""

from __future__ import annotations

from dataclasses import dataclass

from runcomfy_client.errors import JobCancelled, JobFailed, RunComfyError, SubmitUnknown, resume_hint


@dataclass(frozen=True, slots=True)
class OrphanedJob:
    """A job whose caller was interrupted before the outcome was delivered.

    Attributes:
        model_id: the model's id, when it is known.
        request_id: the job's id; None when the submit was interrupted and it is not known whether a job exists.
        cancelled: whether the job was still queued and has been cancelled because of the interrupt.
        unknown: all that is known of an interrupted submit.
        succeeded: whether the job had succeeded, and the interrupt came while its files were being saved.
    """

    model_id: str | None
    request_id: str | None = None
    cancelled: bool = False
    unknown: SubmitUnknown | None = None
    succeeded: bool = False

    def __str__(self) -> str:
        if self.unknown is not None:
            return str(self.unknown)
        what = f"RunComfy job {self.request_id}" + (f" of {self.model_id}" if self.model_id else "")
        if self.succeeded:
            return f'{what} has succeeded, and its files are not all saved: client.job("{self.request_id}").result().save(folder).'
        return (
            f"{what} was still queued and has been cancelled." if self.cancelled else f"{what}: {resume_hint(str(self.request_id))}"
        )


def orphaned_job(error: BaseException) -> OrphanedJob | None:
    """Return the job that was orphaned by an exception raised from this package, or None; the first one of several.

    It accepts `KeyboardInterrupt`, `asyncio.CancelledError` and similar exceptions, and errors of this package. It also follows
    `__cause__` and `__context__`: `asyncio.run` raises a new exception after Ctrl-C.
    """
    return next(iter(orphaned_jobs(error)), None)


def orphaned_jobs(error: BaseException) -> tuple[OrphanedJob, ...]:
    """Return every job that an exception orphaned: an interrupted `run_all` can orphan many."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        left = one.__dict__.get("_runcomfy_orphaned_jobs", ())
        if left:
            return tuple(left)
        if isinstance(one, SubmitUnknown):
            return (OrphanedJob(one.model_id, unknown=one),)
        if isinstance(one, (JobFailed, JobCancelled)):  # it is over
            return ()
        if isinstance(one, RunComfyError) and one.request_id is not None:
            return (OrphanedJob(one.model_id, one.request_id, cancelled=bool(getattr(one, "cancelled", False))),)
        one = one.__cause__ or one.__context__
    return ()

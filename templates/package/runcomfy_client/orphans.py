"""The jobs that an interrupt orphans: Ctrl-C, a cancelled task, or an exception in a user's callback."""

from __future__ import annotations

from dataclasses import dataclass

from runcomfy_client.errors import JobCancelled, JobFailed, RunComfyError, SubmitUnknown, resume_hint


@dataclass(frozen=True, slots=True)
class OrphanedJob:
    """A job whose caller was interrupted before the outcome was delivered.

    Attributes:
        model_id: the model's id; None if it is not known.
        request_id: the job's id; None if the submit was interrupted, and it is not known whether a job exists.
        cancelled: True if the job was still queued, and was cancelled because of the interrupt.
        unknown: what is known about an interrupted submit.
        succeeded: True if the job had succeeded, and saving its files was interrupted.
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
            return f'{what} has succeeded, but not all its files are saved: client.job("{self.request_id}").result().save(folder).'
        return (
            f"{what} was still queued and has been cancelled." if self.cancelled else f"{what}: {resume_hint(str(self.request_id))}"
        )


def orphaned_job(error: BaseException) -> OrphanedJob | None:
    """Return the job that an exception raised through this package orphaned: the first one, or None.

    It accepts `KeyboardInterrupt`, `asyncio.CancelledError` and similar exceptions, and errors of this package. It also follows
    `__cause__` and `__context__`: `asyncio.run` raises a new exception after Ctrl-C.
    """
    return next(iter(orphaned_jobs(error)), None)


def orphaned_jobs(error: BaseException) -> tuple[OrphanedJob, ...]:
    """Return all jobs that an exception orphaned: an interrupted `run_all` can orphan many."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        attached = link.__dict__.get("_runcomfy_orphaned_jobs", ())
        if attached:
            return tuple(attached)
        if isinstance(link, SubmitUnknown):
            return (OrphanedJob(link.model_id, unknown=link),)
        if isinstance(link, (JobFailed, JobCancelled)):  # the job has ended
            return ()
        if isinstance(link, RunComfyError) and link.request_id is not None:
            return (OrphanedJob(link.model_id, link.request_id, cancelled=bool(getattr(link, "cancelled", False))),)
        link = link.__cause__ or link.__context__
    return ()

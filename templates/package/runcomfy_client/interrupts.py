"""The jobs that an interrupt leaves behind: Ctrl-C, a cancelled task, an exception in a user's callback."""

from __future__ import annotations

from dataclasses import dataclass

from runcomfy_client.errors import JobCancelled, JobFailed, RunComfyError, SubmitUnknown, resume_hint


@dataclass(frozen=True, slots=True)
class OrphanedJob:
    """A job that its caller was torn away from.

    Attributes:
        model_id: the model's id, when it is known.
        request_id: the job's id; None when the submit was interrupted and it is not known whether a job exists.
        cancelled: whether the job was still queued and has been cancelled on the way out.
        unknown: all that is known of an interrupted submit.
        succeeded: whether it was done already, and its files were being saved.
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
    """Return the job that an exception out of this package tore its caller away from, or None; of many jobs, the first.

    It works on `KeyboardInterrupt`, `asyncio.CancelledError` and the like, and on errors of this package. An exception that was
    raised in the course of another, as `asyncio.run` does after Ctrl-C, answers for that one too.
    """
    return next(iter(orphaned_jobs(error)), None)


def orphaned_jobs(error: BaseException) -> tuple[OrphanedJob, ...]:
    """Return every job that an exception tore its caller away from: `run_all` can leave many behind."""
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

"""A job's id survives whatever interrupts the waiting for it: Ctrl-C, a cancelled task, an exception in a user's callback."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from runcomfy_client.errors import JobCancelled, JobFailed, RunComfyError, SubmitUnknown, resume_hint
from runcomfy_client.flows.effects import Outside
from runcomfy_client.protocol.outcome import Accepted, outcome_of
from runcomfy_client.protocol.raw import Answer

_MOST_NOTES: Final = 20
_log = logging.getLogger("runcomfy_client")


@dataclass(frozen=True, slots=True)
class LeftBehind:
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


def left_behind(error: BaseException) -> LeftBehind | None:
    """Return the job that an exception out of this package tore its caller away from, or None; of many jobs, the first.

    It works on `KeyboardInterrupt`, `asyncio.CancelledError` and the like, and on errors of this package. An exception that was raised
    in the course of another, as `asyncio.run` does after Ctrl-C, answers for that one too.
    """
    return next(iter(all_left_behind(error)), None)


def all_left_behind(error: BaseException) -> tuple[LeftBehind, ...]:
    """Return every job that an exception tore its caller away from: `run_all` can leave many behind."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        left = one.__dict__.get("_runcomfy_left_behind", ())
        if left:
            return tuple(left)
        if isinstance(one, SubmitUnknown):
            return (LeftBehind(one.model_id, unknown=one),)
        if isinstance(one, (JobFailed, JobCancelled)):  # it is over
            return ()
        if isinstance(one, RunComfyError) and one.request_id is not None:
            return (LeftBehind(one.model_id, one.request_id, cancelled=bool(getattr(one, "cancelled", False))),)
        one = one.__cause__ or one.__context__
    return ()


def tell_of(left: Iterable[LeftBehind]) -> None:
    """Log which jobs are left behind: where no exception tells it to anyone."""
    for one in left:
        _log.warning("left behind: %s", one)


def mark(stop: BaseException, *left: LeftBehind) -> None:
    """Write onto an exception which jobs it leaves behind: for `left_behind`, and as notes for people."""
    if not left:
        return
    if isinstance(stop, Outside):
        stop = stop.error
    stop.__dict__["_runcomfy_left_behind"] = left
    for one in left[:_MOST_NOTES]:
        stop.add_note(str(one))
    if len(left) > _MOST_NOTES:
        stop.add_note(f"and {len(left) - _MOST_NOTES} jobs more: runcomfy_client.all_left_behind(error) names them all.")


class Net:
    """Catches the id of a job between the answer to its submit and the caller: for an exception that comes in just there, as Ctrl-C can.

    with Net(model_id) as net:
        job = line.perform(..., paid=net.catch)
    """

    __slots__ = ("_answer", "_model_id")

    def __init__(self, model_id: str) -> None:
        self._model_id = model_id
        self._answer: Answer | None = None

    def catch(self, answer: Answer) -> None:
        """Keep the answer to a submit."""
        self._answer = answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, stop: BaseException | None, _frames: TracebackType | None) -> None:
        if stop is None or self._answer is None or isinstance(stop, RunComfyError) or all_left_behind(stop):
            return
        accepted = outcome_of(self._answer, model_id=self._model_id)
        if isinstance(accepted, Accepted):
            mark(stop, LeftBehind(self._model_id, accepted.request_id))


class keeping:  # in small letters, for it reads as a verb: with keeping(...)
    """Mark every foreign exception that leaves the block with the job's id."""

    __slots__ = ("_left",)

    def __init__(self, request_id: str, model_id: str | None, *, succeeded: bool = False) -> None:
        self._left = LeftBehind(model_id, request_id, succeeded=succeeded)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: type[BaseException] | None, stop: BaseException | None, _frames: TracebackType | None) -> None:
        if stop is not None and not isinstance(stop, (GeneratorExit, RunComfyError)):
            mark(stop, self._left)

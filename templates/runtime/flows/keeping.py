"""A job's id survives whatever interrupts the waiting for it: Ctrl-C, a cancelled task, an exception in a user's callback."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

from runcomfy_client.errors import RunComfyError, SubmitUnknown, resume_hint


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A job that its caller was torn away from.

    Attributes:
        model_id: the model's id, when it is known.
        request_id: the job's id; None when the submit was interrupted and it is not known whether a job exists.
        cancelled: whether the job was still queued and has been cancelled on the way out.
        unknown: all that is known of an interrupted submit.
    """

    model_id: str | None
    request_id: str | None = None
    cancelled: bool = False
    unknown: SubmitUnknown | None = None

    def __str__(self) -> str:
        if self.unknown is not None:
            return str(self.unknown)
        what = f"RunComfy job {self.request_id}" + (f" of {self.model_id}" if self.model_id else "")
        return (
            f"{what} was still queued and has been cancelled." if self.cancelled else f"{what}: {resume_hint(str(self.request_id))}"
        )


def left_behind(error: BaseException) -> LeftBehind | None:
    """Return the job that an exception out of this package tore its caller away from, or None.

    It works on `KeyboardInterrupt`, `asyncio.CancelledError` and the like, and on errors of this package.
    """
    left = getattr(error, "_runcomfy_left_behind", None)
    if isinstance(left, LeftBehind):
        return left
    if isinstance(error, SubmitUnknown):
        return LeftBehind(error.model_id, unknown=error)
    if isinstance(error, RunComfyError) and error.request_id is not None:
        return LeftBehind(error.model_id, error.request_id, cancelled=bool(getattr(error, "cancelled", False)))
    return None


def mark(stop: BaseException, left: LeftBehind) -> None:
    """Write onto an exception which job it leaves behind: for `left_behind`, and as a note for people."""
    stop.__dict__["_runcomfy_left_behind"] = left
    stop.add_note(str(left))


class keeping:  # noqa: N801 - reads as a verb: with keeping(...)
    """Mark every foreign exception that leaves the block with the job's id."""

    __slots__ = ("_left",)

    def __init__(self, request_id: str, model_id: str | None) -> None:
        self._left = LeftBehind(model_id, request_id)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: type[BaseException] | None, stop: BaseException | None, _frames: TracebackType | None) -> None:
        if stop is not None and not isinstance(stop, (GeneratorExit, RunComfyError)):
            mark(stop, self._left)

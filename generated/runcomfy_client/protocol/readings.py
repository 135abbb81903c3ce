"""The answer to a call that is safe to make again, sorted: a body, a passing trouble, or an error that no waiting cures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from runcomfy_client.protocol.answers import json_object
from runcomfy_client.protocol.raw import Answer, Lost
from runcomfy_client.errors import (
    ConnectionFailed,
    InsufficientBalance,
    InvalidRequest,
    RequestNotFound,
    RunComfyError,
    ServerError,
    UnknownModel,
    resume_hint,
)
from runcomfy_client.protocol.outcome import REFUSALS
from runcomfy_client.protocol.refusals import NOT_READY, error_of, reports_error


@dataclass(frozen=True, slots=True)
class Trouble:
    """No body. `passing` says whether it is worth asking again; `missing`, that the server does not know the job, or not yet."""

    error: RunComfyError
    passing: bool
    missing: bool = False


_FINAL_STATUSES: Final = REFUSALS - {404, 429}


def reading_of(told: Answer | Lost, *, request_id: str | None, model_id: str | None) -> dict[str, Any] | Trouble:
    """Return the body of an answer, or the trouble with it. What is not certain to be final counts as passing.

    `request_id` is None for a call that is about no job.
    """
    if isinstance(told, Lost):
        return Trouble(_lost(told, request_id, model_id), passing=True)
    body = json_object(told)
    if 200 <= told.status < 300 and body is not None and not reports_error(body):
        return body
    if 200 <= told.status < 300 and body is None:
        why = told.broken or "its answer is not a JSON object"
        error = ServerError(
            f"The API could not be understood: {why}", request_id=request_id, model_id=model_id, http_status=told.status
        )
        return Trouble(error, passing=True)
    reported = error_of(told, request_id=request_id, model_id=model_id)
    if isinstance(reported, RequestNotFound):
        return Trouble(reported, passing=False, missing=True)
    if request_id is not None and isinstance(reported, (InsufficientBalance, InvalidRequest, UnknownModel)):
        reported.next_step = f"Only this question was refused. {resume_hint(request_id)}"  # theirs are about a submit
    status = reported.code // 1000 if told.status < 300 and reported.code else told.status
    return Trouble(reported, passing=reported.code == NOT_READY or status not in _FINAL_STATUSES)


def _lost(lost: Lost, request_id: str | None, model_id: str | None) -> RunComfyError:
    kind = ServerError if lost.sent else ConnectionFailed
    step = (
        "Try again later: asking is free."
        if request_id is None
        else "Try again later: asking is free, and the job goes on meanwhile."
    )
    return kind(f"The API did not answer: {lost.why}", next_step=step, request_id=request_id, model_id=model_id)

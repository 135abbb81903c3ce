"""Classifies the response to a call that is safe to repeat: a body, a transient failure, or a final error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from runcomfy_client._core.protocol.error_mapping import NOT_READY, error_from_response, is_error_body
from runcomfy_client._core.protocol.parsing import is_web_page, json_object
from runcomfy_client._core.protocol.response import Response, TransportError
from runcomfy_client._core.protocol.submit_outcome import REFUSALS
from runcomfy_client.errors import (
    ConnectionFailed,
    GatewayError,
    InsufficientBalance,
    InvalidRequest,
    RequestNotFound,
    RunComfyError,
    ServerError,
    UnknownModel,
    resume_hint,
)


@dataclass(frozen=True, slots=True)
class CallFailure:
    """A call that returned no usable body.

    Attributes:
        error: the error to raise if the call is not retried.
        transient: a retry may succeed.
        not_found: the server does not know the job, or does not know it yet.
        unreadable: the response is complete, but is not a JSON object.
    """

    error: RunComfyError
    transient: bool
    not_found: bool = False
    unreadable: bool = False


_FINAL_STATUSES: Final = REFUSALS - {404, 429}


def classify_response(
    response: Response | TransportError, *, request_id: str | None, model_id: str | None
) -> dict[str, Any] | CallFailure:
    """Return the body of a response, or a `CallFailure`. A failure counts as transient unless it is certain to be final.

    `request_id` is None for a call that does not concern a job.
    """
    if isinstance(response, TransportError):
        return CallFailure(_transport_failure(response, request_id, model_id), transient=True)
    body = json_object(response)
    if 200 <= response.status < 300 and body is not None and not is_error_body(body):
        return body
    if 200 <= response.status < 300 and body is None:
        if is_web_page(response):
            return CallFailure(error_from_response(response, request_id=request_id, model_id=model_id), transient=True)
        why = response.truncation or "the response is not a JSON object"
        error = ServerError(
            f"The API sent an unreadable response: {why}", request_id=request_id, model_id=model_id, http_status=response.status
        )
        return CallFailure(error, transient=not response.is_too_large, unreadable=not response.truncation)
    reported = error_from_response(response, request_id=request_id, model_id=model_id)
    if isinstance(reported, RequestNotFound):
        return CallFailure(reported, transient=False, not_found=True)
    if request_id is not None and isinstance(reported, (InsufficientBalance, InvalidRequest, UnknownModel)):
        # the default next steps of these errors are about a submit
        reported.next_step = f"Only this call was refused. {resume_hint(request_id)}"
    status = reported.code // 1000 if response.status < 300 and reported.code else response.status
    transient = reported.code == NOT_READY or isinstance(reported, GatewayError) or status not in _FINAL_STATUSES
    return CallFailure(reported, transient=transient)


def _transport_failure(failure: TransportError, request_id: str | None, model_id: str | None) -> RunComfyError:
    kind = ServerError if failure.maybe_sent else ConnectionFailed
    step = (
        "Try again later: this call is free."
        if request_id is None
        else "Try again later: this call is free, and the job continues."
    )
    return kind(f"The API did not respond: {failure.reason}", next_step=step, request_id=request_id, model_id=model_id)

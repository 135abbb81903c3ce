"""Determines the outcome of a submit: accepted, refused, not sent or unknown. Only this module decides whether a paid call may be
repeated.

event                                                  outcome    sent again?
-----------------------------------------------------  ---------  -------------------------------
a 2xx with a request id                                Accepted   no
name lookup, connect, TLS or pool failure              NotSent    yes, within the retry budget
429                                                    Refused    yes, after `Retry-After`
400 401 402 403 404 422, or a 2xx with `error_code`    Refused    no
anything else                                          Unknown    NEVER: the job may exist

A 2xx with an `error_code` comes from the application itself, which reports that it did not accept the submit. It is a refusal for
every code, 5xxxxx included, even if the body also has a request id. A 5xx status proves nothing, since any proxy may have sent it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from runcomfy_client._core.protocol.error_mapping import error_from_response, is_error_body
from runcomfy_client._core.protocol.parsing import json_object, request_id_in
from runcomfy_client._core.protocol.response import Response, TransportError
from runcomfy_client.errors import APIError

REFUSALS: Final = frozenset({400, 401, 402, 403, 404, 422, 429})
"""The only HTTP statuses that prove that no job was started."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The API accepted the submit."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The server refused the submit and reported the reason. No job was started."""

    error: APIError
    may_retry: bool


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing was sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The outcome is not known. A job may exist."""

    reason: str
    status: int | None = None


Outcome: TypeAlias = Accepted | Refused | NotSent | Unknown


def outcome_of(response: Response | TransportError, *, model_id: str) -> Outcome:
    """Return the outcome of a submit, by the table above."""
    match response:
        case TransportError(maybe_sent=False, reason=reason):
            return NotSent(reason)
        case TransportError(reason=reason):
            return Unknown(reason)
        case Response(status=status) if status in REFUSALS:
            return Refused(error_from_response(response, model_id=model_id), may_retry=status == 429)
        case Response(status=status) if 200 <= status < 300:
            return _outcome_of_2xx(response, model_id)
        case Response(status=status):
            return Unknown(f"the server responded with status {status}", status)


def _outcome_of_2xx(response: Response, model_id: str) -> Outcome:
    body = json_object(response)
    if body is None:
        return Unknown(response.truncation or "the response is not a JSON object", response.status)
    if is_error_body(body):
        return Refused(error_from_response(response, model_id=model_id), may_retry=False)
    request_id = request_id_in(body)
    if request_id is None:
        return Unknown(f"the response has no valid request id, but {str(body.get('request_id'))[:80]!r}", response.status)
    return Accepted(request_id)

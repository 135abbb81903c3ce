"""Maps a response that reports an error to an exception class.

Source of codes 400001, 400002 and 400004, as of 2026-11-22: RunComfy API documentation or the vendor's open-source clients. The
error body and code 400005 are not documented; they are inferred from clients and mocks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from runcomfy_client._core.protocol.parsing import is_web_page, json_object
from runcomfy_client._core.protocol.response import Response
from runcomfy_client._core.protocol.retry_after import retry_after
from runcomfy_client.errors import (
    APIError,
    AuthenticationError,
    GatewayError,
    InsufficientBalance,
    InvalidRequest,
    PermissionDenied,
    RateLimited,
    RequestNotFound,
    ServerError,
    UnknownModel,
)

_SIGNED: Final = re.compile(r"""(https?://[^\s?#"'<>]+)[?#][^\s"'<>]*""", re.IGNORECASE)
"""A URL and its query, which may be a signature."""
_LONGEST: Final = 2000
NOT_READY: Final = 400005
"""The vendor's code for: this request has no result yet."""

_BY_CODE: Final[Mapping[int, type[APIError]]] = {
    400001: UnknownModel,
    400002: InsufficientBalance,
    400004: AuthenticationError,
}
_BY_STATUS: Final[Mapping[int, type[APIError]]] = {
    400: InvalidRequest,
    401: AuthenticationError,
    402: InsufficientBalance,
    403: PermissionDenied,
    404: RequestNotFound,
    422: InvalidRequest,
    429: RateLimited,
}


def error_code_in(body: Mapping[str, Any], *keys: str) -> int | None:
    """Return the vendor's error code in a body, from the first of `keys` that has one; zero means no error."""
    for key in keys:
        value = body.get(key)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value:
            return value
    return None


def is_error_body(body: Mapping[str, Any]) -> bool:
    """True if the body of a 2xx response reports an error."""
    return body.get("error_code") not in (None, 0, "0", "", False)


def error_from_response(answer: Response, *, model_id: str | None = None, request_id: str | None = None) -> APIError:
    """Return the error that a response reports. Without a `request_id`, it is the response to a submit."""
    body = json_object(answer) or {}
    code = error_code_in(body, "error_code") if answer.status < 300 else error_code_in(body, "error_code", "code")
    # the first three digits of a vendor's code look like the HTTP status, which is 200 on some errors
    status = code // 1000 if answer.status < 300 and code else answer.status
    kind = _BY_CODE.get(code or 0) or _BY_STATUS.get(status, ServerError)
    if kind is not RateLimited and is_web_page(answer):
        kind = GatewayError
    if kind is RequestNotFound and request_id is None:
        kind = UnknownModel
    return kind(
        _message(body) or _default_message(kind, code, answer.status),
        model_id=model_id,
        request_id=request_id,
        http_status=answer.status,
        code=code,
        retry_after=retry_after(answer.headers),
    )


def _default_message(kind: type[APIError], code: int | None, status: int) -> str:
    if kind is GatewayError:
        return f"A web page answered, not the API (status {status})"
    return f"The API reported error {code}" if code else f"The API answered {status}"


def _message(body: Mapping[str, Any]) -> str:
    for key in ("error_message", "message", "error", "detail"):
        text = _text(body.get(key)).strip()
        if text:
            return _SIGNED.sub(r"\1", text[:_LONGEST])[:500]
    return ""


def _text(value: Any) -> str:
    """Return the text in a member of an error body: a string, a list of them, or objects that say where and what."""
    match value:
        case str():
            return value
        case list():
            return "; ".join(filter(None, map(_text, value[:20])))
        case dict():
            where = value.get("loc")
            path = ".".join(map(str, where)) + ": " if isinstance(where, list) and where else ""
            what = value.get("msg") or value.get("message") or value.get("error")
            return path + what if isinstance(what, str) else ""
        case _:
            return ""

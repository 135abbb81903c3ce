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

_URL_WITH_QUERY: Final = re.compile(r"""(https?://[^\s?#"'<>]+)[?#][^\s"'<>]*""", re.IGNORECASE)
"""A URL with a query, which may contain a signature; the group is the URL without the query."""
_MAX_SCANNED: Final = 2000
NOT_READY: Final = 400005
"""The vendor's code for a request that has no result yet."""

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


def error_from_response(response: Response, *, model_id: str | None = None, request_id: str | None = None) -> APIError:
    """Return the error that a response reports. Without a `request_id`, it is the response to a submit."""
    body = json_object(response) or {}
    code = error_code_in(body, "error_code") if response.status < 300 else error_code_in(body, "error_code", "code")
    # the first three digits of a vendor's code look like the HTTP status, which is 200 on some errors
    status = code // 1000 if response.status < 300 and code else response.status
    kind = _BY_CODE.get(code or 0) or _BY_STATUS.get(status, ServerError)
    if kind is not RateLimited and is_web_page(response):
        kind = GatewayError
    if kind is RequestNotFound and request_id is None:
        kind = UnknownModel
    return kind(
        _message(body) or _default_message(kind, code, response.status),
        model_id=model_id,
        request_id=request_id,
        http_status=response.status,
        code=code,
        retry_after=retry_after(response.headers),
    )


def _default_message(kind: type[APIError], code: int | None, status: int) -> str:
    if kind is GatewayError:
        return f"A web page was returned, not a response of the API (status {status})"
    return f"The API reported error {code}" if code else f"The API responded with status {status}"


def _message(body: Mapping[str, Any]) -> str:
    for key in ("error_message", "message", "error", "detail"):
        text = _text(body.get(key)).strip()
        if text:
            return _URL_WITH_QUERY.sub(r"\1", text[:_MAX_SCANNED])[:500]
    return ""


def _text(value: Any) -> str:
    """Return the text of a member of an error body: a string, an object with a path and a message, or a list of these."""
    match value:
        case str():
            return value
        case list():
            return "; ".join(filter(None, map(_text, value[:20])))
        case dict():
            location = value.get("loc")
            path = ".".join(map(str, location)) + ": " if isinstance(location, list) and location else ""
            message = value.get("msg") or value.get("message") or value.get("error")
            return path + message if isinstance(message, str) else ""
        case _:
            return ""

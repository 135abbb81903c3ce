"""Hooks for tracing and metrics. The values that they receive contain neither the token nor the query of a signed URL."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class CallStarted:
    """An HTTP call that is about to be made.

    Attributes:
        method: the HTTP method.
        url: the URL, without its query.
    """

    method: str
    url: str


@dataclass(frozen=True, slots=True, eq=False)
class CallEnded:
    """An HTTP call that has ended.

    Attributes:
        call: the same object that the request hook received.
        status: the HTTP status; None without a response.
        headers: the response headers, names in lower case.
        body: the response body; empty for a download, whose call ends when the response headers have arrived.
        error: the connection error, or an empty string.
        seconds: the duration of the call.
    """

    call: CallStarted
    status: int | None
    headers: Mapping[str, str] = dataclasses.field(repr=False)
    body: bytes = dataclasses.field(repr=False)
    error: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """Functions that are called before and after every HTTP call of a client.

    A hook is a plain function. It may be called from any thread, and should be fast. An exception raised by a hook is logged and
    suppressed, so that it cannot interfere with a paid call.

    Attributes:
        request: called before each HTTP call.
        response: called after each HTTP call.
    """

    request: Callable[[CallStarted], object] | None = None
    response: Callable[[CallEnded], object] | None = None

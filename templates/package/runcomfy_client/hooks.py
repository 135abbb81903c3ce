"""Watching a client's calls, for tracing and metrics: values that hold neither the token nor the query of a signed URL."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class CallStarted:
    """A call that is about to be made. Its URL shows no query."""

    method: str
    url: str


@dataclass(frozen=True, slots=True, eq=False)
class CallEnded:
    """A call that is over.

    Attributes:
        call: the very object that the request hook was given.
        status: status of the HTTP answer; None when none came.
        headers: the answer's headers, names in lower case.
        body: the answer's body just as it came; empty for a download, whose call is over for a hook when its head has come.
        error: what went wrong with the connection, or an empty string.
        seconds: how long it took.
    """

    call: CallStarted
    status: int | None
    headers: Mapping[str, str] = dataclasses.field(repr=False)
    body: bytes = dataclasses.field(repr=False)
    error: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What is called before and after every HTTP call of a client.

    A hook is a plain function. It may be called from any thread, and should be quick. One that raises is logged and otherwise
    ignored: it cannot come between a paid call and its answer.
    """

    request: Callable[[CallStarted], object] | None = None
    response: Callable[[CallEnded], object] | None = None

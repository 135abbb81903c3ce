"""Who sees the calls of a client: its log, and the hooks that a user has set. None of them can disturb a call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from runcomfy_client._core.flows.effects import OpenUrl, Send
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._http.redaction import bare
from runcomfy_client.hooks import CallEnded, CallStarted, Hooks

_log = logging.getLogger("runcomfy_client")


class Instrumentation:
    """Tells the log and the hooks of calls."""

    __slots__ = ("_ended", "_started")

    def __init__(self, hooks: Hooks) -> None:
        self._started = hooks.request
        self._ended = hooks.response

    def begins(self, effect: Send | OpenUrl, url: str) -> CallStarted | None:
        """Tell of a call that is about to be made; return what `ends` is to be given, None when no hook is set."""
        if self._started is None and self._ended is None:
            return None
        call = CallStarted(effect.method if isinstance(effect, Send) else "GET", bare(url))
        if self._started is not None:
            _shielded(self._started, call)
        return call

    def ends(self, call: CallStarted | None, told: Response | ResponseHead | TransportError, seconds: float) -> None:
        """Tell of a call that is over."""
        if call is None or self._ended is None:
            return
        match told:
            case TransportError(reason=why):
                ended = CallEnded(call, None, {}, b"", why, seconds)
            case ResponseHead(status, headers):
                ended = CallEnded(call, status, headers, b"", "", seconds)
            case Response(status, headers, body, broken):
                ended = CallEnded(call, status, headers, body, broken, seconds)
        _shielded(self._ended, ended)


def _shielded(hook: Callable[[Any], object], value: CallStarted | CallEnded) -> None:
    try:
        hook(value)
    except (Exception, SystemExit, GeneratorExit):
        _log.exception("a hook of the client failed; the call goes on")


def note(send: Send, told: Response | TransportError) -> Response | TransportError:
    """Log an exchange, and hand its outcome on."""
    if _log.isEnabledFor(logging.DEBUG):
        _log.debug(
            "%s %s: %s",
            send.method,
            send.path,
            told.reason if isinstance(told, TransportError) else f"{told.status} {told.truncation}".strip(),
        )
    return told

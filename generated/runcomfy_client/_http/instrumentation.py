"""Reports calls to the log and to the hooks of the user. A hook that fails does not disturb a call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from runcomfy_client._core.flows.effects import OpenUrl, Send
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._http.redaction import strip_query
from runcomfy_client.hooks import CallEnded, CallStarted, Hooks

_log = logging.getLogger("runcomfy_client")


class Instrumentation:
    """Reports the calls of a client."""

    __slots__ = ("_on_request", "_on_response")

    def __init__(self, hooks: Hooks) -> None:
        self._on_request = hooks.request
        self._on_response = hooks.response

    def call_started(self, effect: Send | OpenUrl, url: str) -> CallStarted | None:
        """Report a call that is about to be made; return the argument of `call_ended`, None without hooks."""
        if self._on_request is None and self._on_response is None:
            return None
        call = CallStarted(effect.method if isinstance(effect, Send) else "GET", strip_query(url))
        if self._on_request is not None:
            _call_hook(self._on_request, call)
        return call

    def call_ended(
        self, effect: Send | OpenUrl, call: CallStarted | None, response: Response | ResponseHead | TransportError, seconds: float
    ) -> None:
        """Report a call that has ended."""
        if isinstance(effect, Send) and _log.isEnabledFor(logging.DEBUG):
            _log.debug("%s %s: %s", effect.method, effect.path, _summary(response))
        if call is None or self._on_response is None:
            return
        match response:
            case TransportError(reason=reason):
                ended = CallEnded(call, None, {}, b"", reason, seconds)
            case ResponseHead(status, headers):
                ended = CallEnded(call, status, headers, b"", "", seconds)
            case Response(status, headers, body, truncation):
                ended = CallEnded(call, status, headers, body, truncation, seconds)
        _call_hook(self._on_response, ended)


def _summary(response: Response | ResponseHead | TransportError) -> str:
    if isinstance(response, TransportError):
        return response.reason
    return f"{response.status} {response.truncation}".strip() if isinstance(response, Response) else str(response.status)


def _call_hook(hook: Callable[[Any], object], value: CallStarted | CallEnded) -> None:
    try:
        hook(value)
    except (Exception, SystemExit, GeneratorExit):
        _log.exception("a hook of the client failed; the call goes on")

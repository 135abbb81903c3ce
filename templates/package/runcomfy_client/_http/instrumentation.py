"""Reports calls to the log and to the hooks of the user. A hook that fails does not disturb a call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from runcomfy_client._core.flows.effects import OpenUrl, Send
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._http.redaction import strip_query
from runcomfy_client.hooks import CallEnded, CallStarted, Hooks

_log = logging.getLogger("runcomfy_client")


def call_started(
    effect: Send | OpenUrl, url: str, hooks: Hooks, now: Callable[[], float]
) -> Callable[[Response | ResponseHead | TransportError], None]:
    """Report a call that is about to be made; return what reports its end."""
    call = None
    if hooks.request is not None or hooks.response is not None:
        call = CallStarted(effect.method if isinstance(effect, Send) else "GET", strip_query(url))
        _call_hook(hooks.request, call)
    return partial(_call_ended, effect, call, hooks.response, now, now())


def _call_ended(
    effect: Send | OpenUrl,
    call: CallStarted | None,
    hook: Callable[[CallEnded], object] | None,
    now: Callable[[], float],
    started: float,
    response: Response | ResponseHead | TransportError,
) -> None:
    if isinstance(effect, Send) and _log.isEnabledFor(logging.DEBUG):
        _log.debug("%s %s: %s", effect.method, effect.path, _summary(response))
    if call is None:
        return
    match response:
        case TransportError(reason=reason):
            ended = CallEnded(call, None, {}, b"", reason, now() - started)
        case ResponseHead(status, headers):
            ended = CallEnded(call, status, headers, b"", "", now() - started)
        case Response(status, headers, body, truncation):
            ended = CallEnded(call, status, headers, body, truncation, now() - started)
    _call_hook(hook, ended)


def _summary(response: Response | ResponseHead | TransportError) -> str:
    if isinstance(response, TransportError):
        return response.reason
    return f"{response.status} {response.truncation}".strip() if isinstance(response, Response) else str(response.status)


def _call_hook(hook: Callable[[Any], object] | None, value: CallStarted | CallEnded) -> None:
    try:
        if hook is not None:
            hook(value)
    except (Exception, SystemExit, GeneratorExit):
        _log.exception("a hook of the client failed; the call goes on")

"""What both effect handlers have in common: their connections, and how calls are reported to the log and to the user's hooks."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from runcomfy_client._core.flows.effects import CallerError, OpenUrl, Send
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._http.redaction import strip_query
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.hooks import CallEnded, CallStarted

if TYPE_CHECKING:
    from runcomfy_client._engine.async_session import AsyncSession
    from runcomfy_client._engine.session import Session
    from runcomfy_client._http.http_clients import HttpClients

_log = logging.getLogger("runcomfy_client")


class HandlerBase:
    """What performs the effects of one flow.

    Args:
        session: the session of the client.
        on_status: called with each update.
        files: whether the flow downloads files.

    Raises:
        ConfigurationError: the client is closed.
    """

    __slots__ = ("_builder", "_clock", "_hooks", "_http", "_http_clients", "_on_status", "_pending")

    def __init__(
        self, session: Session | AsyncSession, *, on_status: Callable[[Any], object] | None = None, files: bool = False
    ) -> None:
        self._http: Any
        self._http_clients: HttpClients[Any] = session.http_clients
        self._http, self._builder = self._http_clients.get(files=files)
        self._clock: Any = session.clock
        self._hooks = session.settings.hooks
        self._on_status = on_status
        self._pending: BaseException | None = None
        """An interrupt that has waited for the response to a submit; the next effect raises it."""

    def _raise_pending(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            raise CallerError(pending)  # nothing was sent by the effect that comes next

    def _call_started(self, effect: Send | OpenUrl) -> Callable[[Response | ResponseHead | TransportError], None]:
        """Report a call that is about to be made; return what reports its end."""
        try:
            self._http_clients.check_open(self._http)
        except ConfigurationError as error:
            raise CallerError(error) from None
        call = None
        if self._hooks.request is not None or self._hooks.response is not None:
            if isinstance(effect, Send):
                call = CallStarted(effect.method, strip_query(self._builder.url_of(effect)))
            else:
                call = CallStarted("GET", strip_query(effect.url))
            _call_hook(self._hooks.request, call)
        return partial(self._call_ended, effect, call, self._clock.now())

    def _call_ended(
        self,
        effect: Send | OpenUrl,
        call: CallStarted | None,
        started: float,
        response: Response | ResponseHead | TransportError,
    ) -> None:
        status = None if isinstance(response, TransportError) else response.status
        error = response.reason if isinstance(response, TransportError) else getattr(response, "truncation", "")
        if isinstance(effect, Send):
            _log.debug("%s %s: %s %s", effect.method, effect.path, status or "no response:", error)
        if call is not None:
            headers, body = getattr(response, "headers", {}), getattr(response, "body", b"")
            _call_hook(self._hooks.response, CallEnded(call, status, headers, body, error, self._clock.now() - started))


def addresses_of(host: str) -> tuple[str, ...]:
    """Look up the addresses of a host, each once; none if it has none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _call_hook(hook: Callable[[Any], object] | None, value: CallStarted | CallEnded) -> None:
    """Call a hook. If it fails, the call continues."""
    try:
        if hook is not None:
            hook(value)
    except (Exception, SystemExit, GeneratorExit):
        _log.exception("a hook of the client failed; the call continues")

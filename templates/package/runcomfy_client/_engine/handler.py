"""What the handlers of the sync and the async client have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runcomfy_client._core.flows.effects import CallerError, OpenUrl, Send
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._http.instrumentation import call_started

if TYPE_CHECKING:
    from runcomfy_client._engine.async_session import AsyncSession
    from runcomfy_client._engine.session import Session


class HandlerBase:
    """What performs the effects of one flow.

    Args:
        session: the session of the client.
        on_status: called with each update.
        files: whether the flow downloads files.

    Raises:
        ConfigurationError: the client is closed.
    """

    __slots__ = ("_builder", "_clock", "_hooks", "_http", "_on_status", "_pending")

    def __init__(
        self, session: Session | AsyncSession, *, on_status: Callable[[Any], object] | None = None, files: bool = False
    ) -> None:
        http, self._builder = session.http_clients.get(files=files)
        self._http: Any = http
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
        self._builder.check_open(self._http)
        url = effect.url if isinstance(effect, OpenUrl) else self._builder.url_of(effect)
        return call_started(effect, url, self._hooks, self._clock.now)

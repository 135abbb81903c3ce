"""The session of a sync client: its settings, its clock, its HTTP clients, and the loop that performs flows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

from runcomfy_client._core.flows.effects import CallerError, Effect, Flow, Notify
from runcomfy_client._core.protocol.response import Response
from runcomfy_client._core.settings import Settings
from runcomfy_client._engine.clock import Clock, SystemClock
from runcomfy_client._engine.sync import EffectHandler
from runcomfy_client._http.http_clients import HttpClients
from runcomfy_client.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
StatusCallback: TypeAlias = Callable[[Any], object] | None
SubmitCallback: TypeAlias = Callable[[Response], object] | None


def check_plain(callback: Callable[..., object] | None) -> None:
    """Reject a callback of the sync client that nobody would await.

    Raises:
        ConfigurationError: it is a coroutine function.
    """
    if callback is not None and iscoroutinefunction(callback):
        raise ConfigurationError("The callback is a coroutine function; the sync client calls plain ones only")


class SessionBase:
    """What both sessions have in common."""

    settings: Settings

    def with_settings(self, settings: Settings) -> Self:
        """Return a session with other settings and the same connections."""
        session = copy(self)
        session.settings = settings
        return session


class Session(SessionBase):
    """The session of a sync client."""

    def __init__(self, settings: Settings, *, http_client: httpx.Client | None, clock: Clock | None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.http_clients = HttpClients(settings, http_client, "Client")

    def run(
        self,
        flow: Flow[T],
        *,
        on_status: StatusCallback = None,
        on_submit: SubmitCallback = None,
        files: bool = False,
        until_update: bool = False,
    ) -> T:
        """Perform a flow to its end, and return its value. What interrupts an effect is raised in the flow.

        Args:
            on_status: called with each update.
            on_submit: called with the response to a submit.
            files: whether the flow downloads files.
            until_update: return the next update instead, if there is one; the flow can be continued there.

        Raises:
            ConfigurationError: the client is closed, or `on_status` is a coroutine function.
        """
        check_plain(on_status)
        handler = EffectHandler(self, on_status=on_status, on_submit=on_submit, files=files)
        step: Callable[[], Effect] = partial(next, flow)
        try:
            while True:
                try:
                    effect = step()
                except StopIteration as end:
                    value: T = end.value
                    return value
                if until_update and isinstance(effect, Notify):
                    value = effect.update
                    return value
                try:
                    step = partial(flow.send, handler.perform(effect))
                except BaseException as stop:
                    step = partial(flow.throw, stop)
        except CallerError as outside:
            error = outside.error
        finally:
            handler.close()
        raise error

    def iterate(self, flow: Flow[Any]) -> Iterator[Any]:
        """Perform a flow, and yield its updates."""
        try:
            while (update := self.run(flow, until_update=True)) is not None:
                yield update
        finally:
            flow.close()

    def close(self) -> None:
        """Close the HTTP clients that the session has opened. One that the user has passed stays open."""
        self.http_clients.close()
        while self.http_clients.opened:
            self.http_clients.opened.popitem()[1].close()

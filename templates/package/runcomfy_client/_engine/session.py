"""The line of one client to the world: its HTTP clients, opened on first use, and its driver on top of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterator
from copy import copy
from inspect import iscoroutinefunction
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from runcomfy_client._core.flows.effects import Flow
from runcomfy_client._core.flows.interrupts import log_orphans
from runcomfy_client._core.protocol.response import Response
from runcomfy_client._core.settings import Settings
from runcomfy_client._engine import aio, sync
from runcomfy_client._engine.clock import AsyncClock, AsyncSystemClock, Clock, SystemClock
from runcomfy_client._http.instrumentation import Instrumentation
from runcomfy_client._http.request_builder import RequestBuilder, closed
from runcomfy_client._http.transport import open_http
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.interrupts import orphaned_jobs

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
HttpT = TypeVar("HttpT")
Show: TypeAlias = Callable[[Any], object] | None
Paid: TypeAlias = Callable[[Response], object] | None


class _HttpClients(Generic[HttpT]):
    """The HTTP clients of a session. Downloads go over one of their own, except when the user has brought one."""

    def __init__(self, settings: Settings, http_client: HttpT | None, kind: str) -> None:
        if http_client is not None:
            _check_kind(http_client, kind)
        self.own: list[HttpT] = []
        self.closed = False
        self._brought = http_client
        self._process: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._settings = settings
        self._kind = kind
        self._api = http_client
        self._files = http_client
        self._envelope: RequestBuilder | None = None
        self._lock = Lock()

    def take(self, *, files: bool) -> tuple[HttpT, RequestBuilder]:
        """Return the HTTP client for API calls or for files, and what its requests are built with."""
        self._settle()
        with self._lock:
            http: Any = self._files if files else self._api
            if self.closed or (http is not None and http.is_closed):
                raise closed()
            if http is None:
                http = open_http(self._kind, loopback=self._settings.origin.loopback)
                self.own.append(http)
            if files:
                self._files = http
            else:
                self._api = http
            if self._envelope is None:
                self._envelope = RequestBuilder(http, origin=self._settings.origin, token=self._settings.token)
        return http, self._envelope

    def close(self) -> None:
        """Let no more calls be made, also over an HTTP client that stays open."""
        self.closed = True
        if self._envelope is not None:
            self._envelope.closed = True

    def _settle(self) -> None:
        """Make sure that calls are made where the connections belong: in this process, and on this event loop.

        After a fork, a paid call over an old one could be answered to the other process; on a loop that is over, to nobody.

        Raises:
            ConfigurationError: they belong elsewhere, and are not ours to leave behind. Nothing was sent.
        """
        process, loop = os.getpid(), _running_loop() if self._kind == "AsyncClient" else None
        forked = self._process not in (None, process)
        moved = None not in (loop, self._loop) and loop is not self._loop
        if (forked or moved) and self._brought is not None:
            raise ConfigurationError(
                "The `http_client` is in use in another process or on another event loop",
                next_step="Make it, and this client, where they are used; nothing was sent.",
            )
        if moved and not forked and self._loop is not None and not self._loop.is_closed():
            raise ConfigurationError(
                "The client is in use on another event loop", next_step="Make a client for each event loop; nothing was sent."
            )
        if forked or moved:
            self._lock = Lock()  # at a fork, somebody may have held the old one
            self.own.clear()
            self._api = self._files = None
        self._process, self._loop = process, loop or self._loop


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:  # nothing is awaited yet
        return None


def _check_kind(http_client: Any, kind: str) -> None:
    """Turn down an HTTP client of the other kind: its answer to a submit could not be read."""
    if not hasattr(http_client, "build_request") or hasattr(http_client, "aclose") is not (kind == "AsyncClient"):
        raise ConfigurationError(f"`http_client` is of the wrong kind: this client needs an httpx.{kind}")


def check_plain(show: Callable[..., object] | None) -> None:
    """Turn down a callback of a sync client that nobody would await.

    Raises:
        ConfigurationError: it is a coroutine function.
    """
    if iscoroutinefunction(show):
        raise ConfigurationError("The callback is a coroutine function; the sync client calls plain ones only")


class Session:
    """The line of a sync client."""

    def __init__(self, settings: Settings, *, http_client: httpx.Client | None, clock: Clock | None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self._equipment = _HttpClients(settings, http_client, "Client")

    def with_settings(self, settings: Settings) -> Session:
        """Return a line with other settings over the same connections."""
        session = copy(self)
        session.settings = settings
        return session

    def handler(self, *, show: Show = None, files: bool = False, paid: Paid = None) -> sync.EffectHandler:
        """Return what performs the effects of one flow; `files` says that it fetches files, `paid` is told the answers of submits.

        Raises:
            ConfigurationError: the client is closed, or `show` is a coroutine function, which nobody would await.
        """
        check_plain(show)
        http, envelope = self._equipment.take(files=files)
        return sync.EffectHandler(
            http, envelope, clock=self.clock, witness=Instrumentation(self.settings.hooks), show=show, paid=paid
        )

    def perform(self, flow: Flow[T], *, show: Show = None, files: bool = False, paid: Paid = None) -> T:
        """Perform a flow to its end; `files` says that it fetches files, `paid` is told the answers of submits."""
        return sync.drive(flow, self.handler(show=show, files=files, paid=paid))

    def iterate(self, flow: Flow[None]) -> Iterator[Any]:
        """Perform a flow, handing out its updates."""
        return sync.iterate(flow, self.handler())

    def close(self) -> None:
        """Close the HTTP clients that are ours. A client that the user has brought stays open."""
        self._equipment.close()
        while self._equipment.own:
            self._equipment.own.pop().close()


class AsyncSession:
    """The line of an async client."""

    def __init__(self, settings: Settings, *, http_client: httpx.AsyncClient | None, clock: AsyncClock | None) -> None:
        self.settings = settings
        self.clock = clock or AsyncSystemClock()
        self._equipment = _HttpClients(settings, http_client, "AsyncClient")

    def with_settings(self, settings: Settings) -> AsyncSession:
        """Return a line with other settings over the same connections."""
        session = copy(self)
        session.settings = settings
        return session

    def with_clock(self, clock: AsyncClock) -> AsyncSession:
        """Return a line with another clock over the same connections."""
        session = copy(self)
        session.clock = clock
        return session

    def handler(self, *, show: Show = None, files: bool = False) -> aio.AsyncEffectHandler:
        """Return what performs the effects of one flow; `files` says that it fetches files."""
        http, envelope = self._equipment.take(files=files)
        return aio.AsyncEffectHandler(
            http, envelope, clock=self.clock, witness=Instrumentation(self.settings.hooks), show=show
        )

    async def perform(self, flow: Flow[T], *, show: Show = None, files: bool = False, owner: bool = False) -> T:
        """Perform a flow to its end; `files` says that it fetches files, `owner` that nobody but the flow knows its job."""
        try:
            return await aio.drive(flow, self.handler(show=show, files=files))
        except asyncio.CancelledError as stop:
            if owner:
                log_orphans(orphaned_jobs(stop))  # a task group shows nobody the exceptions of the tasks that it cancels
            raise

    def iterate(self, flow: Flow[None]) -> AsyncGenerator[Any, None]:
        """Perform a flow, handing out its updates."""
        return aio.iterate(flow, self.handler())

    async def aclose(self) -> None:
        """Close the HTTP clients that are ours. A client that the user has brought stays open."""
        self._equipment.close()
        while self._equipment.own:
            await self._equipment.own.pop().aclose()

"""The line of one client to the world: its HTTP clients, opened on first use, and its driver on top of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterator
from copy import copy
from inspect import iscoroutinefunction
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from runcomfy_client.drivers import drive_async, drive_sync
from runcomfy_client.drivers.clock import AsyncClock, AsyncSystemClock, Clock, SystemClock
from runcomfy_client.flows.effects import Flow
from runcomfy_client.flows.keeping import all_left_behind, tell_of
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.drivers.direct import open_http
from runcomfy_client.drivers.exchange import Envelope, closed
from runcomfy_client.drivers.witness import Witness
from runcomfy_client.protocol.raw import Answer
from runcomfy_client.settings import Settings

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
HttpT = TypeVar("HttpT")
Show: TypeAlias = Callable[[Any], object] | None
Paid: TypeAlias = Callable[[Answer], object] | None


class _Equipment(Generic[HttpT]):
    """The HTTP clients of a line. Downloads go over one of their own, except when the user has brought one."""

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
        self._envelope: Envelope | None = None
        self._lock = Lock()

    def take(self, *, files: bool) -> tuple[HttpT, Envelope]:
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
                self._envelope = Envelope(http, origin=self._settings.origin, token=self._settings.token)
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


class Line:
    """The line of a sync client."""

    def __init__(self, settings: Settings, *, http_client: httpx.Client | None, clock: Clock | None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self._equipment = _Equipment(settings, http_client, "Client")

    def adapted(self, settings: Settings) -> Line:
        """Return a line with other settings over the same connections."""
        line = copy(self)
        line.settings = settings
        return line

    def hands(self, *, show: Show = None, files: bool = False, paid: Paid = None) -> drive_sync.Hands:
        """Return what performs the effects of one flow; `files` says that it fetches files, `paid` is told the answers of submits.

        Raises:
            ConfigurationError: the client is closed, or `show` is a coroutine function, which nobody would await.
        """
        check_plain(show)
        http, envelope = self._equipment.take(files=files)
        return drive_sync.Hands(http, envelope, clock=self.clock, witness=Witness(self.settings.hooks), show=show, paid=paid)

    def perform(self, flow: Flow[T], *, show: Show = None, files: bool = False, paid: Paid = None) -> T:
        """Perform a flow to its end; `files` says that it fetches files, `paid` is told the answers of submits."""
        return drive_sync.drive(flow, self.hands(show=show, files=files, paid=paid))

    def iterate(self, flow: Flow[None]) -> Iterator[Any]:
        """Perform a flow, handing out its updates."""
        return drive_sync.iterate(flow, self.hands())

    def close(self) -> None:
        """Close the HTTP clients that are ours. A client that the user has brought stays open."""
        self._equipment.close()
        while self._equipment.own:
            self._equipment.own.pop().close()


class AsyncLine:
    """The line of an async client."""

    def __init__(self, settings: Settings, *, http_client: httpx.AsyncClient | None, clock: AsyncClock | None) -> None:
        self.settings = settings
        self.clock = clock or AsyncSystemClock()
        self._equipment = _Equipment(settings, http_client, "AsyncClient")

    def adapted(self, settings: Settings) -> AsyncLine:
        """Return a line with other settings over the same connections."""
        line = copy(self)
        line.settings = settings
        return line

    def timed(self, clock: AsyncClock) -> AsyncLine:
        """Return a line with another clock over the same connections."""
        line = copy(self)
        line.clock = clock
        return line

    def hands(self, *, show: Show = None, files: bool = False) -> drive_async.AsyncHands:
        """Return what performs the effects of one flow; `files` says that it fetches files."""
        http, envelope = self._equipment.take(files=files)
        return drive_async.AsyncHands(http, envelope, clock=self.clock, witness=Witness(self.settings.hooks), show=show)

    async def perform(self, flow: Flow[T], *, show: Show = None, files: bool = False, owner: bool = False) -> T:
        """Perform a flow to its end; `files` says that it fetches files, `owner` that nobody but the flow knows its job."""
        try:
            return await drive_async.drive(flow, self.hands(show=show, files=files))
        except asyncio.CancelledError as stop:
            if owner:
                tell_of(all_left_behind(stop))  # a task group shows nobody the exceptions of the tasks that it cancels
            raise

    def iterate(self, flow: Flow[None]) -> AsyncGenerator[Any, None]:
        """Perform a flow, handing out its updates."""
        return drive_async.iterate(flow, self.hands())

    async def close(self) -> None:
        """Close the HTTP clients that are ours. A client that the user has brought stays open."""
        self._equipment.close()
        while self._equipment.own:
            await self._equipment.own.pop().aclose()

"""The line of one client to the world: its HTTP clients, opened on first use, and its driver on top of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from copy import copy
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from runcomfy_client.drivers import drive_async, drive_sync
from runcomfy_client.drivers.clock import AsyncClock, AsyncSystemClock, Clock, SystemClock
from runcomfy_client.flows.effects import Flow
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.drivers.direct import open_http
from runcomfy_client.drivers.exchange import Envelope
from runcomfy_client.drivers.witness import Witness
from runcomfy_client.settings import Settings

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
HttpT = TypeVar("HttpT")
Show: TypeAlias = Callable[[Any], object] | None


class _Equipment(Generic[HttpT]):
    """The HTTP clients of a line. Downloads go over one of their own, except when the user has brought one."""

    def __init__(self, settings: Settings, http_client: HttpT | None, kind: str) -> None:
        if http_client is not None:
            _check_kind(http_client, kind)
        self.own: list[HttpT] = []
        self.closed = False
        self._settings = settings
        self._kind = kind
        self._api = http_client
        self._files = http_client
        self._envelope: Envelope | None = None
        self._lock = Lock()

    def take(self, *, files: bool) -> tuple[HttpT, Envelope]:
        """Return the HTTP client for API calls or for files, and what its requests are built with."""
        with self._lock:
            http: Any = self._files if files else self._api
            if self.closed or (http is not None and http.is_closed):
                # it would fail before it sends anything, but in a way that looks as if something might have been sent
                raise ConfigurationError("The client is closed", next_step="Make a new one, or keep it open until all is done.")
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


def _check_kind(http_client: Any, kind: str) -> None:
    """Turn down an HTTP client of the other kind: its answer to a submit could not be read."""
    if hasattr(http_client, "aclose") is not (kind == "AsyncClient"):
        raise ConfigurationError(f"`http_client` is of the wrong kind: this client needs an httpx.{kind}")


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

    def hands(self, *, show: Show = None, files: bool = False) -> drive_sync.Hands:
        """Return what performs the effects of one flow; `files` says that it fetches files."""
        http, envelope = self._equipment.take(files=files)
        return drive_sync.Hands(http, envelope, clock=self.clock, witness=Witness(self.settings.hooks), show=show)

    def perform(self, flow: Flow[T], *, show: Show = None, files: bool = False) -> T:
        """Perform a flow to its end; `files` says that it fetches files."""
        return drive_sync.drive(flow, self.hands(show=show, files=files))

    def iterate(self, flow: Flow[None]) -> Iterator[Any]:
        """Perform a flow, handing out its updates."""
        return drive_sync.iterate(flow, self.hands())

    def close(self) -> None:
        """Close the HTTP clients that are ours. A client that the user has brought stays open."""
        self._equipment.closed = True
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

    def hands(self, *, show: Show = None, files: bool = False) -> drive_async.AsyncHands:
        """Return what performs the effects of one flow; `files` says that it fetches files."""
        http, envelope = self._equipment.take(files=files)
        return drive_async.AsyncHands(http, envelope, clock=self.clock, witness=Witness(self.settings.hooks), show=show)

    async def perform(self, flow: Flow[T], *, show: Show = None, files: bool = False) -> T:
        """Perform a flow to its end; `files` says that it fetches files."""
        return await drive_async.drive(flow, self.hands(show=show, files=files))

    def iterate(self, flow: Flow[None]) -> AsyncGenerator[Any, None]:
        """Perform a flow, handing out its updates."""
        return drive_async.iterate(flow, self.hands())

    async def close(self) -> None:
        """Close the HTTP clients that are ours. A client that the user has brought stays open."""
        self._equipment.closed = True
        while self._equipment.own:
            await self._equipment.own.pop().aclose()

"""The line of one client to the world: its HTTP clients, opened on first use, and its driver on top of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from runcomfy_client.drivers import drive_async, drive_sync
from runcomfy_client.drivers.clock import AsyncClock, AsyncSystemClock, Clock, SystemClock
from runcomfy_client.flows.effects import Flow
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.drivers.exchange import Envelope, default_settings
from runcomfy_client.settings import Settings

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
HttpT = TypeVar("HttpT")
Show: TypeAlias = Callable[[Any], object] | None

_CONNECTIONS: Final = {"Client": 100, "AsyncClient": 10}  # measured: async httpx gets slower with more of them, not faster


class _Line(Generic[HttpT]):
    """What both lines do. Downloads go over an HTTP client of their own, except when the user has brought one."""

    _kind: str
    """The class of the HTTP client, by its name in httpx."""

    def __init__(self, settings: Settings, http_client: HttpT | None) -> None:
        if http_client is not None:
            _check_kind(http_client, self._kind)
        self.settings = settings
        self._own: list[HttpT] = []
        self._api = http_client
        self._files = http_client
        self._envelope: Envelope | None = None
        self._closed = False
        self._lock = Lock()

    def _equip(self, *, files: bool) -> tuple[HttpT, Envelope]:
        """Return the HTTP client for API calls or for files, and what its requests are built with."""
        with self._lock:
            http: Any = self._files if files else self._api
            if self._closed or (http is not None and http.is_closed):
                # it would fail before it sends anything, but in a way that looks as if something might have been sent
                raise ConfigurationError("The client is closed", next_step="Make a new one, or keep it open until all is done.")
            if http is None:
                http = self._open()
                self._own.append(http)
            if files:
                self._files = http
            else:
                self._api = http
            if self._envelope is None:
                self._envelope = Envelope(http, origin=self.settings.origin, token=self.settings.token)
        return http, self._envelope

    def _open(self) -> Any:
        import httpx

        options = default_settings(connections=_CONNECTIONS[self._kind], loopback=self.settings.origin.loopback)
        return getattr(httpx, self._kind)(**options)


def _check_kind(http_client: Any, kind: str) -> None:
    """Turn down an HTTP client of the other kind: its answer to a submit could not be read."""
    if hasattr(http_client, "aclose") is not (kind == "AsyncClient"):
        raise ConfigurationError(f"`http_client` is of the wrong kind: this client needs an httpx.{kind}")


class Line(_Line["httpx.Client"]):
    """The line of a sync client."""

    _kind = "Client"

    def __init__(self, settings: Settings, *, http_client: httpx.Client | None, clock: Clock | None) -> None:
        super().__init__(settings, http_client)
        self._clock = clock or SystemClock()

    def perform(self, flow: Flow[T], *, show: Show = None, files: bool = False) -> T:
        """Perform a flow to its end; `files` says that it fetches files."""
        return drive_sync.drive(flow, drive_sync.Hands(*self._equip(files=files), self._clock, show=show))

    def iterate(self, flow: Flow[None]) -> Iterator[Any]:
        """Perform a flow, handing out its updates."""
        return drive_sync.iterate(flow, drive_sync.Hands(*self._equip(files=False), self._clock))

    def close(self) -> None:
        """Close the HTTP clients that are ours. A client that the user has brought stays open."""
        self._closed = True
        while self._own:
            self._own.pop().close()


class AsyncLine(_Line["httpx.AsyncClient"]):
    """The line of an async client."""

    _kind = "AsyncClient"

    def __init__(self, settings: Settings, *, http_client: httpx.AsyncClient | None, clock: AsyncClock | None) -> None:
        super().__init__(settings, http_client)
        self._clock = clock or AsyncSystemClock()

    async def perform(self, flow: Flow[T], *, show: Show = None, files: bool = False) -> T:
        """Perform a flow to its end; `files` says that it fetches files."""
        return await drive_async.drive(flow, drive_async.AsyncHands(*self._equip(files=files), self._clock, show=show))

    def iterate(self, flow: Flow[None]) -> AsyncGenerator[Any, None]:
        """Perform a flow, handing out its updates."""
        return drive_async.iterate(flow, drive_async.AsyncHands(*self._equip(files=False), self._clock))

    async def close(self) -> None:
        """Close the HTTP clients that are ours. A client that the user has brought stays open."""
        self._closed = True
        while self._own:
            await self._own.pop().aclose()

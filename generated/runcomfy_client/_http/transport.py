"""Our own HTTP clients: an httpx transport with nothing on top of it.

What httpx's clients add (cookies, redirects, auth, base URLs, proxies by environment variable) is switched off here or not wanted, and
costs a third of a call's CPU. Only where the environment names a proxy is a whole httpx client made, which knows what to do with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.request import getproxies

from runcomfy_client.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

# Async httpx gets slower with more connections, not faster: measured.
CONNECTIONS: Final = {"Client": 100, "AsyncClient": 10}
_MOST_GIVEN_UP: Final = 25
_IDLE: Final = 2.0
"""Seconds until an idle connection is dropped: servers drop theirs after five or more, and a submit on a connection that is just being
closed would be lost."""


class TransportClient:
    """Calls of the sync client."""

    def __init__(self, open_transport: Callable[[], httpx.BaseTransport]) -> None:
        self._open_transport = open_transport
        self._transport = open_transport()
        self._given_up = 0
        self.is_closed = False

    def give_up(self) -> None:
        """Take note that a call is given up that hangs: it keeps its connection. When many do, the next calls get new ones."""
        self._given_up += 1
        if self._given_up >= _MOST_GIVEN_UP:
            self._given_up = 0
            self._transport = self._open_transport()

    def build_request(self, method: str, url: str) -> httpx.Request:
        """Return a request."""
        import httpx

        return httpx.Request(method, url)

    def send(self, request: httpx.Request, **_switched_off: Any) -> httpx.Response:
        """Send a request; its answer is to be read and closed by the caller."""
        return self._transport.handle_request(request)

    def close(self) -> None:
        """Close all connections."""
        self.is_closed = True
        self._transport.close()


class AsyncTransportClient:
    """Calls of the async client. They queue here for a connection, since the pool's own queue gets slow when it gets long."""

    def __init__(self, transport: httpx.AsyncBaseTransport, connections: int) -> None:
        self._transport = transport
        self._room = asyncio.Semaphore(connections)
        self.is_closed = False

    def build_request(self, method: str, url: str) -> httpx.Request:
        """Return a request."""
        import httpx

        return httpx.Request(method, url)

    async def send(self, request: httpx.Request, **_switched_off: Any) -> httpx.Response:
        """Send a request; its answer is to be read and closed by the caller."""
        await self._enter(request)
        try:
            response = await self._transport.handle_async_request(request)
        except BaseException:
            self._room.release()
            raise
        response.stream = _returning_class()(response.stream, self._room.release)
        return response

    async def _enter(self, request: httpx.Request) -> None:
        if not self._room.locked():
            await self._room.acquire()
            return
        try:
            async with asyncio.timeout(request.extensions["timeout"]["pool"]):
                await self._room.acquire()
        except TimeoutError:
            import httpx

            raise httpx.PoolTimeout("no connection is free", request=request) from None

    async def aclose(self) -> None:
        """Close all connections."""
        self.is_closed = True
        await self._transport.aclose()


@cache
def _returning_class() -> Any:
    import httpx

    class ReleasingStream(httpx.AsyncByteStream):
        """A body that gives its connection back, once, when it is closed."""

        def __init__(self, stream: Any, release: Callable[[], None]) -> None:
            self._stream = stream
            self._release: Callable[[], None] | None = release

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for chunk in self._stream:
                yield chunk

        async def aclose(self) -> None:
            release, self._release = self._release, None
            if release is not None:
                try:
                    await self._stream.aclose()
                finally:
                    release()

    return ReleasingStream


def open_http(kind: str, *, loopback: bool) -> Any:
    """Return an HTTP client of our own; `kind` is the name of the httpx class that it stands for.

    Environment proxies are not used for this machine itself, or they would see the token in plain text.

    Raises:
        ConfigurationError: what the environment says of proxies or certificates cannot be followed.
    """
    try:
        return _open_http(kind, loopback=loopback)
    except (ImportError, ValueError, OSError) as error:
        step = "Look at HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR in the environment, or bring an `http_client` of your own."
        raise ConfigurationError(f"No HTTP client can be set up: {error}", next_step=step) from None


def _open_http(kind: str, *, loopback: bool) -> Any:
    import httpx

    count = CONNECTIONS[kind]
    limits = httpx.Limits(max_connections=count, max_keepalive_connections=count, keepalive_expiry=_IDLE)
    if not loopback and any(scheme != "no" for scheme in getproxies()):
        return getattr(httpx, kind)(limits=limits, follow_redirects=False)
    if kind == "Client":
        return TransportClient(lambda: httpx.HTTPTransport(limits=limits, trust_env=not loopback))
    return AsyncTransportClient(httpx.AsyncHTTPTransport(limits=limits, trust_env=not loopback), count)

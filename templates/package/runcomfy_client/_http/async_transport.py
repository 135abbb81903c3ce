"""The HTTP client that this package opens for the async client, as `transport`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import httpx

from runcomfy_client._http.transport import Routes


class AsyncTransportClient:
    """The HTTP client of the async client. Calls queue here for a connection, each of which has a transport of its own: what
    httpcore's pool costs grows with the connections and with the queue.
    """

    def __init__(self, open_routes: Callable[[], Routes], connections: int) -> None:
        self._open_routes = open_routes
        self._routes = [open_routes()]
        self._free = [*self._routes]
        self._connections = asyncio.Semaphore(connections)
        self.is_closed = False

    async def send(self, request: httpx.Request, **_switched_off: Any) -> httpx.Response:
        """Send a request. The caller reads and closes the response."""
        if self._connections.locked():
            await self._wait_for_connection(request)
        else:
            await self._connections.acquire()
        if not self._free:
            self._routes.append(self._open_routes())
            self._free.append(self._routes[-1])
        routes = self._free.pop()  # the one that was used last: its connection is the least likely to be closed by now
        try:
            response: httpx.Response = await routes.transport_for(request.url).handle_async_request(request)
        except BaseException:
            self._release(routes)
            raise
        response.stream = _ReleasingStream(response.stream, partial(self._release, routes))
        return response

    def _release(self, routes: Routes) -> None:
        self._free.append(routes)
        self._connections.release()

    async def _wait_for_connection(self, request: httpx.Request) -> None:
        try:
            async with asyncio.timeout(request.extensions["timeout"]["pool"]):
                await self._connections.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("no connection is free", request=request) from None

    async def aclose(self) -> None:
        """Close all connections."""
        self.is_closed = True
        for routes in self._routes:
            for transport in routes.all():
                await transport.aclose()


class _ReleasingStream(httpx.AsyncByteStream):
    """A body that releases its connection, once, when it is closed."""

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

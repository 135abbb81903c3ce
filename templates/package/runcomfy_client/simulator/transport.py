"""The in-process transport: routes the calls of an httpx client, sync or async, to `Simulator.handle`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import anyio
import httpx

from runcomfy_client.simulator.responses import Break, Pause, SimulatedResponse, chunks

if TYPE_CHECKING:
    from runcomfy_client.simulator.core import Simulator


class SimulatorTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Routes all calls of a client to a simulator. No call leaves the process, with any URL.

    Calls to other origins fail with a connect error, and are recorded as `elsewhere`.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        response = self._handle(request)
        delay = _Delay(self._simulator, request)
        delay.sleep(response.delivery.wait)
        return _respond(response, request, delay)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        response = self._handle(request)
        delay = _Delay(self._simulator, request)
        await delay.sleep_async(response.delivery.wait)
        return _respond(response, request, delay)

    def _handle(self, request: httpx.Request) -> SimulatedResponse:
        return self._simulator.handle(request.method, str(request.url), headers=request.headers, body=request.content)


class _Delay:
    """Waits during one call, up to the read timeout of its client."""

    def __init__(self, simulator: Simulator, request: httpx.Request) -> None:
        self._sleep = simulator.sleep
        self._request = request
        self._read_timeout: float | None = request.extensions.get("timeout", {}).get("read")

    def sleep(self, seconds: float) -> None:
        if seconds:
            (self._sleep or time.sleep)(self._bounded(seconds))
        self._check(seconds)

    async def sleep_async(self, seconds: float) -> None:
        if self._sleep and seconds:
            self._sleep(self._bounded(seconds))
        # also without a delay: as with a socket, other tasks can run here, and a cancellation can occur
        await anyio.sleep(0 if self._sleep else self._bounded(seconds))
        self._check(seconds)

    def _bounded(self, seconds: float) -> float:
        return seconds if self._read_timeout is None else min(seconds, self._read_timeout)

    def _check(self, seconds: float) -> None:
        if self._read_timeout is not None and seconds > self._read_timeout:
            raise httpx.ReadTimeout("the simulated response timed out", request=self._request)


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of a response, with its pauses and breaks."""

    def __init__(self, response: SimulatedResponse, request: httpx.Request, delay: _Delay) -> None:
        self._response = response
        self._request = request
        self._delay = delay

    def __iter__(self) -> Iterator[bytes]:
        for piece in chunks(self._response):
            match piece:
                case bytes():
                    yield piece
                case Pause(seconds):
                    self._delay.sleep(seconds)
                case Break():
                    raise self._broken()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in chunks(self._response):
            match piece:
                case bytes():
                    yield piece
                case Pause(seconds):
                    await self._delay.sleep_async(seconds)
                case Break():
                    raise self._broken()

    def _broken(self) -> httpx.RemoteProtocolError:
        message = "the simulated connection broke before the end of the message body"
        return httpx.RemoteProtocolError(message, request=self._request)


def _respond(response: SimulatedResponse, request: httpx.Request, delay: _Delay) -> httpx.Response:
    match response.delivery.lost:
        case "unsent":
            raise httpx.ConnectError(f"the simulator cannot be reached at {request.url.host}", request=request)
        case "unanswered":
            raise httpx.ReadError("the simulated connection broke before a response", request=request)
        case None:
            return httpx.Response(
                response.status, headers=response.headers, stream=_Body(response, request, delay), request=request
            )

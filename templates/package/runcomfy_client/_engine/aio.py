"""Performs the effects of a flow for the async client, on an asyncio event loop.

asyncio only, not trio. Two calls here outlive a cancellation: a submit whose response holds a job's id, and the one call that
cancels a queued job. asyncio cancels a task once and lets it finish, and a call can continue in a task of its own. trio would
cancel both at every await, so they would need shielded scopes and a nursery that belongs to the client.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from runcomfy_client._core.flows import effects
from runcomfy_client._core.flows.effects import CallerError, Effect, OpenUrl, Send
from runcomfy_client._core.protocol.bounded_body import BoundedBody
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._engine.handler import HandlerBase, addresses_of
from runcomfy_client._http.request_builder import is_in_memory, response_head, strip_traceback

if TYPE_CHECKING:
    import httpx

    from runcomfy_client._engine.async_session import AsyncSession
    from runcomfy_client._engine.session import Session


class AsyncEffectHandler(HandlerBase):
    """Performs the effects of one flow. `calls` bounds the calls in progress of several flows, except submits."""

    __slots__ = ("_calls", "_chunks", "_read_timeout", "_stream")

    def __init__(self, session: Session | AsyncSession, *, calls: asyncio.Semaphore | None = None, **options: Any) -> None:
        super().__init__(session, **options)
        self._calls = calls
        self._stream: httpx.Response | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self._read_timeout = 0.0

    async def perform(self, effect: Effect) -> Any:
        """Perform an effect, and return its result."""
        self._raise_pending()
        match effect:
            case effects.Monotonic():
                return self._clock.now()
            case effects.Send():
                if effect.shield:
                    return await self._send_shielded(effect)
                if self._calls is None:
                    return await self._round_trip(effect)
                async with self._calls:
                    return await self._round_trip(effect)
            case effects.Sleep(seconds, spread):
                return await self._sleep(seconds * (1 - spread * self._clock.random()))
            case effects.Notify(update):
                return await self._notify(update)
            case effects.ReadChunk():
                return await self._read_chunk()
            case effects.OpenUrl():
                return await self._open(effect)
            case effects.Resolve(host):
                return await asyncio.to_thread(addresses_of, host)
            case effects.RunBlocking(action, slow):
                return await asyncio.to_thread(action) if slow else action()
            case effects.RunCoroutine(start):
                return await start()
            case effects.WallClock():
                return self._clock.utcnow()

    async def close(self) -> None:
        """Close the file that is still open, if any."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await _close_quietly(stream)

    async def _sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)

    async def _notify(self, update: Any) -> None:
        try:
            returned = self._on_status(update) if self._on_status else None
            if inspect.isawaitable(returned):
                await returned
        except BaseException as error:
            raise CallerError(error) from None

    async def _round_trip(self, send: Send) -> Response | TransportError:
        """Make one API call. An interrupt cuts it off from its response."""
        ended = self._call_started(send)
        request = http_response = None
        response: Response | TransportError
        try:
            async with asyncio.timeout(send.effective_timeout):
                try:
                    request = self._builder.api_request(send)
                    http_response = await self._http.send(request, stream=True, auth=None, follow_redirects=False)
                    body, truncation = BoundedBody(response_head(http_response), deadline=self._clock.now() + send.timeout), ""
                    try:
                        async for chunk in _chunks_of(http_response):
                            truncation = body.add(chunk, self._clock.now())
                            if truncation:
                                break
                    except Exception as error:
                        truncation = self._builder.to_transport_error(error).reason
                    response = self._builder.redact(body.response(truncation))
                except Exception as error:
                    response = self._builder.response_from_error(error, request)
                except BaseException as stop:
                    raise strip_traceback(stop) from None
                finally:
                    if http_response is not None:
                        await _close_quietly(http_response)
        except TimeoutError:
            response = TransportError(maybe_sent=True, reason=f"no response within {send.effective_timeout:g} s")
        ended(response)
        return response

    async def _send_shielded(self, send: Send) -> Response | TransportError:
        """Make the call in a task of its own: neither a cancellation nor a server that stalls cuts it off from its response.

        A cancellation waits up to `send.shield` seconds for the response. It is raised afterwards, by the next effect: by then the
        flow knows the job's id.
        """
        task = asyncio.ensure_future(self._round_trip(send))
        try:
            await asyncio.wait({task}, timeout=send.effective_timeout + 1.0)
        except BaseException as stop:
            try:
                await asyncio.wait({task}, timeout=send.shield)
            finally:
                if not task.done():
                    task.cancel()
            if not task.done():
                raise
            self._pending = stop
        if not task.done():
            task.cancel()
            return TransportError(maybe_sent=True, reason=f"no response within {send.effective_timeout:g} s")
        return task.result()

    async def _open(self, fetch: OpenUrl) -> ResponseHead | TransportError:
        await self.close()
        ended = self._call_started(fetch)
        head: ResponseHead | TransportError
        try:
            async with asyncio.timeout(fetch.total_timeout):
                request = self._builder.file_request(fetch)
                response = await self._http.send(request, stream=True, auth=None, follow_redirects=False)
            self._stream, self._chunks, self._read_timeout = response, _chunks_of(response), fetch.timeout
            head = response_head(response)
        except Exception as error:
            head = self._builder.to_transport_error(error)
        ended(head)
        return head

    async def _read_chunk(self) -> bytes | TransportError:
        try:
            async with asyncio.timeout(self._read_timeout):
                return await anext(self._chunks, b"") if self._chunks is not None else b""
        except Exception as error:
            return self._builder.to_transport_error(error)


def _chunks_of(response: httpx.Response) -> AsyncIterator[bytes]:
    return response.aiter_bytes() if is_in_memory(response) else response.aiter_raw()


async def _close_quietly(response: httpx.Response) -> None:
    with suppress(Exception):  # what was read counts, such as a job's id
        await response.aclose()

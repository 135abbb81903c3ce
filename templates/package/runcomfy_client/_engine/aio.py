"""The async driver: performs the effects of a flow on an asyncio event loop.

It is asyncio alone, not trio. Two things here outlive a cancellation: a submit whose answer holds a job's id, and the one last call that
cancels a queued job. asyncio cancels a task once and lets it finish, and a call can go on in a task of its own; trio would cancel both
at every await, so they would need shielded scopes and a nursery that belongs to the client: a third driver, not a free extra of anyio.
"""

from __future__ import annotations

import asyncio
import inspect
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_client._core.flows.effects import (
    CallerError,
    Effect,
    Flow,
    Monotonic,
    Notify,
    OpenUrl,
    ReadChunk,
    Resolve,
    RunBlocking,
    RunCoroutine,
    Send,
    Sleep,
    WallClock,
)
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._engine.clock import AsyncClock
from runcomfy_client._http.instrumentation import Instrumentation, note
from runcomfy_client._http.request_builder import (
    BoundedBody,
    RequestBuilder,
    addresses_in,
    answer_in,
    bare,
    check_open,
    head_of,
    is_in_memory,
)

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


async def drive(flow: Flow[T], hands: AsyncEffectHandler) -> T:
    """Perform a flow to its end, and return its value. What interrupts an effect is thrown into the flow."""
    try:
        return await _drive(flow, hands)
    except CallerError as outside:
        error = outside.error
    finally:
        await hands.let_go()
    raise error


async def _drive(flow: Flow[T], hands: AsyncEffectHandler) -> T:
    step: Callable[[], Effect] = partial(next, flow)
    while True:
        try:
            effect = step()
        except StopIteration as end:
            value: T = end.value
            return value
        try:
            step = partial(flow.send, await hands.perform(effect))
        except BaseException as stop:
            step = partial(flow.throw, stop)


async def iterate(flow: Flow[None], hands: AsyncEffectHandler) -> AsyncGenerator[Any, None]:
    """Perform a flow, handing out its updates as they come."""
    step: Callable[[], Effect] = partial(next, flow)
    while True:
        try:
            effect = step()
        except StopIteration:
            return
        except CallerError as outside:
            error = outside.error
            break
        try:
            if isinstance(effect, Notify):
                yield effect.update
            step = partial(flow.send, None if isinstance(effect, Notify) else await hands.perform(effect))
        except GeneratorExit:
            flow.close()
            raise
        except BaseException as stop:
            step = partial(flow.throw, stop)
    raise error


class AsyncEffectHandler:
    """Performs single effects, for one flow."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        envelope: RequestBuilder,
        *,
        clock: AsyncClock,
        witness: Instrumentation,
        show: Callable[[Any], object] | None = None,
    ) -> None:
        self._http = http
        self._envelope = envelope
        self._clock = clock
        self._witness = witness
        self._show = show
        self._open: httpx.Response | None = None
        self._bytes: AsyncIterator[bytes] | None = None
        self._silence = 0.0
        self._held: BaseException | None = None

    async def perform(self, effect: Effect) -> Any:
        """Do what an effect asks for, and return what the flow is to be told."""
        if self._held is not None:
            stop, self._held = self._held, None
            raise stop
        match effect:
            case Monotonic():
                return self._clock.now()
            case Send():
                return await self._send(effect)
            case Sleep(seconds, spread):
                return await self._clock.sleep(seconds * (1 - spread * self._clock.random()))
            case Notify(update):
                return await self._notify(update)
            case ReadChunk():
                return await self._read()
            case OpenUrl():
                return await self._fetch(effect)
            case Resolve(host):
                return await _resolve(host)
            case RunBlocking(action, slow):
                return await asyncio.to_thread(action) if slow else action()
            case RunCoroutine(start):
                return await start()
            case WallClock():
                return self._clock.today()

    async def let_go(self) -> None:
        """Close the file that is still open, if there is one."""
        response, self._open = self._open, None
        if response is not None:
            await _close(response)

    async def _notify(self, update: Any) -> None:
        try:
            shown = self._show(update) if self._show else None
            if inspect.isawaitable(shown):
                await shown
        except BaseException as error:
            raise CallerError(error) from None

    async def _send(self, send: Send) -> Response | TransportError:
        return await (self._exchange_aside(send) if send.shield else self.exchange(send))

    async def exchange(self, send: Send) -> Response | TransportError:
        """Make one call, here and now: what interrupts it tears it from its answer."""
        check_open(self._http, self._envelope)
        call, began = self._witness.begins(send, self._envelope.url_of(send)), self._clock.now()
        try:
            async with asyncio.timeout(send.effective_timeout):
                told = await self._exchange(send)
        except TimeoutError:
            told = TransportError(maybe_sent=True, reason=f"no answer within {send.effective_timeout:g} s")
        told = note(send, told)
        if call is not None:
            self._witness.ends(call, told, self._clock.now() - began)
        return told

    async def _exchange(self, send: Send) -> Response | TransportError:
        request = response = None
        try:
            request = self._envelope.api(send)
            response = await self._http.send(request, stream=True, auth=None, follow_redirects=False)
            intake, broken = BoundedBody(response, until=self._clock.now() + send.timeout), ""
            try:
                async for chunk in _chunks(response):
                    broken = intake.add(chunk, self._clock.now())
                    if broken:
                        break
            except Exception as error:
                broken = self._envelope.lost(error).reason
            return self._envelope.without_token(intake.answer(broken))
        except Exception as error:
            answered = answer_in(error, request)
            return self._envelope.without_token(answered) if answered else self._envelope.lost(error)
        except BaseException as stop:
            raise bare(stop) from None
        finally:
            if response is not None:
                await _close(response)

    async def _exchange_aside(self, send: Send) -> Response | TransportError:
        """Make the call in a task of its own: there, no cancellation can tear it from its answer, and nothing that hangs can hold us up."""
        task = asyncio.ensure_future(self.exchange(send))
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
            self._held = stop
        if not task.done():
            task.cancel()
            return TransportError(maybe_sent=True, reason=f"no answer within {send.effective_timeout:g} s")
        return task.result()

    async def _fetch(self, fetch: OpenUrl) -> ResponseHead | TransportError:
        await self.let_go()
        check_open(self._http, self._envelope)
        call, began = self._witness.begins(fetch, fetch.url), self._clock.now()
        head = await self._head(fetch)
        self._witness.ends(call, head, self._clock.now() - began)
        return head

    async def _head(self, fetch: OpenUrl) -> ResponseHead | TransportError:
        try:
            async with asyncio.timeout(fetch.total_timeout):
                response = await self._http.send(self._envelope.file(fetch), stream=True, auth=None, follow_redirects=False)
        except Exception as error:
            return self._envelope.lost(error)
        self._open, self._bytes, self._silence = response, _chunks(response), fetch.timeout
        return head_of(response)

    async def _read(self) -> bytes | TransportError:
        try:
            async with asyncio.timeout(self._silence):
                return await anext(self._bytes, b"") if self._bytes is not None else b""
        except Exception as error:
            return self._envelope.lost(error)


def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    return response.aiter_bytes() if is_in_memory(response) else response.aiter_raw()


async def _close(response: httpx.Response) -> None:
    # what was read counts; a connection that cannot even be closed must not cost us an answer that is there
    with suppress(Exception):
        await response.aclose()


async def _resolve(host: str) -> tuple[str, ...]:
    try:
        return addresses_in(await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return ()

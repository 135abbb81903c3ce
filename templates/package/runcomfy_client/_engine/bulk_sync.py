"""Many jobs at once for the sync client: the tasks of `bulk`, on an event loop in a helper thread."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Generic, TypeVar

from runcomfy_client._core.flows.effects import Send
from runcomfy_client._core.protocol.response import Response, TransportError
from runcomfy_client._engine.aio import AsyncEffectHandler
from runcomfy_client._engine.async_session import AsyncSession
from runcomfy_client._engine.bulk import BulkOptions, BulkTasks
from runcomfy_client._engine.clock import SystemClock
from runcomfy_client._engine.session import Session
from runcomfy_client._engine.sync import EffectHandler
from runcomfy_client._http.event_loop import LoopThread, in_thread
from runcomfy_client._http.thread_call import ThreadIterator
from runcomfy_client.orphans import OrphanedJob

ItemT = TypeVar("ItemT")


class BulkThreads(Generic[ItemT]):
    """Runs jobs, from the first `next_outcome` on. HTTP calls, the user's callback and the iterable have threads of their own."""

    def __init__(self, items: Iterable[ItemT], options: BulkOptions[ItemT], session: Session) -> None:
        self._session = session
        self._closing_time = options.closing_time
        if options.on_status is not None:
            options = replace(options, on_status=_in_turn(options.on_status))
        self._tasks = BulkTasks(_read_in_thread(items), options, _LoopSession(session))
        self._loop: LoopThread | None = None
        self._taken: tuple[ItemT, Any] | None = None

    def next_outcome(self) -> tuple[ItemT, Any] | None:
        """Wait for the next outcome, and return it with its item; None when there are no more."""
        self._taken = None
        if self._loop is None:
            self._session.http_clients.get(files=False)  # raises if the client is closed
            self._loop = LoopThread()
        self._loop.run(self._take())
        if self._taken is None:
            if self._tasks.failure is not None:
                raise self._tasks.failure
            self._loop.stop()
        return self._taken

    async def _take(self) -> None:
        self._taken = await self._tasks.next_outcome()  # here: a Ctrl-C in the waiting thread must not lose it

    def close(self, *, returned: bool) -> tuple[OrphanedJob, ...]:
        """Stop all jobs; return every job whose outcome was not returned. `returned`: the caller has the last one."""
        if self._loop is not None and not sys.is_finalizing():
            try:
                self._loop.run(self._tasks.close(), self._closing_time + 3.0)
            except BaseException:  # a second Ctrl-C, for example: there is no time left
                with suppress(TimeoutError):
                    self._loop.run(self._tasks.cancel(), 2.0)
            self._loop.stop()
        return self._tasks.orphaned(*() if returned or self._taken is None else (self._taken,))


def _in_turn(callback: Callable[[ItemT, Any], object]) -> Callable[[ItemT, Any], Coroutine[Any, Any, object]]:
    """Return a coroutine function that calls a callback in a thread, one call at a time."""
    lock = asyncio.Lock()

    async def call(item: ItemT, status: Any) -> object:
        async with lock:
            return await in_thread(partial(callback, item, status))

    return call


class _LoopSession(AsyncSession):
    """The session of a sync client, for flows that are performed on an event loop."""

    def __init__(self, session: Any) -> None:
        self.settings = session.settings
        self.clock = session.clock
        self.http_clients = session.http_clients
        self._session: Session = session

    def _handler(self, **options: Any) -> AsyncEffectHandler:
        return _LoopHandler(self._session, **options)


class _LoopHandler(AsyncEffectHandler):
    """Performs effects on an event loop, with the HTTP client and the clock of a sync client, in helper threads."""

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(session, **options)
        self._sync = EffectHandler(session)

    async def _round_trip(self, send: Send) -> Response | TransportError:
        try:
            async with asyncio.timeout(send.effective_timeout):
                return await in_thread(partial(self._sync.round_trip, send))
        except TimeoutError:
            return self._sync.abandon_call(send.effective_timeout)
        except (KeyboardInterrupt, SystemExit) as stop:  # of a hook of the user's HTTP client: in a task, it would end the loop
            return self._builder.to_transport_error(stop)

    async def _sleep(self, seconds: float) -> None:
        if isinstance(self._clock, SystemClock):
            await asyncio.sleep(seconds)
        else:
            await in_thread(partial(self._clock.sleep, seconds))


async def _read_in_thread(items: Iterable[ItemT]) -> AsyncGenerator[ItemT, None]:
    """Yield items. One thread reads them all, since an iterable may hold what belongs to its thread, such as a database cursor."""
    reader = ThreadIterator(items)
    try:
        while (item := await in_thread(reader.next)) is not reader.END:
            yield item
    finally:
        reader.close()

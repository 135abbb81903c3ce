"""The async driver of a crowd: one task goes on with the flows; beside it, there are as many tasks as calls under way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from runcomfy_client._core.flows.effects import RunCoroutine, Send
from runcomfy_client._engine.bulk import Call, FlowScheduler

if TYPE_CHECKING:
    from runcomfy_client._engine.aio import AsyncEffectHandler
    from runcomfy_client._engine.clock import AsyncClock
    from runcomfy_client.interrupts import OrphanedJob

ItemT = TypeVar("ItemT")

_WIDTH: Final = 10
"""Calls at a time: as many as our HTTP client has connections."""
_SLICE: Final = 0.1
"""Seconds of sleep at a stretch, so that news from elsewhere do not wait for long."""


class SchedulerTask(Generic[ItemT]):
    """Drives a crowd in a task, from the first `take` on. The arguments are those of the sync one."""

    def __init__(
        self,
        crowd: FlowScheduler[ItemT],
        items: Iterable[ItemT] | AsyncIterable[ItemT],
        hands: AsyncEffectHandler,
        *,
        clock: AsyncClock,
        hold: float,
        cancel_timeout: float,
    ) -> None:
        self._crowd = crowd
        self._items = items
        self._source: Iterator[ItemT] | AsyncIterator[ItemT] | None = None
        self._fetch: asyncio.Task[None] | None = None
        self._hands = hands
        self._clock = clock
        self._times = (hold, cancel_timeout)
        self._news = asyncio.Event()
        self._ready = asyncio.Event()
        self._calls: set[asyncio.Future[Any]] = set()
        self._sending = 0
        self._leaving = False
        self._work: asyncio.Task[None] | None = None

    async def take(self) -> tuple[ItemT, Any] | None:
        """Wait for the next outcome, and return it with its item; None when there is nothing more."""
        if self._work is None:
            self._work = asyncio.ensure_future(self._drive())
        while True:
            if self._crowd.finished:
                taken = self._crowd.finished.popleft()
                self._news.set()  # there is room for one more
                return taken
            if self._work.done():
                self._work.result()
                if self._crowd.failure is not None:
                    raise self._crowd.failure
                return None
            self._ready.clear()
            await self._ready.wait()

    async def leave(self) -> tuple[OrphanedJob, ...]:
        """Leave everything that is still under way; return every job that nobody was told the outcome of."""
        if self._work is not None:
            self._leaving = True
            self._news.set()
            await asyncio.wait({self._work}, timeout=sum(self._times) + 1.0)
        return self._crowd.account()

    async def _drive(self) -> None:
        crowd, stop = self._crowd, None
        try:
            try:
                while not crowd.over and not self._leaving and crowd.failure is None:
                    crowd.advance()
                    self._take_items()
                    self._make_calls()
                    if crowd.finished:
                        self._ready.set()
                    if not crowd.over and crowd.failure is None:
                        await self._wait()
            except asyncio.CancelledError as error:  # the event loop is being closed
                stop = error
            await self._take_leave()
        finally:
            crowd.abandon()
            for task in (*self._calls, self._fetch):
                if task is not None:
                    task.cancel()
            self._ready.set()
        if stop is not None:
            raise stop

    def _take_items(self) -> None:
        """Ask for items as long as there is room: of an async iterable one at a time, in a task."""
        try:
            if self._source is None:
                self._source = aiter(self._items) if isinstance(self._items, AsyncIterable) else iter(self._items)
            while self._crowd.room and not isinstance(self._source, AsyncIterator):
                self._crowd.begin(next(self._source))
        except StopIteration:
            self._crowd.end_of_items()
        except BaseException as error:
            self._crowd.end_of_items(error)
        if isinstance(self._source, AsyncIterator) and self._crowd.room and self._fetch is None:
            self._fetch = asyncio.create_task(self._fetch_from(self._source))

    async def _fetch_from(self, source: AsyncIterator[ItemT]) -> None:
        try:
            item = await anext(source)
        except StopAsyncIteration:
            self._crowd.end_of_items()
        except BaseException as error:  # a cancellation of ours comes when no items are wanted any more
            self._crowd.end_of_items(error)
        else:
            self._crowd.begin(item)
        finally:
            self._fetch = None
            self._news.set()

    def _make_calls(self) -> None:
        while self._sending < _WIDTH and (call := self._crowd.next_call()) is not None:
            if isinstance(call.work, Send):
                self._sending += 1
                task: asyncio.Future[Any] = asyncio.ensure_future(self._hands.exchange(call.work))
            elif isinstance(call.work, RunCoroutine):
                task = asyncio.ensure_future(call.work.start())
                call.work.cancel = task.cancel
            else:
                task = asyncio.ensure_future(call.work)
            self._calls.add(task)
            task.add_done_callback(partial(self._made, call))

    def _made(self, call: Call, task: asyncio.Future[Any]) -> None:
        self._calls.discard(task)
        self._sending -= isinstance(call.work, Send)
        if task.cancelled():  # not by us: then nobody waits for it
            self._crowd.told(call, asyncio.CancelledError())
        else:
            self._crowd.told(call, task.exception() or task.result())
        self._news.set()

    async def _wait(self) -> None:
        """Let time pass until there is something to do: a call is over, a sleep is, or the caller wants something."""
        pause = self._crowd.until_wake()
        if pause is not None and not self._calls and not self._news.is_set():
            await self._clock.sleep(min(pause, _SLICE))
        else:
            await self._hear(pause)

    async def _hear(self, seconds: float | None) -> None:
        """Wait for news, at most so long."""
        if not self._news.is_set():
            timer = None if seconds is None else asyncio.get_running_loop().call_later(seconds, self._news.set)
            await self._news.wait()
            if timer is not None:
                timer.cancel()
        self._news.clear()

    async def _take_leave(self) -> None:
        """Wait for the answers of submits under way, then for those of the cancels, each for its time."""
        crowd, (hold, cancel_timeout) = self._crowd, self._times
        now = asyncio.get_running_loop().time
        crowd.leave()
        await self._pump(now() + hold, lambda: crowd.holding)
        await self._pump(now() + cancel_timeout, lambda: not crowd.over)

    async def _pump(self, until: float, wanted: Callable[[], bool]) -> None:
        while wanted() and (left := until - asyncio.get_running_loop().time()) > 0:
            self._make_calls()
            await self._hear(left)

"""Time and randomness, as the engine uses them. Tests pass a clock of their own, and need not wait."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import Protocol


class _Time(Protocol):
    def now(self) -> float:
        """Return the seconds since an arbitrary zero. They never decrease."""
        ...

    def utcnow(self) -> datetime:
        """Return the date and time, in UTC."""
        ...

    def random(self) -> float:
        """Return a random number from 0 up to, but not including, 1."""
        ...


class Clock(_Time, Protocol):
    """The clock of a sync client. All times are in seconds."""

    def sleep(self, seconds: float) -> object:
        """Sleep."""
        ...


class AsyncClock(_Time, Protocol):
    """The clock of an async client: as `Clock`, but `sleep` is awaited."""

    def sleep(self, seconds: float) -> Awaitable[object]:
        """Sleep without blocking the event loop."""
        ...


class _SystemTime:
    def now(self) -> float:
        return time.monotonic()

    def utcnow(self) -> datetime:
        return datetime.now(UTC)

    def random(self) -> float:
        return random.random()  # it spreads calls in time and protects nothing


class SystemClock(_SystemTime):
    """The clock of the machine, for the sync client."""

    def sleep(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


class AsyncSystemClock(_SystemTime):
    """The clock of the machine, for the async client."""

    async def sleep(self, seconds: float) -> None:
        """Sleep without blocking the event loop."""
        await asyncio.sleep(seconds)


class SharedSleep:
    """The sleeps of the jobs of one `run_all`, which end when it is closed.

    A clock that a test moves is moved on only while all jobs sleep, to the time at which the first of them wakes.
    """

    def __init__(self, clock: Clock, closing: threading.Event) -> None:
        self._clock = clock
        self._closing = closing
        self._lock = threading.Lock()
        self._awake = 0
        self._sleeping: list[tuple[float, int, threading.Event]] = []
        self._count = 0

    def count(self, jobs: int) -> None:
        """Count jobs that begin, or that end if negative."""
        with self._lock:
            self._awake += jobs
            self._move_on()

    def sleep(self, seconds: float) -> None:
        """Sleep in a job."""
        if isinstance(self._clock, SystemClock):
            self._closing.wait(seconds)
            return
        woken = threading.Event()
        with self._lock:
            self._count += 1
            heappush(self._sleeping, (self._clock.now() + seconds, self._count, woken))
            self._awake -= 1
            self._move_on()
        while not woken.wait(0.1) and not self._closing.is_set():
            pass
        with self._lock:
            if not woken.is_set():  # else it was counted when it was woken
                woken.set()
                self._awake += 1

    def _move_on(self) -> None:
        while self._awake <= 0 and self._sleeping:
            wake, _, woken = heappop(self._sleeping)
            if not woken.is_set():
                if (left := wake - self._clock.now()) > 0:
                    self._clock.sleep(left)
                woken.set()
                self._awake += 1


class AsyncSharedClock:
    """A clock that a test moves, shared by the jobs of one `run_all`, as in `SharedSleep`."""

    def __init__(self, clock: AsyncClock) -> None:
        self._clock = clock
        self._awake = 0
        self._sleeping: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> float:
        """Return the clock's time."""
        return self._clock.now()

    def utcnow(self) -> datetime:
        """Return the clock's date and time."""
        return self._clock.utcnow()

    def random(self) -> float:
        """Return the clock's random number."""
        return self._clock.random()

    async def count(self, jobs: int) -> None:
        """Count jobs that begin, or that end if negative."""
        self._awake += jobs
        await self._move_on()

    async def sleep(self, seconds: float) -> None:
        """Sleep in a job."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heappush(self._sleeping, (self.now() + seconds, self._count, future))
        self._awake -= 1
        try:
            await self._move_on()
            await future
        finally:
            if not future.done() or future.cancelled():  # else it was counted when it was woken
                future.cancel()
                self._awake += 1

    async def _move_on(self) -> None:
        while self._awake <= 0 and self._sleeping:
            wake, _, future = self._sleeping[0]
            if future.done():
                heappop(self._sleeping)
            elif (left := wake - self.now()) > 0:
                await self._clock.sleep(left)
            else:
                heappop(self._sleeping)
                future.set_result(None)
                self._awake += 1

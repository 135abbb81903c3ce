"""A clock that advances only on request, so that tests need not wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Generator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Final

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)


class CompletedSleep:
    """A sleep that has ended already; awaiting it lets other tasks run."""

    __slots__ = ()

    def __await__(self) -> Generator[None]:
        yield


class ManualClock:
    """A clock that `sleep` advances. Call it for the time in seconds. It is thread-safe.

    A simulator with such a clock uses it for its delays. Both clients accept it as `clock`, too, so that their polls and retries
    advance the time of the simulator's jobs:

        clock = ManualClock()
        with Simulator(clock=clock) as sim:
            with RunComfy("test", base_url=sim.base_url, http_client=sim.http_client(), clock=clock) as client:
                client.run(request)

    The jobs of one `run_all` sleep concurrently, as on a real clock: when all of them sleep, the clock advances to the time at
    which the first of them wakes up.
    """

    def __init__(self, now: float = 0.0) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._jobs = 0
        self._sleepers: list[tuple[float, int, Future[None]]] = []
        self._numbers = count()

    def __call__(self) -> float:
        """Return the time in seconds."""
        with self._lock:
            return self._now

    now = __call__

    def utcnow(self) -> datetime:
        """Return the date and time in UTC: the time is counted from 2026-01-01."""
        return _START + timedelta(seconds=self())

    def random(self) -> float:
        """Return 0.0, so that all pauses are deterministic, and have their maximum length."""
        return 0.0

    def advance(self, seconds: float) -> None:
        """Advance the clock by `seconds`; negative values count as 0."""
        with self._lock:
            self._now += max(seconds, 0.0)
            self._wake()

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Sleep. Without a running `run_all`, the clock advances by `seconds` immediately.

        On an event loop, await the returned object.
        """
        sleeper: Future[None] = Future()
        with self._lock:
            heappush(self._sleepers, (self._now + max(seconds, 0.0), next(self._numbers), sleeper))
            self._wake()
        if not sleeper.done():
            if _is_on_event_loop():
                return asyncio.wrap_future(sleeper)
            sleeper.result()
        return CompletedSleep()

    def job_started(self) -> None:
        """Register a job of a `run_all`. `run_all` calls this."""
        with self._lock:
            self._jobs += 1

    def job_ended(self) -> None:
        """Unregister a job of a `run_all`. `run_all` calls this."""
        with self._lock:
            self._jobs -= 1
            self._wake()

    def _wake(self) -> None:
        """Wake all jobs whose sleep has ended; if all jobs sleep, first advance to the end of the next sleep."""
        while self._sleepers and (self._sleepers[0][0] <= self._now or len(self._sleepers) >= self._jobs):
            time, _, sleeper = heappop(self._sleepers)
            if sleeper.set_running_or_notify_cancel():
                self._now = max(self._now, time)
                sleeper.set_result(None)


def _is_on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True

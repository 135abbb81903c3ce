"""A clock that moves only when told to, so that tests of waiting take no time."""

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
    """Time that has passed already; awaiting it lets other tasks have their turn."""

    __slots__ = ()

    def __await__(self) -> Generator[None]:
        yield


class ManualClock:
    """Call it for the time in seconds; `sleep` moves it on. Safe to share between threads.

    A simulator with such a clock waits out its delays on it. It is also a `clock` for both clients, so that their polls and retries
    move the very time by which the simulator's jobs run:

        clock = ManualClock()
        with Simulator(clock=clock) as sim, RunComfy("test", base_url=sim.base_url, http_client=sim.http_client(), clock=clock) as
            client: client.run(request)

    The jobs of one `run_all` sleep at the same time, as on a real clock: while there are any, `sleep` waits, and the clock moves on
    when all of them sleep, to the time at which the first of them wakes.
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
        """Return the date: the first of January 2026 in UTC, and the time on top."""
        return _START + timedelta(seconds=self())

    def random(self) -> float:
        """Return the same number always: nothing is left to chance, and all pauses are at their longest."""
        return 0.0

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, at once; never back."""
        with self._lock:
            self._now += max(seconds, 0.0)
            self._wake()

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Sleep. Without a `run_all`, the clock moves on by `seconds` at once; never back.

        On an event loop, what it returns is to be awaited; elsewhere, that is not needed.
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
        """Count a job of a `run_all`, which calls this."""
        with self._lock:
            self._jobs += 1

    def job_ended(self) -> None:
        """Count a job of a `run_all` no longer."""
        with self._lock:
            self._jobs -= 1
            self._wake()

    def _wake(self) -> None:
        """Wake all whose time has come; while nobody is awake, move on to the time of the next one."""
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

"""A clock that moves only when told to, so that tests of waiting take no time."""

from __future__ import annotations

import threading
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
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
    """

    def __init__(self, now: float = 0.0) -> None:
        self._now = now
        self._lock = threading.Lock()

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

    def sleep(self, seconds: float) -> CompletedSleep:
        """Move on by `seconds`, at once; never back. What it returns may be awaited, and need not be."""
        with self._lock:
            self._now += max(seconds, 0.0)
        return CompletedSleep()

"""Time and randomness, as the engine uses them. Tests pass a clock of their own, and need not wait."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
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
    """The clock of a sync client. All times are in seconds.

    It may also have methods `job_started()` and `job_ended()`, which `run_all` calls for each of its jobs: a clock that moves when
    somebody sleeps can then wait until all of them do.
    """

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
        import asyncio  # the sync client does without it: it takes as long to import as all of this package

        await asyncio.sleep(seconds)


def count_job(clock: Clock | AsyncClock, event: str) -> None:
    """Call the method `job_started` or `job_ended` of a clock that has it."""
    method = getattr(clock, event, None)
    if method is not None:
        method()

"""Time and chance, as the drivers know them. Tests hand in their own, and then no test ever waits."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What a sync client needs of time. All times in seconds."""

    def now(self) -> float:
        """Return a time that only grows, from an arbitrary zero."""
        ...

    def today(self) -> datetime:
        """Return the date and time, in UTC."""
        ...

    def random(self) -> float:
        """Return a random number from 0 up to, but not including, 1."""
        ...

    def sleep(self, seconds: float) -> object:
        """Wait."""
        ...


class AsyncClock(Protocol):
    """What an async client needs of time: as `Clock`, but waiting is awaited."""

    def now(self) -> float:
        """Return a time that only grows, from an arbitrary zero."""
        ...

    def today(self) -> datetime:
        """Return the date and time, in UTC."""
        ...

    def random(self) -> float:
        """Return a random number from 0 up to, but not including, 1."""
        ...

    def sleep(self, seconds: float) -> Awaitable[object]:
        """Wait without holding up the event loop."""
        ...


class _Machine:
    def now(self) -> float:
        return time.monotonic()

    def today(self) -> datetime:
        return datetime.now(UTC)

    def random(self) -> float:
        return random.random()  # it spreads calls in time and guards nothing, so any chance will do


class SystemClock(_Machine):
    """The machine's clock, for the sync client."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class AsyncSystemClock(_Machine):
    """The machine's clock, for the async client."""

    async def sleep(self, seconds: float) -> None:
        """Wait without holding up the event loop."""
        await asyncio.sleep(seconds)

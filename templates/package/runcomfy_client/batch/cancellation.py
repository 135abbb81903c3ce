"""A client for the submits of a batch. Stopping the batch ends its waits between two attempts, so that nothing more is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import copy
from datetime import datetime

from runcomfy_client._engine.clock import AsyncClock
from runcomfy_client.async_client import AsyncRunComfy


class BatchStopped(BaseException):
    """Raised during a wait between two attempts, when no request is in flight."""


class _StoppableClock:
    """A clock whose sleep raises `BatchStopped` as soon as `stopping` is set, or at its end if `may_continue()` is false."""

    def __init__(self, clock: AsyncClock, stopping: asyncio.Event, may_continue: Callable[[], bool]) -> None:
        self._clock = clock
        self._stopping = stopping
        self._may_continue = may_continue

    def now(self) -> float:
        return self._clock.now()

    def utcnow(self) -> datetime:
        return self._clock.utcnow()

    def random(self) -> float:
        return self._clock.random()

    async def sleep(self, seconds: float) -> None:
        waits = {asyncio.ensure_future(self._clock.sleep(seconds)), asyncio.ensure_future(self._stopping.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._stopping.is_set() or not self._may_continue():
            raise BatchStopped


def stoppable(client: AsyncRunComfy, stopping: asyncio.Event, may_continue: Callable[[], bool] = lambda: True) -> AsyncRunComfy:
    """Return a copy of a client that stops retrying when `stopping` is set. It shares the connections and budgets.

    It also stops if `may_continue` returns False, which it calls after each wait, before the next attempt.
    """
    copied = copy(client)
    copied._session = client._session.with_clock(_StoppableClock(client._session.clock, stopping, may_continue))
    return copied

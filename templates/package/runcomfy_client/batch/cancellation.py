"""A client for the submits of a batch. A stop ends its waits between two attempts, so nothing is submitted after it."""

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
    """A clock whose sleep ends at once, with `BatchStopped`, when `stopping` is set; and at its end, when it may not go on."""

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
    """Return a copy of a client, with the same connections and budgets, that stops retrying when `stopping` is set.

    It also stops when it may not continue; that is asked after each wait, right before the next attempt.
    """
    copied = copy(client)
    copied._session = client._session.with_clock(_StoppableClock(client._session.clock, stopping, may_continue))
    return copied

"""The limits that all calls of a client share: retries of submits, and the rate of polls."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from itertools import count
from threading import Lock
from typing import Final, TypeAlias

from runcomfy_client.policy import Policy

_ROUNDING: Final = 1e-6
_LATE: Final = 0.01
"""Seconds by which whoever is next may wake too late, without a loss for those behind."""
_RECHECK: Final = 1.0


class RetryBudget:
    """The retries that all calls of a client share, so that an outage does not cause a retry storm."""

    def __init__(self, policy: Policy) -> None:
        self._most = float(policy.retry_budget)
        self._refill = policy.retry_budget_refill
        self._left = self._most
        self._at = -math.inf
        self._lock = Lock()

    def spend(self, now: float) -> bool:
        """Take one retry at time `now`; return False if none is left."""
        with self._lock:
            self._left = min(self._most, self._left + max(0.0, now - self._at) / self._refill)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


Ticket: TypeAlias = tuple[float, int]


class RateLimiter:
    """The rate of all polls of a client together. Jobs wait in one line, in the order in which their polls are due."""

    def __init__(self, policy: Policy) -> None:
        self._own_step = self._step = 1 / policy.polls_per_second
        self._free = -math.inf
        self._line: list[Ticket] = []
        self._tickets = count()
        self._lock = Lock()

    def share(self, parts: int) -> None:
        """Take only one of so many equal parts of the rate from now on, for others poll the same API."""
        self._step = self._own_step * parts

    def join(self, due: float) -> Ticket:
        """Take a place in the line. One that is due later than others is behind them, whoever came first; so nobody starves."""
        ticket = (due, next(self._tickets))
        with self._lock:
            insort(self._line, ticket)
        return ticket

    def wait(self, ticket: Ticket, now: float) -> float:
        """Return the seconds after which to ask again. With 0 the poll may be made, and the place in the line is given up."""
        with self._lock:
            place = bisect_left(self._line, ticket)
            seconds = max(0.0, self._free - now) + place * self._step
            if seconds > _ROUNDING:
                return max(_RECHECK, seconds / 2) if seconds > _RECHECK else seconds  # the line may have become shorter by then
            del self._line[place]
            self._take(now)
            return 0.0

    def leave(self, ticket: Ticket) -> None:
        """Give up the place in the line, if it is still held."""
        with self._lock:
            place = bisect_left(self._line, ticket)
            if self._line[place : place + 1] == [ticket]:
                del self._line[place]

    def count(self, now: float) -> None:
        """Count a call that does not wait: those in the line wait longer for it."""
        with self._lock:
            self._take(now)

    def _take(self, now: float) -> None:
        self._free = max(self._free, now - _LATE) + self._step

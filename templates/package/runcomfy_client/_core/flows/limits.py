"""The limits that all calls of a client share: retries of submits, and the rate of polls."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from itertools import count
from threading import Lock
from typing import Final, TypeAlias

from runcomfy_client.policy import Policy

_EPSILON: Final = 1e-6
_WAKE_TOLERANCE: Final = 0.01
"""Seconds by which the first job in the queue may wake late without delaying the others."""
_RECHECK: Final = 1.0


class RetryBudget:
    """A budget of retries that all calls of a client share, so that an outage does not cause a retry storm."""

    def __init__(self, policy: Policy) -> None:
        self._max = float(policy.retry_budget)
        self._refill = policy.retry_budget_refill
        self._left = self._max
        self._at = -math.inf
        self._lock = Lock()

    def spend(self, now: float) -> bool:
        """Take one retry at time `now`; return False if none is left."""
        with self._lock:
            self._left = min(self._max, self._left + max(0.0, now - self._at) / self._refill)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


Ticket: TypeAlias = tuple[float, int]


class RateLimiter:
    """Limits the rate of all polls of a client. Jobs wait in a queue, in the order in which their polls are due."""

    def __init__(self, policy: Policy) -> None:
        self._unshared_interval = self._interval = 1 / policy.polls_per_second
        self._next_free = -math.inf
        self._queue: list[Ticket] = []
        self._tickets = count()
        self._lock = Lock()

    def share(self, parts: int) -> None:
        """Use 1/`parts` of the configured rate from now on, since other processes poll the same API."""
        self._interval = self._unshared_interval * parts

    def join(self, due: float) -> Ticket:
        """Join the queue. Positions follow the time `due`, not the time of joining, so no job starves."""
        ticket = (due, next(self._tickets))
        with self._lock:
            insort(self._queue, ticket)
        return ticket

    def wait(self, ticket: Ticket, now: float) -> float:
        """Return the seconds after which to call this again. At 0 the poll may be made, and the ticket has left the queue."""
        with self._lock:
            position = bisect_left(self._queue, ticket)
            seconds = max(0.0, self._next_free - now) + position * self._interval
            if seconds > _EPSILON:
                return max(_RECHECK, seconds / 2) if seconds > _RECHECK else seconds  # the queue may be shorter by then
            del self._queue[position]
            self._take(now)
            return 0.0

    def leave(self, ticket: Ticket) -> None:
        """Leave the queue, if the ticket is still in it."""
        with self._lock:
            position = bisect_left(self._queue, ticket)
            if self._queue[position : position + 1] == [ticket]:
                del self._queue[position]

    def count(self, now: float) -> None:
        """Count a call that does not wait in the queue. It delays the polls in the queue."""
        with self._lock:
            self._take(now)

    def _take(self, now: float) -> None:
        self._next_free = max(self._next_free, now - _WAKE_TOLERANCE) + self._interval

"""The limits that all calls of a client share: retries of submits, and the rate of polls."""

from __future__ import annotations

import math
from heapq import heappop, heappush
from threading import Lock

from runcomfy_client.policy import Policy


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


class RateLimiter:
    """The rate of all polls of a client together: one slot after the other. Unused slots are granted again."""

    def __init__(self, policy: Policy) -> None:
        self._step = 1 / policy.polls_per_second
        self._free = -math.inf
        self._unused: list[float] = []
        self._lock = Lock()

    def acquire(self, now: float) -> float:
        """Take the next free slot; return its time, `now` or later."""
        with self._lock:
            while self._unused:
                slot = heappop(self._unused)
                if slot >= now:
                    return slot
            slot = max(self._free, now)
            self._free = slot + self._step
            return slot

    def release_unused(self, slot: float) -> None:
        """Return a slot that was not used."""
        with self._lock:
            heappush(self._unused, slot)

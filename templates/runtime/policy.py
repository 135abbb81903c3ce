"""The numbers of retrying and waiting, and the arithmetic on them: no clock, no randomness, no I/O."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from heapq import heappop, heappush
from numbers import Real
from threading import Lock
from typing import Final

from runcomfy_client.errors import ConfigurationError

_LEAST: Final = {"poll_growth": 1.0, "tries": 1.0}
_NEVER_ZERO: Final = frozenset({"polls_per_second", "budget_refill"})


def is_number(value: object) -> bool:
    """Whether a value is a real number, and not nan."""
    return isinstance(value, Real) and not isinstance(value, bool) and value == value


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patient and how careful a client is. All times in seconds; the defaults suit production.

    Attributes:
        first_poll: from a submit to the first look at the job.
        poll_growth: by what factor the time between two looks grows.
        slowest_poll: the longest time between two looks.
        poll_spread: the share of it that is left to chance, so that many jobs do not look at once.
        polls_per_second: looks a second at most, of all jobs of a client together.
        missing_grace: for how long a job may be unknown to the server, as it can be right after its submit.
        tries: how often at most a call is made that is safe to make again.
        first_backoff: the longest wait before the second try; it doubles from try to try.
        slowest_backoff: the longest wait between two tries.
        longest_retry_after: the longest `Retry-After` that is waited for; a longer one is an error at once.
        retry_budget: retries of submits that the whole client may make in a row; it refills by one in `budget_refill` seconds.
        budget_refill: see `retry_budget`.
        hold: how long an interrupt waits for the answer to a paid call under way, since it holds the job's id.
        parting: how long leaving `run` early may take to cancel a job that is still queued. Together with `hold` less than three seconds:
            after that, those who stop a program tend to kill it.

    Raises:
        ConfigurationError: a number cannot be.
    """

    first_poll: float = 0.5
    poll_growth: float = 1.5
    slowest_poll: float = 10.0
    poll_spread: float = 0.2
    polls_per_second: float = 20.0
    missing_grace: float = 30.0
    tries: int = 4
    first_backoff: float = 0.5
    slowest_backoff: float = 8.0
    longest_retry_after: float = 120.0
    retry_budget: int = 20
    budget_refill: float = 1.0
    hold: float = 2.0
    parting: float = 0.8

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value, least = getattr(self, name), _LEAST.get(name, 0.0)
            if not is_number(value) or value < least or (value == 0 and name in _NEVER_ZERO):
                above = f"above {least:g}" if name in _NEVER_ZERO else f"{least:g} or more"
                raise ConfigurationError(f"`{name}` of the policy is {value!r}; it must be a number, {above}")
        if self.poll_spread > 1:
            raise ConfigurationError(f"`poll_spread` of the policy is {self.poll_spread!r}; it is a share, from 0 to 1")

    def poll_pause(self, look: int) -> float:
        """Return the longest pause before look number `look`, counted from 0."""
        growth = self.poll_growth ** min(look, 64)
        return min(self.slowest_poll, self.first_poll * growth)

    def backoff(self, attempt: int) -> float:
        """Return the longest pause after failed try number `attempt`, counted from 1. The driver draws from 0 to it: full jitter."""
        return min(self.slowest_backoff, self.first_backoff * 2.0 ** min(attempt - 1, 32))


class RetryBudget:
    """The retries that all calls of a client share, so that an outage is not met with a storm."""

    def __init__(self, policy: Policy) -> None:
        self._most = float(policy.retry_budget)
        self._refill = policy.budget_refill
        self._left = self._most
        self._at = -math.inf
        self._lock = Lock()

    def spend(self, now: float) -> bool:
        """Take one retry at time `now`; False when there is none left."""
        with self._lock:
            self._left = min(self._most, self._left + max(0.0, now - self._at) / self._refill)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


class PollGate:
    """The pace of all polls of a client together: one slot after the other. Those that are not used are given to the next ones."""

    def __init__(self, policy: Policy) -> None:
        self._step = 1 / policy.polls_per_second
        self._free = -math.inf
        self._unused: list[float] = []
        self._lock = Lock()

    def take(self, now: float) -> float:
        """Take the next free slot; return its time, `now` or later."""
        with self._lock:
            while self._unused:
                slot = heappop(self._unused)
                if slot >= now:
                    return slot
            slot = max(self._free, now)
            self._free = slot + self._step
            return slot

    def give_back(self, slot: float) -> None:
        """Give a slot back that was not used."""
        with self._lock:
            heappush(self._unused, slot)


_SECONDS: Final = re.compile(r"[+-]?\d{1,12}(\.\d{0,12})?")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an answer asks to wait, from its `Retry-After`: seconds, or an HTTP date against the answer's own `Date`.

    A time in the past is 0. What is neither is left out: None.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if _SECONDS.fullmatch(value) and value.isascii():
        return max(0.0, float(value))
    then, date = _moment(value), _moment(headers.get("date", ""))
    return max(0.0, (then - date).total_seconds()) if then and date else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # all HTTP dates are in GMT; the old form without a zone says so by leaving it out
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

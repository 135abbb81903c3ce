"""The settings of retries and polling, and the intervals computed from them: no clock, no random numbers, no I/O."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Final

from runcomfy_client.errors import ConfigurationError

_LEAST: Final = {"poll_multiplier": 1.0, "max_attempts": 1.0}
_NEVER_ZERO: Final = frozenset({"polls_per_second", "retry_budget_refill"})
_SPARSE: Final = 0.25
"""The interval as a fraction of the elapsed time, before a job's usual duration: the end of a much faster job is noticed at most
25 % late."""
_MAX_POLLS: Final = 20
"""The maximum number of polls within a job's usual duration, if that range is wide: then it predicts little."""
_QUICK: Final = 4
"""A result that is not ready is requested again after `poll_initial` / 4: it becomes available soon after the final status."""


def is_number(value: object) -> bool:
    """True if the value is a real number, and not NaN."""
    return isinstance(value, Real) and not isinstance(value, bool) and value == value


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings of retries and polling. All times are in seconds; the defaults suit production.

    Attributes:
        poll_initial: the shortest interval between two polls of a job. Around the time at which the job is expected to end, the
            interval may be half as long.
        poll_multiplier: the factor by which the interval grows from poll to poll, once it is longer than `poll_initial`. It makes
            the interval proportional to the time that the job has been in its present state: 7 % of it with 1.07, so that the end
            of a job is noticed 3.4 % late on average.
        poll_max: the longest interval between two polls, as long as `polls_per_second` suffices.
        poll_jitter: the random share of the first interval after a submit, from 0 to 1, so that many jobs do not poll at the same
            time. Later intervals keep the jobs apart.
        polls_per_second: the maximum rate of polls of all jobs of a client together. If it does not suffice, the jobs that have
            most likely ended are polled first: those whose poll is overdue longest first, and those before their usual duration
            last.
        not_found_grace: how long after the submit status 404 means that the server does not know the job yet; later it is an
            error.
        max_attempts: the maximum number of attempts of a call.
        backoff_initial: the maximum wait before the second attempt; it doubles with each attempt.
        backoff_max: the maximum wait between two attempts.
        retry_after_max: the longest `Retry-After` that the client waits for; with a longer one, the call fails immediately.
        retry_budget: the number of retries of submits that all calls of a client share.
        retry_budget_refill: the interval after which one used retry becomes available again.
        submit_grace_period: how long an interrupt waits for the response to a submit in flight, since the response has the job's
            id.
        cancel_timeout: how long an interrupted `run` may take to cancel a job that is still queued. Keep the sum with
            `submit_grace_period` below three seconds: supervisors often kill a process soon after that.

    Raises:
        ConfigurationError: a value is out of range.
    """

    poll_initial: float = 0.6
    poll_multiplier: float = 1.07
    poll_max: float = 60.0
    poll_jitter: float = 0.5
    polls_per_second: float = 20.0
    not_found_grace: float = 30.0
    max_attempts: int = 4
    backoff_initial: float = 0.5
    backoff_max: float = 8.0
    retry_after_max: float = 120.0
    retry_budget: int = 20
    retry_budget_refill: float = 1.0
    submit_grace_period: float = 2.0
    cancel_timeout: float = 0.8

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value, least = getattr(self, name), _LEAST.get(name, 0.0)
            if not is_number(value) or value < least or (value == 0 and name in _NEVER_ZERO):
                above = f"greater than {least:g}" if name in _NEVER_ZERO else f"{least:g} or more"
                raise ConfigurationError(f"`{name}` of the policy is {value!r}; it must be a number that is {above}")
        if self.poll_jitter > 1:
            raise ConfigurationError(f"`poll_jitter` of the policy is {self.poll_jitter!r}; it must be a number from 0 to 1")

    def poll_pause(self, waited: float, expected: tuple[float, float] | None = None) -> float:
        """Return the seconds from one poll of a job to the next.

        The pause is proportional to `waited`, from `poll_initial` to `poll_max`. If `expected` is known, the pause is half as long
        between these two times, and longer before.

        Args:
            waited: the seconds that the job had been in its state at the last poll.
            expected: the shortest and the longest usual time in this state, in seconds.
        """
        share = self.poll_multiplier - 1
        pause = min(self.poll_max, max(self.poll_initial, share * waited))
        low, high = expected or (0.0, 0.0)
        if waited >= high:
            return pause
        share = min(share, max(share / 2, math.log(high / low) / _MAX_POLLS))
        dense = min(self.poll_max / 2, max(self.poll_initial / 2, share * waited))
        return dense if waited >= low else min(max(pause, _SPARSE * waited), max(dense, low - waited))

    def result_pause(self, attempt: int) -> float:
        """Return the pause in seconds before attempt number `attempt` (from 0) to fetch the result of a job that has ended."""
        if attempt == 0:
            return 0.0
        return min(self.backoff_max, self.poll_initial / _QUICK * 1.5 ** min(attempt - 1, 64))

    def backoff(self, attempt: int) -> float:
        """Return the maximum pause in seconds after failed attempt number `attempt`, counted from 1.

        The engine picks a random pause between 0 and it (full jitter).
        """
        return min(self.backoff_max, self.backoff_initial * 2.0 ** min(attempt - 1, 32))

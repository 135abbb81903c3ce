"""The settings of retries and polling, and the arithmetic on them: no clock, no randomness, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Final

from runcomfy_client.errors import ConfigurationError

_LEAST: Final = {"poll_multiplier": 1.0, "max_attempts": 1.0}
_NEVER_ZERO: Final = frozenset({"polls_per_second", "retry_budget_refill"})


def is_number(value: object) -> bool:
    """True if the value is a real number, and not NaN."""
    return isinstance(value, Real) and not isinstance(value, bool) and value == value


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings of retries and polling. All times are in seconds; the defaults suit production.

    Attributes:
        poll_initial: the interval between a submit and the first poll.
        poll_multiplier: the factor by which the interval grows from poll to poll.
        poll_max: the maximum interval between two polls.
        poll_jitter: the random share of the interval, from 0 to 1, so that many jobs do not poll at the same time.
        polls_per_second: the maximum rate of polls of all jobs of a client together.
        not_found_grace: how long the server may answer 404 for a job, as it can right after the submit.
        max_attempts: the maximum number of attempts of a call.
        backoff_initial: the maximum wait before the second attempt; it doubles with each attempt.
        backoff_max: the maximum wait between two attempts.
        retry_after_max: the longest `Retry-After` that is respected; a longer one is an error at once.
        retry_budget: how many retries of submits all calls of a client may make in a row.
        retry_budget_refill: the seconds after which one used retry is available again.
        submit_grace_period: how long an interrupt waits for the response to a submit in flight, since the response has the job's
            id.
        cancel_timeout: how long an interrupted `run` may take to cancel a job that is still queued. Keep the sum with
            `submit_grace_period` below three seconds: supervisors often kill a process soon after that.

    Raises:
        ConfigurationError: a value is out of range.
    """

    poll_initial: float = 0.5
    poll_multiplier: float = 1.5
    poll_max: float = 10.0
    poll_jitter: float = 0.2
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
                above = f"above {least:g}" if name in _NEVER_ZERO else f"{least:g} or more"
                raise ConfigurationError(f"`{name}` of the policy is {value!r}; it must be a number, {above}")
        if self.poll_jitter > 1:
            raise ConfigurationError(f"`poll_jitter` of the policy is {self.poll_jitter!r}; it is a share, from 0 to 1")

    def poll_pause(self, look: int) -> float:
        """Return the maximum pause in seconds before poll number `look`, counted from 0."""
        growth = self.poll_multiplier ** min(look, 64)
        return min(self.poll_max, self.poll_initial * growth)

    def backoff(self, attempt: int) -> float:
        """Return the maximum pause in seconds after failed attempt number `attempt`, counted from 1.

        The engine draws the pause from 0 to it (full jitter).
        """
        return min(self.backoff_max, self.backoff_initial * 2.0 ** min(attempt - 1, 32))

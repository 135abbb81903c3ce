"""The numbers of retrying and waiting, and the arithmetic on them: no clock, no randomness, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Final

from runcomfy_client.errors import ConfigurationError

_LEAST: Final = {"poll_multiplier": 1.0, "max_attempts": 1.0}
_NEVER_ZERO: Final = frozenset({"polls_per_second", "retry_budget_refill"})


def is_number(value: object) -> bool:
    """Whether a value is a real number, and not nan."""
    return isinstance(value, Real) and not isinstance(value, bool) and value == value


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patient and how careful a client is. All times in seconds; the defaults suit production.

    Attributes:
        poll_initial: from a submit to the first look at the job.
        poll_multiplier: by what factor the time between two looks grows.
        poll_max: the longest time between two looks.
        poll_jitter: the share of it that is left to chance, so that many jobs do not look at once.
        polls_per_second: looks a second at most, of all jobs of a client together.
        not_found_grace: for how long a job may be unknown to the server, as it can be right after its submit.
        max_attempts: how often at most a call is made that is safe to make again.
        backoff_initial: the longest wait before the second try; it doubles from try to try.
        backoff_max: the longest wait between two tries.
        retry_after_max: the longest `Retry-After` that is waited for; a longer one is an error at once.
        retry_budget: retries of submits that the whole client may make in a row; it refills by one in `retry_budget_refill`
            seconds.
        retry_budget_refill: see `retry_budget`.
        submit_grace_period: how long an interrupt waits for the answer to a paid call under way, since it holds the job's id.
        cancel_timeout: how long leaving `run` early may take to cancel a job that is still queued. Together with
            `submit_grace_period` less than three seconds: after that, those who stop a program tend to kill it.

    Raises:
        ConfigurationError: a number cannot be.
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
        """Return the longest pause before look number `look`, counted from 0."""
        growth = self.poll_multiplier ** min(look, 64)
        return min(self.poll_max, self.poll_initial * growth)

    def backoff(self, attempt: int) -> float:
        """Return the longest pause after failed try number `attempt`, counted from 1. The driver draws from 0 to it: full jitter."""
        return min(self.backoff_max, self.backoff_initial * 2.0 ** min(attempt - 1, 32))

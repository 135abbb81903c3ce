"""The policy, the options and the limits that all flows of one client share."""

from __future__ import annotations

from dataclasses import dataclass, field

from runcomfy_client._core.flows.durations import Durations
from runcomfy_client._core.flows.effects import Flow, Monotonic
from runcomfy_client._core.flows.limits import RateLimiter, RetryBudget
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.policy import Policy, is_number


@dataclass(frozen=True, slots=True)
class CallOptions:
    """The options of a client's calls. `http_timeout` is in seconds, for one step of an HTTP exchange."""

    policy: Policy
    http_timeout: float
    include_cost: bool
    cancel_queued: bool
    retry_budget: RetryBudget
    rate_limiter: RateLimiter
    durations: Durations = field(default_factory=Durations)


def check_timeout(timeout: float | None, *, paid: bool = False) -> None:
    """Check that a timeout is a number of seconds; before a `paid` call, also that it is positive.

    Raises:
        ConfigurationError: the timeout is invalid. Nothing was sent.
    """
    if timeout is None:
        return
    if not is_number(timeout):
        raise ConfigurationError(f"`timeout` is {timeout!r}; it must be a number of seconds, or None")
    if paid and timeout <= 0:
        raise ConfigurationError(f"`timeout` is {timeout!r}: there is no time left", next_step="Nothing was submitted.")


def deadline_after(timeout: float | None) -> Flow[float | None]:
    """Return the deadline of a timeout that starts now, on the clock of `Monotonic`; None without a timeout.

    Raises:
        ConfigurationError: the timeout is not a number of seconds.
    """
    check_timeout(timeout)
    return None if timeout is None else (yield Monotonic()) + timeout

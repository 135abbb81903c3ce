"""What all flows of one client share: its numbers, its options, and its common budgets."""

from __future__ import annotations

from dataclasses import dataclass

from runcomfy_client.errors import ConfigurationError
from runcomfy_client.flows.effects import Flow, Now
from runcomfy_client.policy import Policy, PollGate, RetryBudget, is_number


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms on which a client works. `timeout` is in seconds, for one step of an HTTP exchange."""

    policy: Policy
    timeout: float
    include_cost: bool
    cancel_queued: bool
    budget: RetryBudget
    gate: PollGate


def check_deadline(deadline: float | None, *, paid: bool = False) -> None:
    """Make sure that a deadline is a number of seconds; before a `paid` call, also that it leaves any.

    Raises:
        ConfigurationError: it is not. Nothing was sent.
    """
    if deadline is None:
        return
    if not is_number(deadline):
        raise ConfigurationError(f"`deadline` is {deadline!r}; it must be a number of seconds, or None")
    if paid and deadline <= 0:
        raise ConfigurationError(f"`deadline` is {deadline!r}: there is no time left", next_step="Nothing was submitted.")


def end_of(deadline: float | None) -> Flow[float | None]:
    """Return when a deadline passes, on the clock of `Now`; None when there is none.

    Raises:
        ConfigurationError: it is not a number of seconds.
    """
    check_deadline(deadline)
    return None if deadline is None else (yield Now()) + deadline

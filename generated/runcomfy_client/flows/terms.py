"""What all flows of one client share: its numbers, its options, and its common budgets."""

from __future__ import annotations

from dataclasses import dataclass

from runcomfy_client.policy import Policy, PollGate, RetryBudget


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms on which a client works. `timeout` is in seconds, for one step of an HTTP exchange."""

    policy: Policy
    timeout: float
    include_cost: bool
    cancel_queued: bool
    budget: RetryBudget
    gate: PollGate

"""The settings of one client, checked once, when it is made: where the API is, with which token, on which terms."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from runcomfy_client.errors import ConfigurationError
from runcomfy_client.protocol.origin import DEFAULT_BASE_URL, Origin
from runcomfy_client.policy import Policy, PollGate, RetryBudget
from runcomfy_client.flows.terms import Terms
from runcomfy_client.credentials import Token, find_token


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client needs to know before its first call."""

    origin: Origin
    token: Token = field(repr=False)
    terms: Terms

    @classmethod
    def of(
        cls,
        *,
        token: Token | None,
        base_url: str | None,
        timeout: float,
        policy: Policy | None,
        include_cost: bool,
        cancel_queued: bool,
    ) -> Settings:
        """Check the options of a client, and fill in from the environment what was not given.

        Raises:
            ConfigurationError: one of them cannot be; `MissingToken` and `MalformedToken` among them.
        """
        if not 0 < timeout < float("inf"):
            raise ConfigurationError(f"`timeout` is {timeout!r}; it must be a number of seconds above 0")
        origin = Origin.of(base_url or os.environ.get("RUNCOMFY_BASE_URL") or DEFAULT_BASE_URL)
        policy = policy or Policy()
        terms = Terms(policy, timeout, include_cost, cancel_queued, RetryBudget(policy), PollGate(policy))
        return cls(origin, find_token(token, loopback=origin.loopback), terms)

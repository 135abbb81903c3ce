"""The settings of one client, checked once, when it is made: where the API is, with which token, on which terms."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Final

from runcomfy_client.errors import ConfigurationError
from runcomfy_client.hooks import Hooks
from runcomfy_client.protocol.origin import DEFAULT_BASE_URL, Origin
from runcomfy_client.policy import Policy, PollGate, RetryBudget, is_number
from runcomfy_client.flows.terms import Terms
from runcomfy_client.credentials import Token, find_token

_VARIABLE: Final = "RUNCOMFY_BASE_URL"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client needs to know before its first call."""

    origin: Origin
    token: Token = field(repr=False)
    terms: Terms
    hooks: Hooks = Hooks()

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
        hooks: Hooks | None = None,
        brings_client: bool = False,
    ) -> Settings:
        """Check the options of a client, and fill in from the environment what was not given.

        `brings_client` says that the user has an HTTP client of their own, which may lead anywhere.

        Raises:
            ConfigurationError: one of them cannot be; `MissingToken` and `MalformedToken` among them.
        """
        _check_timeout(timeout)
        _check_kinds(policy, hooks)
        named = "base_url=" if base_url else _VARIABLE
        origin = Origin.of(base_url or os.environ.get(_VARIABLE) or DEFAULT_BASE_URL, source=named)
        if origin.in_process and not brings_client:
            step = "Pass http_client=simulator.http_client() (async_http_client() to the async client), or use simulator.serve()."
            raise ConfigurationError(
                f"{named} {origin.url} is a simulator inside a process: no network leads there", next_step=step
            )
        policy = policy or Policy()
        terms = Terms(policy, timeout, include_cost, cancel_queued, RetryBudget(policy), PollGate(policy))
        return cls(origin, find_token(token, loopback=origin.loopback), terms, hooks or Hooks())

    def changed(
        self,
        *,
        timeout: float | None,
        policy: Policy | None,
        include_cost: bool | None,
        cancel_queued: bool | None,
        hooks: Hooks | None,
    ) -> Settings:
        """Return settings with other options. The budgets stay common to both, except where a new policy sets others.

        Raises:
            ConfigurationError: an option cannot be.
        """
        _check_kinds(policy, hooks)
        terms = self.terms
        if timeout is not None:
            _check_timeout(timeout)
            terms = replace(terms, timeout=timeout)
        if policy is not None:
            terms = replace(terms, policy=policy, budget=RetryBudget(policy), gate=PollGate(policy))
        if include_cost is not None:
            terms = replace(terms, include_cost=include_cost)
        if cancel_queued is not None:
            terms = replace(terms, cancel_queued=cancel_queued)
        return replace(self, terms=terms, hooks=hooks or self.hooks)


def _check_kinds(policy: object, hooks: object) -> None:
    for name, value, kind in (("policy", policy, Policy), ("hooks", hooks, Hooks)):
        if value is not None and not isinstance(value, kind):
            raise ConfigurationError(f"`{name}` is {value!r}; it must be {kind.__name__}(...)")


def _check_timeout(timeout: float) -> None:
    if not is_number(timeout) or not 0 < timeout < float("inf"):
        raise ConfigurationError(f"`timeout` is {timeout!r}; it must be a number of seconds above 0")

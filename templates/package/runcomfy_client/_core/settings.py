"""The settings of one client, validated once by its constructor: base URL, token, options."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Final

from runcomfy_client._core.credentials import Token, find_token
from runcomfy_client._core.flows.limits import RateLimiter, RetryBudget
from runcomfy_client._core.flows.options import CallOptions
from runcomfy_client._core.protocol.urls import DEFAULT_BASE_URL, Origin
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.hooks import Hooks
from runcomfy_client.policy import Policy, is_number

_VARIABLE: Final = "RUNCOMFY_BASE_URL"


@dataclass(frozen=True, slots=True)
class Settings:
    """The validated settings of a client."""

    origin: Origin
    token: Token = field(repr=False)
    options: CallOptions
    hooks: Hooks = field(default_factory=Hooks)

    @classmethod
    def of(
        cls,
        *,
        token: Token | None,
        base_url: str | None,
        http_timeout: float,
        policy: Policy | None,
        include_cost: bool,
        cancel_queued: bool,
        hooks: Hooks | None = None,
        has_http_client: bool = False,
    ) -> Settings:
        """Validate the options of a client, and read missing ones from the environment.

        `has_http_client` is True if the user passes an HTTP client. Such a client can reach a simulator in this process.

        Raises:
            ConfigurationError: an option is invalid. Its subclasses `MissingToken` and `MalformedToken` concern the token.
        """
        _check_http_timeout(http_timeout)
        _check_types(policy, hooks)
        source = "base_url=" if base_url else _VARIABLE
        origin = Origin.of(base_url or os.environ.get(_VARIABLE) or DEFAULT_BASE_URL, source=source)
        if origin.in_process and not has_http_client:
            step = "Pass http_client=simulator.http_client() (async_http_client() to the async client), or use simulator.serve()."
            raise ConfigurationError(
                f"{source} {origin.url} is a simulator inside a process, which cannot be reached over the network", next_step=step
            )
        policy = policy or Policy()
        options = CallOptions(policy, http_timeout, include_cost, cancel_queued, RetryBudget(policy), RateLimiter(policy))
        return cls(origin, find_token(token, loopback=origin.loopback), options, hooks or Hooks())

    def with_changes(
        self,
        *,
        http_timeout: float | None,
        policy: Policy | None,
        include_cost: bool | None,
        cancel_queued: bool | None,
        hooks: Hooks | None,
    ) -> Settings:
        """Return a copy with some options replaced. It shares the retry budget and rate limiter unless `policy` is given.

        Raises:
            ConfigurationError: an option is invalid.
        """
        _check_types(policy, hooks)
        options = self.options
        if http_timeout is not None:
            _check_http_timeout(http_timeout)
            options = replace(options, http_timeout=http_timeout)
        if policy is not None:
            options = replace(options, policy=policy, retry_budget=RetryBudget(policy), rate_limiter=RateLimiter(policy))
        if include_cost is not None:
            options = replace(options, include_cost=include_cost)
        if cancel_queued is not None:
            options = replace(options, cancel_queued=cancel_queued)
        return replace(self, options=options, hooks=hooks or self.hooks)


def _check_types(policy: object, hooks: object) -> None:
    for name, value, expected in (("policy", policy, Policy), ("hooks", hooks, Hooks)):
        if value is not None and not isinstance(value, expected):
            raise ConfigurationError(f"`{name}` is {value!r}; it must be {expected.__name__}(...)")


def _check_http_timeout(http_timeout: float) -> None:
    if not is_number(http_timeout) or not 0 < http_timeout < float("inf"):
        raise ConfigurationError(f"`http_timeout` is {http_timeout!r}; it must be a number of seconds above 0")

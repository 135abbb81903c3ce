"""What a job is expected to cost, as far as the catalog tells."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.mcp.budget import money
from runcomfy_client.requests import Request


@dataclass(frozen=True, slots=True)
class Price:
    """What a job is expected to cost.

    Attributes:
        usd: US dollars; None when it is not known.
        exact: whether that is what will be billed; an estimate from a base price is not.
        basis: how it comes about, in words.
    """

    usd: Decimal | None
    exact: bool
    basis: str

    def __str__(self) -> str:
        if self.usd is None:
            return f"not known ({self.basis})" if self.basis else "not known"
        return f"{'' if self.exact else 'about '}{money(self.usd)}{f' ({self.basis})' if self.basis else ''}"


def price_of(request: Request[Any]) -> Price:
    """Return what a request is expected to cost. Nothing is called."""
    estimate = getattr(request, "estimate", None)
    if estimate is None:
        return Price(None, False, "the catalog of this client has no prices")
    found = estimate()
    return Price(found.usd, found.exact, escape_control_chars(found.basis, max_length=300))

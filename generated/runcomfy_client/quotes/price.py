"""What a job is expected to cost, as far as the published prices tell, in a form that a ledger can keep."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.quotes.budget import money
from runcomfy_client.requests import Request


@dataclass(frozen=True, slots=True)
class Price:
    """What a job is expected to cost.

    Attributes:
        usd: US dollars; None when it is not known.
        exact: whether that is what will be billed; an estimate from a base price is not.
        basis: how it was computed, or why it is not known.
    """

    usd: Decimal | None
    exact: bool
    basis: str

    def __str__(self) -> str:
        told = "not known" if self.usd is None else f"{'' if self.exact else 'about '}{money(self.usd)}"
        return f"{told} ({self.basis})" if self.basis else told


def price_of(request: Request[Any]) -> Price:
    """Return what a request is expected to cost. Nothing is called."""
    found = request.estimate()
    return Price(found.usd, found.exact, escape_control_chars(found.basis, max_length=300))

"""What a job is expected to cost, as far as the published prices tell, in a form that a ledger can keep, and in words."""

from __future__ import annotations

from typing import Any

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.prices import Estimate
from runcomfy_client.quotes.budget import money
from runcomfy_client.requests import Request


def estimate_of(request: Request[Any]) -> Estimate:
    """Return what a request is expected to cost, with a basis that is short and has no control characters. Nothing is called."""
    found = request.estimate()
    return Estimate(found.usd, found.exact, escape_control_chars(found.basis, max_length=300))


def price_text(estimate: Estimate) -> str:
    """Write an estimate for a person, such as `about $0.42 (0.084 USD a second x 5 seconds)`."""
    price = "not known" if estimate.usd is None else f"{'' if estimate.exact else 'about '}{money(estimate.usd)}"
    return f"{price} ({estimate.basis})" if estimate.basis else price

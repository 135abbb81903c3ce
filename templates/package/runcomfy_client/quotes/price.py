"""The estimated cost of a job, for the ledger and as text."""

from __future__ import annotations

from typing import Any

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.prices import Estimate
from runcomfy_client.quotes.budget import money
from runcomfy_client.requests import Request


def estimate_of(request: Request[Any]) -> Estimate:
    """Return the estimated cost of a request, with a short basis without control characters. Makes no call."""
    estimate = request.estimate()
    return Estimate(estimate.usd, estimate.exact, escape_control_chars(estimate.basis, max_length=300))


def price_text(estimate: Estimate) -> str:
    """Format an estimate, such as `about $0.42 (0.084 USD a second x 5 seconds)`."""
    price = "not known" if estimate.usd is None else f"{'' if estimate.exact else 'about '}{money(estimate.usd)}"
    return f"{price} ({estimate.basis})" if estimate.basis else price

"""The budget of a server, and the check whether a submit is within it. Pure arithmetic, in Decimal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

READ_ONLY: Final = (
    "This server was started without a budget, so it submits nothing. The user can start it with --max-submits N or --max-usd USD."
)


@dataclass(frozen=True, slots=True)
class QuoteSpending:
    """What all jobs of a ledger have cost, or may have cost.

    Attributes:
        usd: the sum in USD: of each job the cost, or its estimate if the cost is not known.
        submits: the number of submits that were accepted, or may have been.
        unpriced: the number of those with neither a known cost nor an estimate.
    """

    usd: Decimal = Decimal(0)
    submits: int = 0
    unpriced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The limits of spending, over all runs of the server on one ledger.

    Without `max_usd` and `max_submits`, nothing may be submitted.

    Attributes:
        max_usd: the maximum amount in USD; None for no such limit.
        max_submits: the maximum number of submits; None for no such limit.
        allow_unpriced: with `max_usd`, whether jobs without a known price may be submitted. They count only as submits.
    """

    max_usd: Decimal | None = None
    max_submits: int | None = None
    allow_unpriced: bool = False

    @property
    def is_granted(self) -> bool:
        """True if anything may be spent."""
        return self.max_usd is not None or self.max_submits is not None

    def refusal(self, usd: Decimal | None, spent: QuoteSpending) -> str | None:
        """Return why one more job with this price exceeds the budget; None if it does not."""
        if not self.is_granted:
            return READ_ONLY
        if self.max_submits is not None and spent.submits >= self.max_submits:
            return f"The budget of {self.max_submits} submits is used up. The user can raise --max-submits."
        if self.max_usd is None:
            return None
        if usd is None:
            if self.allow_unpriced:
                return None
            return "The price of this job is not known, so --max-usd cannot be checked. The user can add --allow-unpriced."
        left = self.max_usd - spent.usd
        if usd > left:
            rest = money(max(left, Decimal(0)))
            return f"The job costs about {money(usd)}, but only {rest} of the budget is left. The user can raise --max-usd."
        return None

    def text(self, spent: QuoteSpending) -> str:
        """Return the budget and what is used of it, as text."""
        if not self.is_granted:
            return READ_ONLY
        parts: list[str] = []
        if self.max_usd is not None:
            parts.append(f"{money(spent.usd)} of {money(self.max_usd)} spent or reserved")
        if self.max_submits is not None:
            parts.append(f"{spent.submits} of {self.max_submits} submits used")
        if spent.unpriced:
            parts.append(f"{spent.unpriced} jobs without a known price")
        return "; ".join(parts)


def money(usd: Decimal) -> str:
    """Format an amount in USD with at least two decimals, without rounding."""
    plain = usd.normalize()
    exponent = plain.as_tuple().exponent
    decimals = max(2, -exponent if isinstance(exponent, int) else 2)
    return f"${usd:.{decimals}f}"

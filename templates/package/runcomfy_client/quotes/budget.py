"""The budget that whoever starts the server grants, and whether a submit is within it. Pure arithmetic, in Decimal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

READ_ONLY: Final = (
    "This server was started without a budget, so it submits nothing. A person can start it with --max-submits N or --max-usd USD."
)


@dataclass(frozen=True, slots=True)
class QuoteSpending:
    """What was spent, or may have been, by all jobs of a ledger.

    Attributes:
        usd: US dollars: the cost where the API has told it, else the estimate.
        submits: submits that were accepted or may have been.
        unpriced: those among them of which neither cost nor estimate is known.
    """

    usd: Decimal = Decimal(0)
    submits: int = 0
    unpriced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The limits of spending, over all runs of the server on one ledger.

    Attributes:
        max_usd: US dollars at most; None for no such limit.
        max_submits: submits at most; None for no such limit.
        allow_unpriced: whether jobs without a known price may be submitted under `max_usd`. They count as submits alone.

    Without either limit, nothing may be submitted at all.
    """

    max_usd: Decimal | None = None
    max_submits: int | None = None
    allow_unpriced: bool = False

    @property
    def is_granted(self) -> bool:
        """Whether anything may be spent."""
        return self.max_usd is not None or self.max_submits is not None

    def refusal(self, usd: Decimal | None, spent: QuoteSpending) -> str | None:
        """Say why one more job of this price is not within the budget; None when it is."""
        if not self.is_granted:
            return READ_ONLY
        if self.max_submits is not None and spent.submits >= self.max_submits:
            return f"The budget of {self.max_submits} submits is used up. A person can raise --max-submits."
        if self.max_usd is None:
            return None
        if usd is None:
            if self.allow_unpriced:
                return None
            return "The price of this job is not known, so it cannot be held to --max-usd. A person can add --allow-unpriced."
        left = self.max_usd - spent.usd
        if usd > left:
            rest = money(max(left, Decimal(0)))
            return f"The job costs about {money(usd)}, and {rest} of the budget are left. A person can raise --max-usd."
        return None

    def text(self, spent: QuoteSpending) -> str:
        """Say what was granted and what is left of it."""
        if not self.is_granted:
            return READ_ONLY
        parts: list[str] = []
        if self.max_usd is not None:
            parts.append(f"{money(spent.usd)} of {money(self.max_usd)} spent or reserved")
        if self.max_submits is not None:
            parts.append(f"{spent.submits} of {self.max_submits} submits used")
        if spent.unpriced:
            parts.append(f"{spent.unpriced} of the jobs have no known price")
        return "; ".join(parts)


def money(usd: Decimal) -> str:
    """Write an amount of US dollars: at least two decimals, none cut off."""
    plain = usd.normalize()
    exponent = plain.as_tuple().exponent
    decimals = max(2, -exponent if isinstance(exponent, int) else 2)
    return f"${usd:.{decimals}f}"

"""The settings of the server: the budget, which submits the user confirms, which folders it may read and write."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Self

from runcomfy_client.quotes.budget import Budget


@dataclass(frozen=True, slots=True)
class Confirm:
    """Which submits the user must confirm.

    Attributes:
        over: submits that cost more than this amount in USD, or whose price is not known. None for no submit: only the budget
            limits them. A negative amount means all submits.
    """

    over: Decimal | None = Decimal(-1)

    @classmethod
    def read(cls, text: str) -> Self:
        """Parse `always`, `never` or `over:USD`.

        Raises:
            ValueError: the text is something else.
        """
        words = text.strip().lower().replace(":", " ").split()
        if words == ["always"]:
            return cls()
        if words == ["never"]:
            return cls(None)
        if len(words) == 2 and words[0] == "over":
            return cls(read_usd(words[1]))
        raise ValueError(f"{text!r} is not one of always, never and over:USD, such as over:0.50")

    def is_needed(self, usd: Decimal | None) -> bool:
        """Return True if the user must confirm a job with this price."""
        if self.over is None:
            return False
        return usd is None or usd > self.over

    def __str__(self) -> str:
        if self.over is None:
            return "never"
        return "always" if self.over < 0 else f"over:{self.over}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The settings of a server.

    Attributes:
        out: the folder of the ledger and of downloads.
        budget: the limits of spending; by default, nothing may be spent.
        confirm: which submits the user must confirm.
        confirm_timeout: the seconds to wait for the user's reply.
        files: the folders from which local files may be read as inputs.
    """

    out: Path
    budget: Budget = field(default_factory=Budget)
    confirm: Confirm = field(default_factory=Confirm)
    confirm_timeout: float = 120.0
    files: tuple[Path, ...] = ()


def read_usd(text: str) -> Decimal:
    """Parse an amount in US dollars, 0 or more.

    Raises:
        ValueError: the text is not such an amount.
    """
    try:
        amount = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{text!r} is not an amount in USD of 0 or more")
    return amount

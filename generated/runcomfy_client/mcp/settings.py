"""What whoever starts the server decides: the budget, who confirms, which folders may be read and written."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Self

from runcomfy_client.quotes.budget import Budget


@dataclass(frozen=True, slots=True)
class Confirm:
    """Which submits a person confirms: those that cost more than `over` US dollars, or whose price is not known.

    `over` None means none of them: the budget alone decides.
    """

    over: Decimal | None = Decimal(-1)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `always`, `never` or `over:USD`.

        Raises:
            ValueError: it is something else.
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
        """Whether a person confirms a job of this price."""
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
        budget: what may be spent; by default nothing.
        confirm: who confirms submits.
        confirm_timeout: seconds for which a person's answer is waited for.
        files: the folders from which local files may be read as inputs.
    """

    out: Path
    budget: Budget = field(default_factory=Budget)
    confirm: Confirm = field(default_factory=Confirm)
    confirm_timeout: float = 120.0
    files: tuple[Path, ...] = ()


def read_usd(text: str) -> Decimal:
    """Read an amount of US dollars, 0 or more.

    Raises:
        ValueError: it is none.
    """
    try:
        amount = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{text!r} is not an amount of US dollars, 0 or more")
    return amount

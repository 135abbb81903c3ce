"""What a simulated job costs, and what is left of the balance. In Decimal; the API's numbers appear in JSON alone.

A job is billed when it is accepted, and the amount is given back when it fails or is cancelled. What the real API bills for those
is not documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from runcomfy_client.simulator.catalog import Model

_SECONDS: Final = ("duration", "duration_seconds", "seconds")
_COUNTS: Final = ("num_images", "n", "num_outputs", "number_of_images")


def job_price(model: Model, inputs: Mapping[str, Any], default_usd: float) -> Decimal:
    """Return the price of one job: the listed price of a unit times the units that the inputs ask for, else the default."""
    if model.base_price_usd is None:
        return Decimal(str(default_usd))
    price = Decimal(str(model.base_price_usd))
    names = _SECONDS if model.price_unit == "second" else _COUNTS
    properties = model.input_schema.get("properties", {})
    for name in names:
        value = inputs.get(name, properties.get(name, {}).get("default"))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return price * Decimal(str(value))
        if isinstance(value, str) and value.isdigit():
            return price * int(value)
    return price


class Account:
    """The balance, in USD."""

    def __init__(self, balance_usd: float) -> None:
        self._start = Decimal(str(balance_usd))
        self._charges: dict[str, Decimal] = {}

    @property
    def balance(self) -> Decimal:
        """What is left."""
        return self._start - sum(self._charges.values(), Decimal(0))

    def charge(self, request_id: str, price: Decimal) -> None:
        """Bill a job."""
        self._charges[request_id] = price

    def refund(self, request_id: str) -> None:
        """Give back what a job was billed."""
        self._charges.pop(request_id, None)

    def cost(self, request_id: str) -> Decimal:
        """Return what a job was billed."""
        return self._charges.get(request_id, Decimal(0))

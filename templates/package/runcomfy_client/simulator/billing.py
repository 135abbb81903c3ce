"""The cost of simulated jobs, and the balance of the account. In Decimal; only the JSON has floats, like the API's.

A job is billed when it is accepted, and refunded if it fails or is cancelled. Whether the real API bills such jobs is not
documented.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from runcomfy_client.simulator.catalog import Model

_SECONDS: Final = ("duration", "duration_seconds", "seconds", "num_seconds", "video_duration", "audio_duration")
_COUNTS: Final = (
    "num_images",
    "n",
    "num_outputs",
    "number_of_images",
    "image_count",
    "images_count",
    "n_images",
    "num_samples",
)


def job_price(model: Model, inputs: Mapping[str, Any], default_usd: float) -> Decimal:
    """Return the price of one job: the documented price of a unit times the number of units in the inputs, or else the default.

    A price table has precedence over the price in the catalog. The default also applies if the inputs are not in the table.
    """
    properties = model.input_schema.get("properties", {})

    def effective(name: str) -> Any:
        value = inputs.get(name)
        return properties.get(name, {}).get("default") if value is None else value

    price = _unit_price(model, effective)
    if price is None:
        return Decimal(str(default_usd))
    unit = model.price_unit if model.price_table is None else model.price_table["unit"]
    counts = (_number(effective(name)) for name in (_SECONDS if unit == "second" else _COUNTS))
    return price * next((count for count in counts if count is not None), Decimal(1))


def _unit_price(model: Model, effective: Callable[[str], Any]) -> Decimal | None:
    """Return the price of one unit with the effective inputs; None if none is documented."""
    table = model.price_table
    if table is None:
        return None if model.base_price_usd is None else Decimal(str(model.base_price_usd))
    by_input = dict(table.get("factors", {}))
    price = Decimal(1)
    if isinstance(table["usd"], Mapping):
        by_input |= table["usd"]
    else:
        price = Decimal(str(table["usd"]))
    for name, values in by_input.items():
        value = effective(name)
        rate = values.get(json.dumps(value) if isinstance(value, bool) else str(value))
        if rate is None:
            return None
        price *= Decimal(str(rate))
    return price


def _number(value: object) -> Decimal | None:
    """Convert a JSON number, or a string of one; return None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


class Account:
    """The simulated account. Amounts are in USD."""

    def __init__(self, balance_usd: float) -> None:
        self._start = Decimal(str(balance_usd))
        self._charges: dict[str, Decimal] = {}

    @property
    def balance(self) -> Decimal:
        """The balance."""
        return self._start - sum(self._charges.values(), Decimal(0))

    def charge(self, request_id: str, price: Decimal) -> None:
        """Bill a job."""
        self._charges[request_id] = price

    def refund(self, request_id: str) -> None:
        """Refund a job."""
        self._charges.pop(request_id, None)

    def cost(self, request_id: str) -> Decimal:
        """Return the amount that a job was billed; 0 after a refund."""
        return self._charges.get(request_id, Decimal(0))

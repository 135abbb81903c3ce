"""Format the published price of a model, for docstrings and the list of models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from codegen.values.model import Price


def amount(number: float) -> str:
    """Return a published number as text, without an exponent."""
    return f"{Decimal(repr(number)).normalize():f}"


def price_summary(shipped: Mapping[str, Any]) -> str:
    """Return the price as a short text, from the schema document in the client; empty if no price is published."""
    table = shipped.get("price_table")
    if table is not None:
        return _table_words(table)
    return _base_words(shipped.get("base_price_usd"), shipped.get("price_unit"))


def price_lines(price: Price) -> Iterator[str]:
    """Yield the lines of the docstring that describe the price."""
    if price.table is not None:
        yield f"Price: {_table_words(price.table)} ({price.table['source']}, {price.table['date']}). Not a quote."
    elif words := _base_words(price.base_usd, price.unit):
        yield f"Base price: {words}; the inputs may change the price. Not a quote."
    if price.note:
        yield price.note


def _base_words(usd: float | None, unit: str | None) -> str:
    if usd is None:
        return ""
    return f"{amount(usd)} USD" + (f" per {unit}" if unit else "")


def _table_words(table: Mapping[str, Any]) -> str:
    usd = table["usd"]
    if isinstance(usd, Mapping):
        ((name, values),) = usd.items()
        words = f"USD per {table['unit']}: " + ", ".join(f"{amount(rate)} with {name} {value}" for value, rate in values.items())
    else:
        words = f"{amount(usd)} USD per {table['unit']}"
    for name, values in table.get("factors", {}).items():
        words += f"; {name} " + ", ".join(f"{value} times {amount(rate)}" for value, rate in values.items())
    return words

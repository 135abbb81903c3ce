"""Estimates what a request costs, from published prices and its inputs. Makes no call.

The API has no endpoint for quotes (vendor's documentation, read 2026-11-25). Its catalog gives a base price and a unit: `output`,
`second` or `image`. For a few models, the client ships a price table, with prices that depend on the inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from runcomfy_client.errors import UnknownModel

if TYPE_CHECKING:
    from os import PathLike

    from runcomfy_client.requests import Request

SECONDS_INPUTS: Final = ("duration", "duration_seconds", "seconds", "num_seconds", "video_duration", "audio_duration")
"""The names of inputs whose value is the length of the output in seconds."""
COUNT_INPUTS: Final = (
    "num_images",
    "n",
    "num_outputs",
    "number_of_images",
    "image_count",
    "images_count",
    "n_images",
    "num_samples",
)
"""The names of inputs whose value is the number of outputs."""
_PER_UNIT: Final = {"second": "a second", "output": "an output", "image": "an image"}


@dataclass(frozen=True, slots=True)
class PastCosts:
    """What similar jobs of a batch cost: the same model, with the same values of the inputs that may affect the price.

    Attributes:
        count: the number of jobs.
        lowest: the cost of the cheapest in USD.
        highest: the cost of the most expensive in USD.
    """

    count: int
    lowest: Decimal
    highest: Decimal

    def __str__(self) -> str:
        if self.count == 1:
            return f"the last such job cost {usd_text(self.lowest)} USD"
        if self.lowest == self.highest:
            return f"the last {self.count} such jobs cost {usd_text(self.lowest)} USD each"
        return f"the last {self.count} such jobs cost {usd_text(self.lowest)} to {usd_text(self.highest)} USD"


@dataclass(frozen=True, slots=True)
class Estimate:
    """The estimated cost of a request.

    Attributes:
        usd: the estimate in USD; None if the cost cannot be estimated, for the reason in `basis`.
        exact: True if this amount will be billed. False for all published prices: they are not quotes.
        basis: how `usd` was computed, or why it could not be.
        unknown: what the estimate does not take into account.
        past: what similar jobs cost; None without a ledger, or if it has no such jobs.
    """

    usd: Decimal | None
    exact: bool
    basis: str
    unknown: tuple[str, ...] = ()
    past: PastCosts | None = None

    def __str__(self) -> str:
        start = f"{usd_text(self.usd)} USD ({self.basis})" if self.usd is not None else f"unknown ({self.basis})"
        return "; ".join([start, *([str(self.past)] if self.past else [])])


def price_words(document: Mapping[str, Any]) -> str:
    """Return the published price of a model in words, from its schema document; an empty string if none is published."""
    table = document.get("price_table")
    if table:
        return f"{_table_words(table)}; {table['source']}, {table['date']}"
    price = to_decimal(document.get("base_price_usd"))
    if price is None:
        return ""
    unit = document.get("price_unit")
    return f"{usd_text(price)} USD{f' per {unit}' if unit else ''}; the inputs may change the price"


def _table_words(table: Mapping[str, Any]) -> str:
    usd, unit = table["usd"], table["unit"]
    if isinstance(usd, Mapping):
        ((name, values),) = usd.items()
        parts = [", ".join(f"{_number_text(rate)} USD per {unit} with {name} {value}" for value, rate in values.items())]
    else:
        parts = [f"{_number_text(usd)} USD per {unit}"]
    for name, values in table.get("factors", {}).items():
        parts.append(", ".join(f"times {_number_text(factor)} with {name} {value}" for value, factor in values.items()))
    return ", ".join(parts)


def _number_text(number: float) -> str:
    return usd_text(Decimal(str(number)))


def usd_text(amount: Decimal) -> str:
    """Format an amount in USD, without exponent and trailing zeros."""
    text = f"{amount:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def to_decimal(value: object) -> Decimal | None:
    """Convert a JSON number, or a string of one, to an amount. Return None if it is not a finite number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def estimate_request(request: Request[Any], *, ledger: str | PathLike[str] | None = None) -> Estimate:
    """Return the estimated cost of a request, like `Request.estimate`."""
    from runcomfy_client.catalog import document_of  # imported here: the catalog imports requests, which import this module

    try:
        document = document_of(request.model_id).raw
    except UnknownModel:
        document = {}
    inputs = request._checked_payload()  # `payload()` would raise an error for a local file; its price is that of its link
    estimate = estimate_inputs(document, inputs)
    if ledger is None:
        return estimate
    from runcomfy_client.batch.past_costs import past_costs  # imported here: it loads SQLite, which is not needed otherwise

    past = past_costs(ledger, request.model_id, inputs, document)
    return Estimate(estimate.usd, estimate.exact, estimate.basis, estimate.unknown, past)


def estimate_inputs(document: Mapping[str, Any], inputs: Mapping[str, Any]) -> Estimate:
    """Return the estimated cost of a job, from the model's schema document and the inputs that are sent."""
    properties: Mapping[str, Any] = (document.get("input_schema") or {}).get("properties", {})
    table = document.get("price_table")
    unit = table["unit"] if table else document.get("price_unit")
    unit_price = _table_rate(table, inputs, properties) if table else _base_rate(document)
    if isinstance(unit_price, str):
        return Estimate(None, False, unit_price)
    rate, condition, unknown = unit_price
    count, count_text = _units(unit, document, inputs, properties)
    if count is None:
        return Estimate(None, False, count_text, unknown)
    usd = rate * count
    basis = f"{usd_text(rate)} USD {_PER_UNIT[str(unit)]}{condition}{count_text}"
    missing = _unpriced_inputs(table, inputs)
    if missing:
        basis = f"{'; '.join(missing)}; the rest costs {usd_text(usd)} USD: {basis}"
        return Estimate(None, False, basis, (*missing, *unknown))
    return Estimate(usd, False, basis, unknown)


_Rate = tuple[Decimal, str, tuple[str, ...]]


def _base_rate(document: Mapping[str, Any]) -> _Rate | str:
    """Return the base price, with what it does not cover; or the reason why there is none."""
    price = to_decimal(document.get("base_price_usd"))
    if price is None:
        return "no price is published for this model in this client"
    note = document.get("pricing_note")
    unknown = "how the inputs change the base price" + (f"; note of the catalog: {note}" if note else "")
    return price, "", (unknown,)


def _table_rate(table: Mapping[str, Any], inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> _Rate | str:
    """Return the price of a unit from a price table, with its condition; or the reason why it is not known."""
    conditions: list[str] = []
    rate = Decimal(1)
    steps = dict(table.get("factors", {}))
    if isinstance(table["usd"], Mapping):
        steps.update(table["usd"])
    else:
        rate = Decimal(str(table["usd"]))
    for name, values in steps.items():
        value = _effective_value(name, inputs, properties)
        word = str(value).lower() if isinstance(value, bool) else str(value)
        if value is None or word not in values:
            return f"the price depends on {name}, " + (
                "whose value is not known" if value is None else f"and {word!r:.60} is not in the price table"
            )
        rate *= Decimal(str(values[word]))
        conditions.append(f"{name} {word}")
    condition = f" with {' and '.join(conditions)}" if conditions else ""
    return rate, condition, (f"whether the price has changed since {table['date']} ({table['source']})",)


def _unpriced_inputs(table: Mapping[str, Any] | None, inputs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which of the inputs that are sent have an unknown price."""
    listed = table.get("unknown", []) if table else []
    return tuple(item["text"] for item in listed if any(inputs.get(name) not in (None, [], "") for name in item["inputs"]))


def _units(
    unit: object, document: Mapping[str, Any], inputs: Mapping[str, Any], properties: Mapping[str, Any]
) -> tuple[Decimal | None, str]:
    """Return how many units are billed, as a number and in words; or None and the reason why it is not known."""
    match unit:
        case "second":
            return _seconds(inputs, properties)
        case "output" | "image":
            return _outputs(str(unit), document, inputs, properties)
        case None | "":
            return None, "the catalog gives a price without its unit"
        case _:
            return None, f"this client does not know how to count the unit {str(unit)!r:.60} of the price"


def _seconds(inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[Decimal | None, str]:
    name = next((name for name in SECONDS_INPUTS if name in inputs or name in properties), None)
    if name is None:
        return None, "the price is per second, and no input gives the length of the output"
    value = _effective_value(name, inputs, properties)
    seconds = to_decimal(value)
    if seconds is None:
        why = "is not set, and its default is not documented" if value is None else f"is {str(value)!r:.60}"
        return None, f"the price is per second, and {name} {why}"
    if name in inputs:
        return seconds, f" x {usd_text(seconds)} seconds"
    return seconds, f" x {usd_text(seconds)} seconds, the server's default"


def _outputs(
    unit: str, document: Mapping[str, Any], inputs: Mapping[str, Any], properties: Mapping[str, Any]
) -> tuple[Decimal | None, str]:
    name = next((name for name in COUNT_INPUTS if name in inputs or name in properties), None)
    if name is not None:
        value = _effective_value(name, inputs, properties)
        count = to_decimal(value)
        if count is None:
            why = "is not set, and its default is not documented" if value is None else f"is {str(value)!r:.60}"
            return None, f"the price is per {unit}, and {name} {why}"
        return count, f" x {usd_text(count)} {unit}{'' if count == 1 else 's'}"
    outputs = (document.get("output_schema") or {}).get("properties", {})
    if unit == "output" or ("image" in outputs and "images" not in outputs):
        return Decimal(1), ""
    return None, "the price is per image, and neither an input nor the output schema gives the number of images"


def _effective_value(name: str, inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> Any:
    """Return the value of an input that takes effect: the one that is sent, or the server's default."""
    value = inputs.get(name)
    return properties.get(name, {}).get("default") if value is None else value


__all__ = ["Estimate", "PastCosts"]

"""The price table that a correction may add to a model: its format, and the check against the inputs.

    {"unit": "second", "usd": {"resolution": {"480p": 0.1, "720p": 0.2}}, "factors": {"generate_audio": {"true": 2, "false": 1}},
     "unknown": [{"inputs": ["videos"], "text": "the length of the videos is billed too"}], "source": "...", "date": "2026-11-25"}

`usd` is the price of one unit: a number, or numbers by the value of one input. `factors` multiply it by the values of other inputs.
Each entry of `unknown` describes a part of the price that is unknown as soon as one of its inputs is sent. `factors` and `unknown`
are optional.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from codegen.values.diagnostics import Place, Report, quoted

Locate = Callable[[str], Place]

UNITS: Final = ("output", "second", "image")
"""The units whose number the client can compute from the inputs."""

_REQUIRED: Final = {"unit", "usd", "source", "date"}
_OPTIONAL: Final = {"factors", "unknown"}
_HELP: Final = 'write {"unit": "second", "usd": 0.1, "source": "...", "date": "YYYY-MM-DD"}; `usd` may be {INPUT: {VALUE: USD}}'


def check_prices(table: Mapping[str, Any] | None, schema: Mapping[str, Any], place: Locate, report: Report) -> None:
    """Report the errors of a model's price table."""
    if table is None:
        return
    problems = list(_format_problems(table))
    for problem in problems:
        report.error("RC512", place("/price_table"), f"not a price table: {problem}", help=_HELP)
    if problems:
        return
    rates = {**(table["usd"] if isinstance(table["usd"], dict) else {}), **table.get("factors", {})}
    for name, values in rates.items():
        for problem in _value_problems(name, values, schema["properties"]):
            report.error("RC513", place("/price_table"), f"the price table refers to {problem}", help="correct the table")
    for name in {name for item in table.get("unknown", []) for name in item["inputs"]} - schema["properties"].keys():
        message = f'the price table refers to "{name}", which is not declared'
        report.error("RC513", place("/price_table"), message, help="correct the table")


def _format_problems(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the reasons why an object is not a price table."""
    keys = set(table)
    if not _REQUIRED <= keys <= _REQUIRED | _OPTIONAL:
        yield f"its keys are {', '.join(sorted(keys))}"
        return
    if table["unit"] not in UNITS:
        yield f"the unit {quoted(table['unit'])} is not one of {', '.join(UNITS)}"
    if not (_is_number(table["usd"]) or (_is_rates(table["usd"]) and len(table["usd"]) == 1)):
        yield f"usd is {quoted(table['usd'])}"
    if not _is_rates(table.get("factors", {})):
        yield f"factors are {quoted(table['factors'])}"
    if not all(_is_unknown(item) for item in _as_list(table.get("unknown", []))):
        yield f"unknown is {quoted(table['unknown'])}"
    if not isinstance(table["source"], str) or not table["source"].strip():
        yield "the source is empty"
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(table["date"]), re.ASCII):
        yield f"the date {quoted(table['date'])} is not YYYY-MM-DD"


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [None]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _is_rates(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(rates, dict) and bool(rates) and all(_is_number(rate) for rate in rates.values()) for rates in value.values()
    )


def _is_unknown(item: object) -> bool:
    return (
        isinstance(item, dict)
        and set(item) == {"inputs", "text"}
        and isinstance(item["text"], str)
        and isinstance(item["inputs"], list)
        and all(isinstance(name, str) for name in item["inputs"])
    )


def _value_problems(name: str, values: Mapping[str, float], properties: Mapping[str, Any]) -> Iterator[str]:
    if name not in properties:
        yield f'"{name}", which is not declared'
        return
    choices = properties[name].get("enum", [True, False] if properties[name].get("type") == "boolean" else None)
    if choices is not None:
        known = {str(value).lower() if isinstance(value, bool) else str(value) for value in choices}
        for value in values.keys() - known:
            yield f'the value {quoted(value)} of "{name}", which is not valid'

"""What the jobs of a batch cost, by the server's own figures: for estimates of similar jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

from runcomfy_client.batch.ledger_reader import read_ledger
from runcomfy_client.prices import COUNT_INPUTS, SECONDS_INPUTS, PastCosts, to_decimal

MAX_PAST: Final = 40
"""How many jobs an estimate looks back on."""


def past_costs(
    folder: str | PathLike[str], model_id: str, inputs: Mapping[str, Any], document: Mapping[str, Any]
) -> PastCosts | None:
    """Return what the latest similar jobs of the batch in a folder cost; None when it has none whose cost is known.

    Raises:
        BatchError: there is no batch in that folder.
        LedgerError: its ledger cannot be read.
    """
    wanted = _price_inputs(inputs, document)
    with read_ledger(Path(fspath(folder))) as ledger:
        found = [
            amount
            for body, cost in ledger.costs(model_id)
            if (amount := to_decimal(cost)) is not None and _price_inputs(json.loads(body), document) == wanted
        ][:MAX_PAST]
    return PastCosts(len(found), min(found), max(found)) if found else None


def _price_inputs(inputs: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values in force of the inputs that may decide the price: choices, switches, lengths and numbers of outputs."""
    properties: Mapping[str, Any] = (document.get("input_schema") or {}).get("properties", {})
    return {name: inputs.get(name, properties.get(name, {}).get("default")) for name in _price_names(inputs, properties)}


def _price_names(inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(inputs.keys() | properties.keys()):
        schema = properties.get(name, {})
        if name in (*SECONDS_INPUTS, *COUNT_INPUTS) or "enum" in schema or schema.get("type") == "boolean":
            yield name

"""The costs of the jobs of a batch, as the server reported them, for estimates of similar jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

from runcomfy_client.batch.ledger_reader import read_ledger
from runcomfy_client.prices import COUNT_INPUTS, SECONDS_INPUTS, PastCosts, to_decimal

MAX_PAST: Final = 40
"""The maximum number of earlier jobs that an estimate uses."""


def past_costs(
    folder: str | PathLike[str], model_id: str, inputs: Mapping[str, Any], document: Mapping[str, Any]
) -> PastCosts | None:
    """Return what the latest similar jobs of the batch in a folder cost; None if there are none with a known cost.

    Raises:
        BatchError: the folder contains no batch.
        LedgerError: the ledger of the batch cannot be read.
    """
    price_inputs = _price_inputs(inputs, document)
    with read_ledger(Path(fspath(folder))) as ledger:
        amounts = [
            amount
            for body, cost in ledger.costs(model_id)
            if (amount := to_decimal(cost)) is not None and _price_inputs(json.loads(body), document) == price_inputs
        ][:MAX_PAST]
    return PastCosts(len(amounts), min(amounts), max(amounts)) if amounts else None


def _price_inputs(inputs: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the effective values of the inputs that may affect the price: choices, booleans, lengths and numbers of outputs."""
    properties: Mapping[str, Any] = (document.get("input_schema") or {}).get("properties", {})
    return {name: inputs.get(name, properties.get(name, {}).get("default")) for name in _price_names(inputs, properties)}


def _price_names(inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(inputs.keys() | properties.keys()):
        schema = properties.get(name, {})
        if name in (*SECONDS_INPUTS, *COUNT_INPUTS) or "enum" in schema or schema.get("type") == "boolean":
            yield name

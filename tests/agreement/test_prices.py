"""The estimate of the client equals the amount that the simulator bills, for every job with a known price."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runcomfy_client.catalog import ModelDocument, all_documents
from runcomfy_client.prices import COUNT_INPUTS, SECONDS_INPUTS, estimate_inputs
from runcomfy_client.simulator import Simulator
from runcomfy_client.simulator.billing import job_price

PRICED = [document for document in all_documents() if estimate_inputs(document.raw, document.raw["example"]).usd is not None]
USD = st.decimals("0.0001", "10", places=4).map(float)
SIZES = ["480p", "720p", "4k"]


def rates(values: list[str]) -> st.SearchStrategy[dict[str, float]]:
    return st.dictionaries(st.sampled_from(values), USD, min_size=1)


TABLES = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["second", "output", "image"]),
        "usd": USD | rates(SIZES).map(lambda found: {"resolution": found}),
        "source": st.just("price list"),
        "date": st.just("2026-11-25"),
    },
    optional={"factors": rates(["true", "false"]).map(lambda found: {"audio": found})},
)
NUMBERS = st.integers(0, 100) | st.integers(0, 100).map(str) | st.sampled_from([2.5, "2.5", "auto", -1, None])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys([*SECONDS_INPUTS, *COUNT_INPUTS], NUMBERS),
        "resolution": st.sampled_from([*SIZES, None]),
        "audio": st.sampled_from([True, False, None]),
    },
)


def check_bill(document: dict[str, Any], inputs: dict[str, Any]) -> tuple[Any, Any]:
    [model] = Simulator([document]).catalog
    return estimate_inputs(document, inputs).usd, job_price(model, inputs, default_usd=0.01)


@pytest.mark.parametrize("document", PRICED, ids=lambda document: document.model_id)
def test_every_model_with_a_price(document: ModelDocument) -> None:
    estimated, billed = check_bill(document.raw, document.raw["example"])
    assert billed == estimated


@settings(deadline=None)
@given(table=st.none() | TABLES, base=USD, unit=st.sampled_from(["second", "output", "image"]), inputs=VALUES, defaults=VALUES)
def test_any_price(table: Any, base: float, unit: str, inputs: dict[str, Any], defaults: dict[str, Any]) -> None:
    properties = {name: {"default": value} for name, value in defaults.items()} | {name: {} for name in inputs.keys() - defaults}
    document = {
        "model_id": "acme/clip",
        "base_price_usd": base,
        "price_unit": unit,
        "price_table": table,
        "input_schema": {"properties": properties},
    }
    estimated, billed = check_bill(document, inputs)
    assert estimated is None or billed == estimated

"""The tools that look models up: `find_models` and `describe_model`. They call nothing and cost nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from mcp.types import CallToolResult
from pydantic import Field

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client._core.tool_schema import FULL, to_subset
from runcomfy_client.catalog import ModelDocument, all_documents, document_of, near_misses
from runcomfy_client.errors import UnknownModel
from runcomfy_client.mcp.results import ModelOutput, ModelsOutput, result_of
from runcomfy_client.mcp.untrusted_text import bounded
from runcomfy_client.prices import price_words, to_decimal
from runcomfy_client.quotes.budget import money

_PAGE: Final = 15
_LONGEST_ABOUT: Final = 120
_UNITS: Final = ("output", "second", "image")
_LONGEST_SCHEMA: Final = 24_000

ModelId = Annotated[str, Field(description="model id, from find_models")]


def find_models(
    words: Annotated[str, Field(description="all have to fit; ids, names, categories are searched")] = "",
    category: Annotated[str, Field(description="such as image-to-video")] = "",
    medium: Literal["", "image", "video", "audio"] = "",
    max_usd: Annotated[float | None, Field(description="base price at most; leaves out unpriced models")] = None,
    offset: Annotated[int, Field(ge=0)] = 0,
) -> Annotated[CallToolResult, ModelsOutput]:
    """Find RunComfy models for images, video and audio. Rows: id, what it makes, about, base price."""
    wanted = words.lower().split()
    found = [one for one in all_documents() if _fits(one, wanted, category.lower().strip(), medium, max_usd)]
    page = found[offset : offset + _PAGE]
    after = offset + len(page)
    step = "Call describe_model with the id that fits." if page else "No model fits all of it. Try fewer or other words."
    rows = [_row(one) for one in page]
    more = after if after < len(found) else None
    return result_of(ModelsOutput(state="found", total=len(found), next_offset=more, next_step=step, data=rows))


def describe_model(model: ModelId) -> Annotated[CallToolResult, ModelOutput]:
    """Say what a model takes: JSON schema of its inputs, price, an example. Read it before `quote`."""
    try:
        document = document_of(model)
    except UnknownModel:
        near = [escape_control_chars(name, max_length=200) for name in near_misses(model[:200])]
        step = "Use an id that find_models gives; `data` has some that look like it."
        return result_of(ModelOutput(state="no such model", next_step=step, data=near), is_error=True)
    schema = to_subset(document.raw["input_schema"], FULL)
    data = {
        "about": escape_control_chars(document.description or document.name, max_length=600),
        "makes": document.kind,
        "inputs": bounded(schema, longest=400, total=_LONGEST_SCHEMA),
        "rules": [json.dumps(rule) for rule in document.raw["input_schema"].get("x-rules", ())],
        "price_unit": bounded(document.raw.get("price_unit"), longest=40),
        "pricing_note": bounded(document.raw.get("pricing_note"), longest=300),
        "example": bounded(document.raw.get("example", {}), longest=300, total=4000),
    }
    step = "Call quote with this model and its inputs: they are checked, and the price is told. Nothing is sent by that."
    price = base_price(document) or "not known"
    return result_of(ModelOutput(state="described", model=document.model_id, price=price, next_step=step, data=data))


def base_price(document: ModelDocument) -> str | None:
    """Return the published price of a model in words; None when none is published."""
    if document.raw.get("price_table"):
        return price_words(document.raw)
    usd = to_decimal(document.raw.get("base_price_usd"))
    if usd is None:
        return None
    unit = document.raw.get("price_unit")
    return f"{money(usd)} for each {unit if unit in _UNITS else 'unit'}; the inputs may change it"


def _fits(document: ModelDocument, words: list[str], category: str, medium: str, max_usd: float | None) -> bool:
    text = " ".join([document.model_id, document.name, document.kind, document.description, *document.categories]).lower()
    if not all(word in text for word in words):
        return False
    if category and category not in (one.lower() for one in document.categories):
        return False
    if medium and document.kind != medium:
        return False
    usd = to_decimal(document.raw.get("base_price_usd"))
    return max_usd is None or (usd is not None and usd <= Decimal(str(max_usd)))


def _row(document: ModelDocument) -> dict[str, Any]:
    about = escape_control_chars(document.description or document.name)
    row = {
        "id": escape_control_chars(document.model_id, max_length=200),
        "makes": escape_control_chars(document.kind, max_length=20),
        "about": about if len(about) <= _LONGEST_ABOUT else about[: _LONGEST_ABOUT - 1] + "…",
    }
    price = base_price(document)
    return {**row, "price": price} if price else row

"""The tools that read the catalog: `find_models` and `describe_model`. They make no calls and cost nothing."""

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

_PAGE_SIZE: Final = 15
_MAX_ABOUT: Final = 120
_UNITS: Final = ("output", "second", "image")
_MAX_SCHEMA: Final = 24_000

ModelId = Annotated[str, Field(description="model id, from find_models")]


def find_models(
    words: Annotated[str, Field(description="all must match; searches ids, names, categories")] = "",
    category: Annotated[str, Field(description="such as image-to-video")] = "",
    medium: Literal["", "image", "video", "audio"] = "",
    max_usd: Annotated[float | None, Field(description="maximum base price; excludes unpriced models")] = None,
    offset: Annotated[int, Field(ge=0)] = 0,
) -> Annotated[CallToolResult, ModelsOutput]:
    """Find RunComfy models for images, video and audio. Rows: id, output, description, base price."""
    terms = words.lower().split()
    matches = [model for model in all_documents() if _matches(model, terms, category.lower().strip(), medium, max_usd)]
    page = matches[offset : offset + _PAGE_SIZE]
    end = offset + len(page)
    step = "Call describe_model with a suitable id." if page else "No model matches. Try fewer or other words."
    rows = [_row(model) for model in page]
    more = end if end < len(matches) else None
    return result_of(ModelsOutput(state="found", total=len(matches), next_offset=more, next_step=step, data=rows))


def describe_model(model: ModelId) -> Annotated[CallToolResult, ModelOutput]:
    """Describe a model: JSON schema of its inputs, price, an example. Call it before `quote`."""
    try:
        document = document_of(model)
    except UnknownModel:
        near = [escape_control_chars(name, max_length=200) for name in near_misses(model[:200])]
        step = "Use an id from find_models; `data` has similar ones."
        return result_of(ModelOutput(state="no such model", next_step=step, data=near), is_error=True)
    schema = to_subset(document.raw["input_schema"], FULL)
    data = {
        "about": escape_control_chars(document.description or document.name, max_length=600),
        "makes": document.kind,
        "inputs": bounded(schema, max_length=400, max_total=_MAX_SCHEMA),
        "rules": [json.dumps(rule) for rule in document.raw["input_schema"].get("x-rules", ())],
        "price_unit": bounded(document.raw.get("price_unit"), max_length=40),
        "pricing_note": bounded(document.raw.get("pricing_note"), max_length=300),
        "example": bounded(document.raw.get("example", {}), max_length=300, max_total=4000),
    }
    step = "Call quote with this model and its inputs: it checks them and returns the price. Nothing is sent."
    price = base_price(document) or "not known"
    return result_of(ModelOutput(state="described", model=document.model_id, price=price, next_step=step, data=data))


def base_price(document: ModelDocument) -> str | None:
    """Return the published price of a model in words; None if none is published."""
    if document.raw.get("price_table"):
        return price_words(document.raw)
    usd = to_decimal(document.raw.get("base_price_usd"))
    if usd is None:
        return None
    unit = document.raw.get("price_unit")
    return f"{money(usd)} per {unit if unit in _UNITS else 'unit'}; the inputs may change the price"


def _matches(document: ModelDocument, words: list[str], category: str, medium: str, max_usd: float | None) -> bool:
    text = " ".join([document.model_id, document.name, document.kind, document.description, *document.categories]).lower()
    if not all(word in text for word in words):
        return False
    if category and category not in (name.lower() for name in document.categories):
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
        "about": about if len(about) <= _MAX_ABOUT else about[: _MAX_ABOUT - 1] + "…",
    }
    price = base_price(document)
    return {**row, "price": price} if price else row

"""A schema document, everything that is published about one model, as a frozen value and as the text of its file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from codegen.read.jsontext import Json
from codegen.values.diagnostics import Place

OWN_KEYS: Final = (
    "model_id",
    "display_name",
    "description",
    "output_kind",
    "categories",
    "base_price_usd",
    "price_unit",
    "pricing_note",
    "price_table",
    "retired",
    "source",
    "captured",
    "provenance",
    "incomplete",
    "input_schema",
    "output_schema",
    "rules",
    "example",
)
"""The keys that a `Document` has a field for."""
KEY_ORDER: Final = (
    "model_id",
    "display_name",
    "description",
    "kind",
    "output_kind",
    "categories",
    "base_price_usd",
    "price_unit",
    "pricing_note",
    "price_table",
    "retired",
    "model_url",
    "endpoint",
    "source",
    "captured",
    "provenance",
    "inputs",
    "required_inputs",
    "incomplete",
    "input_schema",
    "output_schema",
    "rules",
    "example",
)
"""Every key that is known, in the order of the file."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the parts of a document were written: pairs of a pointer in the document and the JSON that stands there."""

    parts: tuple[tuple[str, Json], ...]
    otherwise: Place
    """The place of what stands in none of the parts."""

    def place(self, pointer: str) -> Place:
        """Return the place of a pointer into the document; its own pointer counts from the JSON text that the user wrote."""
        for prefix, part in self.parts:
            if pointer == prefix or pointer.startswith(prefix + "/"):
                return part.place(pointer[len(prefix) :])
        return self.otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is published about one model. Schemas are as published; nothing in them has been checked but that they are objects."""

    model_id: str
    input_schema: dict[str, Any]
    display_name: str | None = None
    description: str | None = None
    output_kind: str | None = None
    """What the model makes: `AUDIO`, `IMAGE` or `VIDEO`."""
    categories: tuple[str, ...] = ()
    base_price_usd: float | None = None
    """The published price of one `price_unit` in USD, before whatever inputs change it."""
    price_unit: str | None = None
    """What the base price is for: `output`, `second`, `image`, or a word that is newer than this generator."""
    pricing_note: str | None = None
    """The published prose about the price."""
    price_table: dict[str, Any] | None = None
    """What a correction states about the price: see `codegen.analyse.prices`."""
    retired: str | None = None
    """The day, YYYY-MM-DD, on which the model was first missing from the catalog."""
    source: str | None = None
    """What the document was made from, such as `catalog`."""
    captured: str | None = None
    """When that was published or seen: a date, YYYY-MM-DD."""
    provenance: dict[str, Any] | None = None
    """For each part that another source told: that source, and when it was published or seen."""
    incomplete: tuple[str, ...] = ()
    """Inputs that exist, but whose shape is not known."""
    output_schema: dict[str, Any] | None = None
    rules: tuple[dict[str, Any], ...] = ()
    """Rules between the inputs that a schema cannot state."""
    example: dict[str, Any] | None = None
    """A complete sample body."""
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    """Every further published key."""
    origin: Origin = field(compare=False, repr=False)

    def place(self, pointer: str) -> Place:
        """Return where the value at `pointer`, such as `/input_schema/properties/prompt`, was written."""
        return self.origin.place(pointer)


def to_json(document: Document) -> str:
    """Return the text of the document's file: known keys in a fixed order, then the others; schemas and numbers as published."""
    own = {key: getattr(document, key) for key in OWN_KEYS}
    content = {key: value for key, value in own.items() if value is not None and value != ()} | document.extra
    ordered = {key: content[key] for key in KEY_ORDER if key in content}
    return json.dumps({**ordered, **content}, ensure_ascii=False, indent=2) + "\n"

"""A schema document, the published data of one model, as an immutable value and as the text of its file."""

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
"""The keys that are fields of `Document`."""
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
"""All known keys, in the order of the file."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The sources of the parts of a document."""

    parts: tuple[tuple[str, Json], ...]
    """Pairs of a pointer in the document, and the JSON value from which that part was read."""
    otherwise: Place
    """The place of everything that is in none of the parts."""

    def place(self, pointer: str) -> Place:
        """Return the place of the value at a pointer in the document. The pointer in the place is relative to the source."""
        for prefix, part in self.parts:
            if pointer == prefix or pointer.startswith(prefix + "/"):
                return part.place(pointer[len(prefix) :])
        return self.otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The published data of one model. The schemas are as published: it is only checked that they are objects."""

    model_id: str
    input_schema: dict[str, Any]
    display_name: str | None = None
    description: str | None = None
    output_kind: str | None = None
    """The kind of output: `AUDIO`, `IMAGE` or `VIDEO`."""
    categories: tuple[str, ...] = ()
    base_price_usd: float | None = None
    """The published price of one `price_unit` in USD; inputs may change it."""
    price_unit: str | None = None
    """The unit of the base price: `output`, `second`, `image`, or a word that is newer than this generator."""
    pricing_note: str | None = None
    """The published note about the price."""
    price_table: dict[str, Any] | None = None
    """The price table from a correction: see `codegen.analyse.prices`."""
    retired: str | None = None
    """The date, YYYY-MM-DD, on which the catalog first did not list the model."""
    source: str | None = None
    """The source of the document, such as `catalog`."""
    captured: str | None = None
    """When the source was published or read: a date, YYYY-MM-DD."""
    provenance: dict[str, Any] | None = None
    """For each part from another source: that source, and when it was published or read."""
    incomplete: tuple[str, ...] = ()
    """Inputs that exist, but whose structure is not known."""
    output_schema: dict[str, Any] | None = None
    rules: tuple[dict[str, Any], ...] = ()
    """Rules between the inputs that a schema cannot express."""
    example: dict[str, Any] | None = None
    """A complete sample body."""
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    """All other published keys."""
    origin: Origin = field(compare=False, repr=False)

    def place(self, pointer: str) -> Place:
        """Return the place of the value at `pointer`, such as `/input_schema/properties/prompt`, in its source."""
        return self.origin.place(pointer)


def to_json(document: Document) -> str:
    """Return the text of the document's file: known keys in a fixed order, then other keys; schemas and numbers are unchanged."""
    own = {key: getattr(document, key) for key in OWN_KEYS}
    content = {key: value for key, value in own.items() if value is not None and value != ()} | document.extra
    ordered = {key: content[key] for key in KEY_ORDER if key in content}
    return json.dumps({**ordered, **content}, ensure_ascii=False, indent=2) + "\n"

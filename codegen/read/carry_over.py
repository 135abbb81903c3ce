"""What a new document takes over from the one on file, because its own source does not tell it.

A catalog entry has prices and no output schema, a documentation page has an output schema and no prices. Adding one over the other
keeps both, and `provenance` says for each part that was kept where it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields, replace
from typing import Any, Final

from codegen.read.document import Document

_KEPT: Final = (
    "display_name",
    "description",
    "kind",
    "output_kind",
    "categories",
    "base_price_usd",
    "price_unit",
    "pricing_note",
    "model_url",
    "output_schema",
    "example",
)
TITLES: Final = "titles"
"""The part of the input schema that is kept by itself: the titles of its properties."""
_FIELDS: Final = frozenset(field.name for field in fields(Document))


def take_over(new: Document, old: Document) -> Document:
    """Return the new document with the parts of the old one that only another source than the new one's told."""
    provenance: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    extra = dict(new.extra)
    for key in _KEPT:
        origin = _origin(old, key)
        value = getattr(old, key) if key in _FIELDS else old.extra.get(key)
        has = getattr(new, key) if key in _FIELDS else extra.get(key)
        if has not in (None, ()) or value in (None, ()) or origin["source"] == new.source:
            continue
        if key == "example" and not _fits(value, new.input_schema):
            continue
        (kept if key in _FIELDS else extra)[key] = value
        provenance[key] = origin
    titled = deepcopy(new.input_schema)
    if _origin(old, TITLES)["source"] != new.source and take_titles(titled, old.input_schema):
        provenance[TITLES] = _origin(old, TITLES)
        kept["input_schema"] = titled
    return replace(new, **kept, extra=extra, provenance=provenance or None)


def _origin(document: Document, part: str) -> dict[str, Any]:
    own = {"source": document.source, "captured": document.captured}
    return (document.provenance or {}).get(part) or own


def _fits(example: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    required = schema.get("required")
    names = schema.get("properties")
    return (
        isinstance(names, dict)
        and example.keys() <= names.keys()
        and set(required if isinstance(required, list) else ()) <= example.keys()
    )


def take_titles(new: object, old: object) -> bool:
    """Give the parts of a schema the titles that the same parts of the old one have; return whether there were any."""
    if not isinstance(new, dict) or not isinstance(old, dict):
        return False
    found = False
    if "title" not in new and isinstance(old.get("title"), str) and new.keys() & {"type", "properties", "items", "enum", "$ref"}:
        new["title"] = old["title"]
        found = True
    for key in ("properties", "$defs"):
        mine, theirs = new.get(key), old.get(key)
        if isinstance(mine, dict) and isinstance(theirs, dict):
            for name in mine.keys() & theirs.keys():
                found |= take_titles(mine[name], theirs[name])
    return found | take_titles(new.get("items"), old.get("items"))

"""Keeps those parts of an existing document that the source of a new one does not have.

A catalog entry has prices but no output schema; a documentation page has an output schema but no prices. Adding one of them keeps
the parts of the other, and `provenance` has the source of each part that was kept.

The input schema is always that of the newest source: a limit or a choice that is no longer published must not reject a value that
the server accepts. Only parts without restrictions are kept: titles, and the default of an input that is equal otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import fields, replace
from typing import Any, Final

from codegen.read.document import Document
from codegen.values.pointer import escape

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
"""The name of the part that consists of all titles in the input schema."""
_UNRESTRICTING: Final = frozenset({"title", "description", "default"})
_FIELDS: Final = frozenset(field.name for field in fields(Document))


def take_over(new: Document, old: Document) -> Document:
    """Return the new document, with the parts of the old one that are from another source and that the new one lacks."""
    provenance: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    extra = dict(new.extra)
    for key in _KEPT:
        origin = _origin(old, key)
        value = getattr(old, key) if key in _FIELDS else old.extra.get(key)
        has = getattr(new, key) if key in _FIELDS else extra.get(key)
        if has not in (None, ()) or value in (None, ()) or origin["source"] == new.source:
            continue
        if key == "example" and not _matches(value, new.input_schema):
            continue
        (kept if key in _FIELDS else extra)[key] = value
        provenance[key] = origin
    schema = deepcopy(new.input_schema)
    if parts := take_titles_and_defaults(schema, old.input_schema, lambda part: _origin(old, part)["source"] != new.source):
        provenance |= {part: _origin(old, part) for part in parts}
        kept["input_schema"] = schema
    return replace(new, **kept, extra=extra, provenance=provenance or None)


def _origin(document: Document, part: str) -> dict[str, Any]:
    own = {"source": document.source, "captured": document.captured}
    return (document.provenance or {}).get(part) or own


def _matches(example: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    required = schema.get("required")
    names = schema.get("properties")
    return (
        isinstance(names, dict)
        and example.keys() <= names.keys()
        and set(required if isinstance(required, list) else ()) <= example.keys()
    )


def take_titles_and_defaults(new: object, old: object, wanted: Callable[[str], bool]) -> list[str]:
    """Copy titles and defaults from an old input schema to a new one; return the names of the copied parts.

    All titles together are one part, `TITLES`; each default is a part, with its pointer as the name. `wanted` selects the parts.
    """
    pairs = list(_pairs(new, old, "/input_schema"))
    copied = [TITLES] if wanted(TITLES) and _take_titles(pairs) else []
    for at, own, previous in pairs:
        pointer = f"{at}/default"
        if "default" in previous and "default" not in own and wanted(pointer) and _restricting(own) == _restricting(previous):
            own["default"] = previous["default"]
            copied.append(pointer)
    return copied


_Pair = tuple[str, dict[str, Any], dict[str, Any]]


def _pairs(new: object, old: object, at: str) -> Iterator[_Pair]:
    """Yield the pointer of each part that two schemas share, with the part in both."""
    if not isinstance(new, dict) or not isinstance(old, dict):
        return
    yield at, new, old
    for key in ("properties", "$defs"):
        own, previous = new.get(key), old.get(key)
        if isinstance(own, dict) and isinstance(previous, dict):
            for name in own:
                yield from _pairs(own[name], previous.get(name), f"{at}/{key}/{escape(name)}")
    yield from _pairs(new.get("items"), old.get("items"), f"{at}/items")


def _take_titles(pairs: list[_Pair]) -> bool:
    """Copy the titles of the old parts; return True if there were any."""
    copied = False
    for _, own, previous in pairs:
        title = previous.get("title")
        if "title" not in own and isinstance(title, str) and own.keys() & {"type", "properties", "items", "enum", "$ref"}:
            own["title"] = title
            copied = True
    return copied


def _restricting(part: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key not in _UNRESTRICTING}

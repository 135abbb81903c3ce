"""What a new document takes over from the one on file, because its own source does not tell it.

A catalog entry has prices and no output schema, a documentation page has an output schema and no prices. Adding one over the other
keeps both, and `provenance` says for each part that was kept where it came from.

An input schema is taken as its newest source tells it: a bound or a choice that is no longer published must not refuse a value that
the server takes. What restricts nothing is kept: titles, and the default of an input that is the same otherwise.
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
"""The part of the input schema that is kept by itself: the titles of its properties."""
_UNRESTRICTING: Final = frozenset({"title", "description", "default"})
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
    schema = deepcopy(new.input_schema)
    if parts := take_titles_and_defaults(schema, old.input_schema, lambda part: _origin(old, part)["source"] != new.source):
        provenance |= {part: _origin(old, part) for part in parts}
        kept["input_schema"] = schema
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


def take_titles_and_defaults(new: object, old: object, wanted: Callable[[str], bool]) -> list[str]:
    """Give an input schema the titles and defaults that the same parts of the old one have; return what was given.

    Titles are one part of a document, `TITLES`; a default is one by itself, named by its pointer. `wanted` says which to give.
    """
    pairs = list(_pairs(new, old, "/input_schema"))
    given = [TITLES] if wanted(TITLES) and _take_titles(pairs) else []
    for at, mine, theirs in pairs:
        pointer = f"{at}/default"
        if "default" in theirs and "default" not in mine and wanted(pointer) and _restricting(mine) == _restricting(theirs):
            mine["default"] = theirs["default"]
            given.append(pointer)
    return given


_Pair = tuple[str, dict[str, Any], dict[str, Any]]


def _pairs(new: object, old: object, at: str) -> Iterator[_Pair]:
    """Yield each part of a schema with its pointer and the same part of another one."""
    if not isinstance(new, dict) or not isinstance(old, dict):
        return
    yield at, new, old
    for key in ("properties", "$defs"):
        mine, theirs = new.get(key), old.get(key)
        if isinstance(mine, dict) and isinstance(theirs, dict):
            for name in mine:
                yield from _pairs(mine[name], theirs.get(name), f"{at}/{key}/{escape(name)}")
    yield from _pairs(new.get("items"), old.get("items"), f"{at}/items")


def _take_titles(pairs: list[_Pair]) -> bool:
    """Give the parts the titles of their counterparts; return whether there were any."""
    found = False
    for _, mine, theirs in pairs:
        title = theirs.get("title")
        if "title" not in mine and isinstance(title, str) and mine.keys() & {"type", "properties", "items", "enum", "$ref"}:
            mine["title"] = title
            found = True
    return found


def _restricting(part: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key not in _UNRESTRICTING}

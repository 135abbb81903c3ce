"""Checks a schema document, a catalog entry or an input schema alone, and converts it to a `Document`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, Final

from codegen.read.document.document import KEY_ORDER, OWN_KEYS, Document, Origin
from codegen.read.document.model_id import ENDPOINTS, check_id, is_endpoint
from codegen.read.jsontext import Json
from codegen.values.diagnostics import Report, quoted
from codegen.values.pointer import escape

OUTPUT_KINDS: Final = ("AUDIO", "IMAGE", "VIDEO")
"""The published kinds of output."""

_NAME_IT: Final = "pass its id with --id, or save it as schemas/models/<model id>.json"
_SCHEMA_KEYWORDS: Final = frozenset(
    ("type", "properties", "required", "items", "enum", "const", "$ref", "$schema", "$defs", "allOf", "anyOf", "oneOf")
)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_price(value: object) -> bool:
    if isinstance(value, str):  # many APIs use strings for amounts
        return bool(re.fullmatch(r"\d{1,12}(\.\d{1,12})?", value, re.ASCII))
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < math.inf


def _is_date(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII))


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_object_of_objects(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(part, dict) for part in value.values())


def _is_output_kind(value: object) -> bool:
    return value in OUTPUT_KINDS


def _is_list_of(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(item, kind) for item in value)


_Kind = tuple[str, Callable[[object], bool]]
_TEXT: Final[_Kind] = ("a string", _is_text)
_TEXTS: Final[_Kind] = ("a list of strings", _is_list_of(str))
_OBJECT: Final[_Kind] = ("an object", _is_object)

# The types of the keys' values; null is the same as no key. The id and the input schema are checked separately.
_KINDS: Final[dict[str, _Kind]] = {
    "display_name": _TEXT,
    "description": _TEXT,
    "kind": _TEXT,
    "output_kind": (f"one of {', '.join(OUTPUT_KINDS)}", _is_output_kind),
    "categories": _TEXTS,
    "base_price_usd": ("a number of 0 or more", _is_price),
    "price_unit": _TEXT,
    "pricing_note": _TEXT,
    "price_table": _OBJECT,
    "retired": ("a date, YYYY-MM-DD", _is_date),
    "model_url": _TEXT,
    "endpoint": _TEXT,
    "source": _TEXT,
    "captured": _TEXT,
    "provenance": ("an object of objects", _is_object_of_objects),
    "required_inputs": _TEXTS,
    "incomplete": _TEXTS,
    "output_schema": _OBJECT,
    "rules": ("a list of objects", _is_list_of(dict)),
    "example": _OBJECT,
}


def looks_like_schema(value: object) -> bool:
    """Return True if a value is an object with a keyword of JSON Schema."""
    return isinstance(value, dict) and not _SCHEMA_KEYWORDS.isdisjoint(value)


def is_wrapped(value: object) -> bool:
    """Return True if a value is a schema in the wrapper of the documentation pages, `{"output": {...}}`."""
    return isinstance(value, dict) and not looks_like_schema(value) and looks_like_schema(value.get("output"))


def is_document(value: object) -> bool:
    """Return True if a value has a key that only schema documents and catalog entries have."""
    return isinstance(value, dict) and ("model_id" in value or "input_schema" in value)


def read(document: Json, *, expected_id: str | None, report: Report) -> Document | None:
    """Check a schema document, a catalog entry or an input schema alone, and return it as a value; None if there are errors.

    `expected_id` is the id that corresponds to the document's path. It is also the id of a document that has none.
    """
    if not isinstance(document.value, dict):
        message = f"a schema document must be a JSON object, not {_kind(document.value)}"
        report.error(
            "RC301", document.place(), message, help="write an object with the model's input_schema, or the input schema itself"
        )
        return None
    if looks_like_schema(document.value) and not is_document(document.value):
        return _read_bare(document, expected_id, report)
    checked = Report()
    _check(document, expected_id, checked)
    report.diagnostics += checked.diagnostics
    return None if checked.failed else _assemble(document, expected_id)


def _read_bare(schema: Json, expected_id: str | None, report: Report) -> Document | None:
    if expected_id is None:
        report.error("RC203", schema.place(), "an input schema alone does not contain the id of its model", help=_NAME_IT)
        return None
    if not check_id(expected_id, schema.place(), report):
        return None
    return Document(model_id=expected_id, input_schema=schema.value, origin=Origin((("/input_schema", schema),), schema.place()))


def _assemble(document: Json, expected_id: str | None) -> Document:
    published: dict[str, Any] = document.value
    own = {key: _frozen(published[key]) for key in OWN_KEYS if published.get(key) is not None}
    if isinstance(own.get("base_price_usd"), str):
        own["base_price_usd"] = float(own["base_price_usd"])
    extra = {key: value for key, value in published.items() if key not in OWN_KEYS}
    return Document(**{"model_id": expected_id, **own}, extra=extra, origin=Origin((("", document),), document.place()))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check(document: Json, expected_id: str | None, report: Report) -> None:
    """Report all problems of the document's own keys."""
    for key, value in document.value.items():
        if key not in KEY_ORDER:
            _check_spelling(document, key, report)
        elif key in _KINDS and value is not None and not _KINDS[key][1](value):
            message = f"{key} must be {_KINDS[key][0]}, not {_kind(value)}"
            report.error("RC305", document.place(f"/{escape(key)}"), message, help="correct the value, or remove the key")
    model_id = _check_model_id(document, expected_id, report)
    _check_endpoint(document, model_id, report)
    _check_schemas(document, report)


def _check_spelling(document: Json, key: str, report: Report) -> None:
    absent = [known for known in KEY_ORDER if known not in document.value]
    near = [known for known in absent if _folded(known) == _folded(key)] or get_close_matches(key, absent, n=1, cutoff=0.85)
    if near:
        message = f'unknown key {quoted(key)}, which is similar to "{near[0]}"'
        report.warn("RC309", document.place(f"/{escape(key)}"), message, help=f'if it is misspelled, write "{near[0]}"')


def _folded(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.casefold())


def _check_model_id(document: Json, expected_id: str | None, report: Report) -> str | None:
    """Return the document's id, or the expected id if it has none; None if the id is invalid."""
    model_id = document.value.get("model_id", expected_id)
    place = document.place("/model_id")
    if model_id is None and "model_id" not in document.value:
        report.error("RC203", place, "model_id is missing", help=_NAME_IT)
    elif not isinstance(model_id, str):
        report.error(
            "RC302", place, f"model_id must be a string, not {_kind(model_id)}", help="write the id as in its endpoint, in quotes"
        )
    elif check_id(model_id, place, report):
        if expected_id in (None, model_id):
            return model_id
        message = f"model_id is {quoted(model_id)}, but the path or --id is that of {quoted(expected_id)}"
        report.error("RC304", place, message, help="correct the id, or the path (or --id)")
    return None


def _check_endpoint(document: Json, model_id: str | None, report: Report) -> None:
    endpoint = document.value.get("endpoint")
    if model_id is None or not isinstance(endpoint, str):
        return
    if not is_endpoint(endpoint, model_id):
        message = f"the endpoint {quoted(endpoint)} is not that of this model, {quoted(ENDPOINTS + model_id)}"
        report.error("RC308", document.place("/endpoint"), message, help="remove the key; the endpoint follows from the id")


def _check_schemas(document: Json, report: Report) -> None:
    schema = document.value.get("input_schema")
    if not isinstance(schema, dict):
        message = (
            "input_schema is missing"
            if "input_schema" not in document.value
            else f"input_schema must be an object, not {_kind(schema)}"
        )
        report.error(
            "RC306", document.place("/input_schema"), message, help="add the JSON schema of the model's inputs, as published"
        )
    output = document.value.get("output_schema")
    if isinstance(output, dict) and not looks_like_schema(output) and not is_wrapped(output):
        message = 'output_schema is neither a schema nor {"output": ...} with a schema'
        report.error("RC307", document.place("/output_schema"), message, help="write the schema of the output, or remove the key")


def _kind(value: object) -> str:
    """Return the JSON type of an object or list, or any other value itself, for messages."""
    match value:
        case None:
            return "null"
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return quoted(value)

"""Normalise the keywords that apply to values of one type."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from codegen.analyse.dialect.merge import UNCHECKED_EXTRA, declare_required, unsatisfiable_bounds
from codegen.analyse.dialect.patterns import UnsupportedPattern, to_portable
from codegen.values.diagnostics import Place, Report, did_you_mean
from codegen.values.formats import MEDIA, UI_FORMATS, URL_ENDINGS, VALIDATIONS
from codegen.values.keywords import BOUNDS
from codegen.values.pointer import escape

_DECLARING: Final = frozenset({"if", "then", "else", "dependentSchemas", "dependencies"})
"""Keywords that are not checked but whose schemas may declare properties."""


class _Context(Protocol):
    """The part of the schema normaliser that this module uses."""

    report: Report

    @property
    def place(self) -> Callable[[str], Place]:
        """Return the place of a pointer in the file."""
        ...

    def schema(self, schema: object, pointer: str, depth: int = 0) -> dict[str, Any]:
        """Normalise a subschema."""
        ...

    def error(self, code: str, pointer: str, message: str, help: str) -> None:
        """Report an error."""
        ...


def typed(walk: _Context, known: dict[str, Any], name: str, pointer: str, depth: int, *, part: bool = False) -> dict[str, Any]:
    """Normalise the keywords for values of one type. Another part may define the elements of a list if this one is a `part`."""
    out: dict[str, Any] = {"type": name}
    for key, value in known.items():
        if key in BOUNDS[name]:
            out |= _bound(walk, key, value, name, pointer)
    match name:
        case "object":
            out |= _object(walk, known, pointer, depth)
        case "array":
            out |= _array(walk, known, pointer, depth, part=part)
        case "string":
            out |= _media(walk, known, pointer)
    for key, reason in unsatisfiable_bounds(out):
        walk.error("RC503", f"{pointer}/{key}", f"no value is valid: {reason}", "correct one of them")
    return out


def _bound(walk: _Context, key: str, value: Any, name: str, pointer: str) -> dict[str, Any]:
    if key == "pattern":
        return _pattern(walk, value, f"{pointer}/pattern")
    if name == "integer" and isinstance(value, float) and key != "multipleOf":
        # the nearest integer that excludes the same integers: > 1.5 means > 1, >= 1.5 means >= 2
        return {key: math.floor(value) if key in ("maximum", "exclusiveMinimum") else math.ceil(value)}
    if key in ("minLength", "maxLength", "minItems", "maxItems"):
        return {key: int(value)}
    return {key: value}


def _pattern(walk: _Context, pattern: str, pointer: str) -> dict[str, Any]:
    found = to_portable(pattern)
    if not isinstance(found, UnsupportedPattern):
        return {"pattern": found.text}
    if found.broken:
        walk.error("RC414", pointer, f"not a regular expression: {found.reason}", "correct the pattern")
    else:
        message = f"the pattern is not checked before the call, since {found.reason}; only the server checks it"
        walk.report.note("RC412", walk.place(pointer), message, help="no action is needed")
    return {}


def _object(walk: _Context, known: dict[str, Any], pointer: str, depth: int) -> dict[str, Any]:
    extra = known.get("additionalProperties")
    out: dict[str, Any] = {}
    if known.get("required"):
        out["required"] = known["required"]
    if "properties" in known:
        out["properties"] = {
            name: walk.schema(child, f"{pointer}/properties/{escape(name)}", depth + 1)
            for name, child in known["properties"].items()
        }
    if isinstance(extra, dict) and extra and "properties" not in known:
        extra = walk.schema(extra, f"{pointer}/additionalProperties", depth + 1) or True
    if extra is not None:
        out["additionalProperties"] = True if extra == {} else extra
    out = declare_required(out)
    if isinstance(out.get("additionalProperties"), dict) and "properties" in out:
        walk.report.note("RC412", walk.place(f"{pointer}/additionalProperties"), UNCHECKED_EXTRA, help="no action is needed")
        if "properties" in known:
            out["additionalProperties"] = True
    return out


def _array(walk: _Context, known: dict[str, Any], pointer: str, depth: int, *, part: bool) -> dict[str, Any]:
    medium = _medium(walk, known["format"], pointer) if "format" in known else None
    if "items" in known:
        items = walk.schema(known["items"], f"{pointer}/items", depth + 1)
        if medium and items.get("type") == "string":
            items.setdefault("x-media", medium)
    elif medium is None and part:
        items = {}
    elif medium is None:
        walk.error("RC408", pointer, "the list has no schema for its elements", 'add "items" with a correction')
        return {}
    else:
        items = {"type": "string", "x-media": medium}
    if items.get("x-media"):
        items |= _validations(walk, known, pointer)
    return {"items": items}


def _media(walk: _Context, known: dict[str, Any], pointer: str) -> dict[str, Any]:
    medium = _medium(walk, known["format"], pointer) if "format" in known else None
    return {"x-media": medium, **_validations(walk, known, pointer)} if medium else {}


def _medium(walk: _Context, word: str, pointer: str) -> str | None:
    if word in MEDIA:
        return MEDIA[word]
    if word.endswith(URL_ENDINGS):
        return "file"
    if word not in UI_FORMATS:
        message = f'unknown format "{word}"{did_you_mean(word, [*MEDIA, *UI_FORMATS])}; values are not checked for it'
        walk.report.note("RC409", walk.place(f"{pointer}/format"), message, help="correct it if it is misspelled")
    return None


def _validations(walk: _Context, known: dict[str, Any], pointer: str) -> dict[str, Any]:
    rules = []
    for index, rule in enumerate(known.get("validations", [])):
        word = rule["validation_rule"]
        if word not in VALIDATIONS:
            message = f'unknown validation rule "{word}"{did_you_mean(word, list(VALIDATIONS))}'
            walk.error("RC415", f"{pointer}/validations/{index}", message, f"use one of {', '.join(VALIDATIONS)}")
        rules.append({"rule": word, "value": rule["validation_value"]})
    return {"x-validations": rules} if rules else {}


def coerce_integers(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return the value with whole floats as `int` if the schema requires integers; in JSON Schema, 1E1 is an integer."""
    types = schema.get("type", ())
    match value:
        case float() if value.is_integer() and "integer" in types and "number" not in types:
            return int(value)
        case list() if "items" in schema:
            return [coerce_integers(item, schema["items"]) for item in value]
        case dict() if "properties" in schema:
            return {name: coerce_integers(item, schema["properties"].get(name, {})) for name, item in value.items()}
        case _:
            return value


def declares_elsewhere(schema: Mapping[str, Any]) -> bool:
    """Return True if keywords that are not checked may declare properties of an object."""
    if "patternProperties" in schema or schema.get("unevaluatedProperties", False) is not False:
        return True
    return any(_has_properties(schema[key]) for key in _DECLARING & schema.keys())


def _has_properties(value: Any) -> bool:
    match value:
        case dict():
            return not value.keys().isdisjoint({"properties", "patternProperties"}) or any(map(_has_properties, value.values()))
        case list():
            return any(map(_has_properties, value))
    return False

"""Describes the values that an input accepts, from its schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from runcomfy_client._core.value_parsing import types_of

_NOUNS: Final[Mapping[str, str]] = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "array": "list",
    "object": "object",
    "null": "nothing",
}
_METAVARS: Final[Mapping[str, str]] = {
    "string": "TEXT",
    "integer": "N",
    "number": "X",
    "array": "JSON",
    "object": "JSON",
}
_MAX_CHOICES: Final = 12


def describe(schema: Mapping[str, Any]) -> str:
    """Return the values that an input accepts, such as `whole number, 3 to 15`."""
    choices = schema.get("enum")
    if isinstance(choices, list):
        return _one_of(choices)
    if schema.get("x-media"):
        return f"https:// URL of {_article(str(schema['x-media']))}, or a local file"
    types = types_of(schema)
    noun = " or ".join(_NOUNS.get(kind, kind) for kind in types) or "any JSON"
    if "array" in types:
        items = schema.get("items")
        noun += f" of {_plural(items)}" if isinstance(items, Mapping) and items else ""
    return ", ".join([noun, *bounds_of(schema)])


def default_of(schema: Mapping[str, Any]) -> str:
    """Return the server's default as text; an empty string if there is none."""
    return _value(schema["default"]) if "default" in schema else ""


def placeholder(schema: Mapping[str, Any]) -> str:
    """Return the placeholder of a value in help texts, such as `TEXT`."""
    choices = schema.get("enum")
    if isinstance(choices, list):
        words = "|".join(map(_value, choices))
        return words if len(words) <= 24 and words.isprintable() and words.isascii() else "CHOICE"
    if schema.get("x-media"):
        return "URL|FILE"
    return next((_METAVARS[kind] for kind in types_of(schema) if kind in _METAVARS), "JSON")


def _one_of(choices: list[Any]) -> str:
    shown = ", ".join(map(_value, choices[:_MAX_CHOICES]))
    rest = len(choices) - _MAX_CHOICES
    return f"one of {shown} and {rest} more" if rest > 0 else f"one of {shown}" if len(choices) > 1 else f"always {shown}"


def bounds_of(schema: Mapping[str, Any]) -> list[str]:
    """Return the limits of an input as text, such as `3 to 15`."""
    parts: list[str] = []
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        parts.append(f"{_value(low)} to {_value(high)}")
    elif low is not None or high is not None:
        parts.append(f"at least {_value(low)}" if high is None else f"at most {_value(high)}")
    if "exclusiveMinimum" in schema:
        parts.append(f"more than {_value(schema['exclusiveMinimum'])}")
    if "exclusiveMaximum" in schema:
        parts.append(f"less than {_value(schema['exclusiveMaximum'])}")
    if "multipleOf" in schema:
        parts.append(f"in steps of {_value(schema['multipleOf'])}")
    for minimum, maximum, unit in (("minLength", "maxLength", "characters"), ("minItems", "maxItems", "items")):
        if schema.get(minimum):
            parts.append(f"at least {schema[minimum]} {unit}")
        if maximum in schema:
            parts.append(f"at most {schema[maximum]} {unit}")
    return parts


def _plural(schema: Mapping[str, Any]) -> str:
    if schema.get("x-media"):
        return f"https:// URLs of {schema['x-media']}s"
    names = schema.get("properties")
    if isinstance(names, Mapping):
        return f"objects with {', '.join(map(str, names))}"
    types = types_of(schema)
    return {"string": "texts", "integer": "whole numbers", "number": "numbers", "array": "lists", "object": "objects"}.get(
        types[0] if types else "", "values"
    )


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

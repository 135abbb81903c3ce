"""A valid sample body for every model: what its documentation shows, and a plain value where that shows none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from codegen.pointer import split
from codegen.validity import fits

_URLS: Final = {
    "image": "https://example.com/input.png",
    "video": "https://example.com/input.mp4",
    "audio": "https://example.com/input.wav",
    "file": "https://example.com/input.bin",
}


def sample_body(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the required inputs of a normalised schema, each with its published sample or a value that fits."""
    return _members(schema, schema)


def _members(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    return {name: _sample(child, root) for name, child in properties.items() if name in schema.get("required", [])}


def _sample(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    published = [value for value in schema.get("examples", []) if value not in ("", [], None) and fits(value, schema, root)]
    if published:
        return published[0]
    if "$ref" in schema:
        return _members(root["$defs"][split(schema["$ref"][1:])[-1]], root)
    if "anyOf" in schema:
        return _sample(schema["anyOf"][0], root)
    if "enum" in schema:
        return schema["enum"][0]
    types = schema.get("type", "null")
    match types if isinstance(types, str) else types[0]:
        case "string":
            text = _URLS[schema["x-media"]] if "x-media" in schema else "a lighthouse at dawn"
            return text.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength")]
        case "integer" | "number":
            return _number(schema, root)
        case "boolean":
            return True
        case "array":
            return [_sample(schema["items"], root)] * max(schema.get("minItems", 0), min(1, schema.get("maxItems", 1)))
        case "object":
            return _members(schema, root)
        case _:
            return None


def _number(schema: Mapping[str, Any], root: Mapping[str, Any]) -> int | float:
    """A number within bounds: the lowest, the highest, or one step beside them."""
    low, high = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum", schema.get("exclusiveMaximum"))
    step = schema.get("multipleOf", 1)
    edges = [edge for edge in (low, high) if edge is not None] or [0]
    candidates: list[int | float] = [edge + offset for edge in edges for offset in (0, step, -step)]
    if low is not None and high is not None:
        candidates.append((low + high) / 2)
    candidates += [step * (edge // step + offset) for edge in edges for offset in (0, 1)]
    return next((value for value in candidates if fits(value, schema, root)), edges[0])

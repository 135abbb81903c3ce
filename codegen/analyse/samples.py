"""A valid sample body for every model: what its documentation shows, and a plain value where that shows none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from codegen.analyse.validity import MinimalSize, fits
from codegen.values.pointer import split

_URLS: Final = {
    "image": "https://example.com/input.png",
    "video": "https://example.com/input.mp4",
    "audio": "https://example.com/input.wav",
    "file": "https://example.com/input.bin",
}


_LIGHT: Final = 100
"""Most that an optional part may weigh to be shown; a heavier one gives way to the lightest that is valid."""


def sample_body(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the required inputs of a normalised schema, each with its published sample or a value that fits."""
    return _Sampling(schema, MinimalSize(schema)).members(schema)


@dataclass(frozen=True, slots=True)
class _Sampling:
    """The making of one sample."""

    root: Mapping[str, Any]
    weights: MinimalSize
    minimal: bool = False
    """Whether the lightest values are wanted, as inside of references, which may lead anywhere and back."""

    def members(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The required properties of an object."""
        properties = schema.get("properties", {})
        return {name: self.value(child) for name, child in properties.items() if name in schema.get("required", [])}

    def value(self, schema: Mapping[str, Any]) -> Any:
        """A value that fits."""
        examples = [value for value in schema.get("examples", []) if value not in ("", [], None)]
        published = next((value for value in examples if fits(value, schema, self.root)), None)
        if published is not None:
            return published
        if "$ref" in schema:
            return replace(self, minimal=True).members(self.root["$defs"][split(schema["$ref"][1:])[-1]])
        if "anyOf" in schema:
            first, lightest = schema["anyOf"][0], min(schema["anyOf"], key=self.weights.of)
            return replace(self, minimal=True).value(first if self._shows(first) else lightest)
        if "enum" in schema:
            return schema["enum"][0]
        types = schema.get("type", "null")
        match types if isinstance(types, str) else types[0]:
            case "string":
                text = _URLS[schema["x-media"]] if "x-media" in schema else "a lighthouse at dawn"
                return text.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength")]
            case "integer" | "number":
                return self._number(schema)
            case "boolean":
                return True
            case "array":
                least = schema.get("minItems", 0)
                shown = 1 if self._shows(schema["items"]) and schema.get("maxItems", 1) else 0
                return [self.value(schema["items"])] * max(least, shown) if least or shown else []
            case "object":
                return self.members(schema)
            case _:
                return None

    def _shows(self, optional: Mapping[str, Any]) -> bool:
        return not self.minimal and self.weights.of(optional) <= _LIGHT

    def _number(self, schema: Mapping[str, Any]) -> int | float:
        """A number within bounds: the lowest, the highest, or one step beside them."""
        low, high = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum", schema.get("exclusiveMaximum"))
        step = schema.get("multipleOf", 1)
        edges = [edge for edge in (low, high) if edge is not None] or [0]
        candidates: list[int | float] = [edge + offset for edge in edges for offset in (0, step, -step)]
        if low is not None and high is not None:
            candidates.append((low + high) / 2)
        candidates += [step * (edge // step + offset) for edge in edges for offset in (0, 1)]
        return next((value for value in candidates if math.isfinite(value) and fits(value, schema, self.root)), edges[0])

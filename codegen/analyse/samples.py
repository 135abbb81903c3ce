"""Create a valid sample body for each model, from the samples in its documentation and from simple values."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from codegen.analyse.pattern_text import matching_text
from codegen.analyse.validity import MinimalSize, fits
from codegen.values.pointer import split

_URLS: Final = {
    "image": "https://example.com/input.png",
    "video": "https://example.com/input.mp4",
    "audio": "https://example.com/input.wav",
    "file": "https://example.com/input.bin",
}


_TEXT: Final = "a lighthouse at dawn"
_LIGHT: Final = 100
"""Maximum size of an optional part of a sample; for larger parts, the smallest valid value is used."""


def sample_body(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the required inputs of a normalised schema, each with its published sample or another valid value."""
    return _Sampler(schema, MinimalSize(schema)).members(schema)


@dataclass(frozen=True, slots=True)
class _Sampler:
    """Creates one sample."""

    root: Mapping[str, Any]
    weights: MinimalSize
    minimal: bool = False
    """True to use the smallest values, as below references, which may be recursive."""

    def members(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the required properties of an object, including those that only `additionalProperties` describes."""
        properties, required = schema.get("properties", {}), schema.get("required", [])
        further = schema.get("additionalProperties", {})
        values = {name: self.value(child) for name, child in properties.items() if name in required}
        if isinstance(further, Mapping):
            values |= {name: self.value(further) for name in required if name not in properties}
        return values

    def value(self, schema: Mapping[str, Any]) -> Any:
        """Return a valid value."""
        examples = [value for value in schema.get("examples", []) if value not in ("", [], None)]
        published = next((value for value in examples if fits(value, schema, self.root)), None)
        if published is not None:
            return published
        if "$ref" in schema:
            return replace(self, minimal=True).members(self._named(schema))
        if "anyOf" in schema:
            first, lightest = schema["anyOf"][0], min(schema["anyOf"], key=self.weights.of)
            return replace(self, minimal=True).value(first if self._shows(first) else lightest)
        if "enum" in schema:
            return schema["enum"][0]
        types = schema.get("type", "null")
        match types if isinstance(types, str) else types[0]:
            case "string":
                return self._text(schema)
            case "integer" | "number":
                return next(self._numbers(schema))
            case "boolean":
                return True
            case "array":
                return self._items(schema)
            case "object":
                return self.members(schema)
            case _:
                return None

    def _named(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.root["$defs"][split(schema["$ref"][1:])[-1]]
        return found

    def _shows(self, optional: Mapping[str, Any]) -> bool:
        return not self.minimal and self.weights.of(optional) <= _LIGHT

    def _text(self, schema: Mapping[str, Any]) -> str:
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        plain = (_URLS[schema["x-media"]] if "x-media" in schema else _TEXT).ljust(least, ".")[:most]
        if "pattern" not in schema or fits(plain, schema, self.root):
            return plain
        matching = (matching_text(schema["pattern"], at_least=length) for length in (least, max(least, 1)))
        return next((text for text in matching if text is not None and fits(text, schema, self.root)), plain)

    def _items(self, schema: Mapping[str, Any]) -> list[Any]:
        """Return a list of one item, or of `minItems` items."""
        items, least = schema["items"], schema.get("minItems", 0)
        count = max(least, 1 if self._shows(items) and schema.get("maxItems", 1) else 0)
        if not schema.get("uniqueItems") or count < 2:
            return [self.value(items)] * count if count else []
        distinct: dict[str, Any] = {}
        for value in self._variants(items, count):
            if len(distinct) < count and fits(value, items, self.root):
                distinct.setdefault(json.dumps(value, sort_keys=True), value)
        return list(distinct.values())

    def _variants(self, schema: Mapping[str, Any], count: int) -> Iterator[Any]:
        """Yield different values, at least `count` if so many exist. Some of them may be invalid."""
        if "$ref" in schema:
            schema = self._named(schema)
        if "enum" in schema:
            yield from schema["enum"]
            return
        yield (first := self.value(schema))
        for option in schema.get("anyOf", []):
            yield from self._variants(option, count)
        types = schema.get("type", [])
        for kind in [types] if isinstance(types, str) else types:
            match kind:
                case "boolean" | "null":
                    yield from (True, False) if kind == "boolean" else (None,)
                case "string":
                    yield from _texts(first, count, schema)
                case "integer" | "number":
                    yield from self._numbers({**schema, "type": kind}, count)
                case "array":
                    yield from ([*first, *([self.value(schema["items"])] * more)] for more in range(count))
                case "object":
                    for name, child in schema.get("properties", {}).items():
                        yield from ({**first, name: value} for value in self._variants(child, count))
                    yield from ({**first, f"name{number}": None} for number in range(count))

    def _numbers(self, schema: Mapping[str, Any], count: int = 1) -> Iterator[int | float]:
        """Yield numbers within the bounds: the lowest, the highest and numbers near them; then one that may be invalid."""
        whole = "integer" in schema["type"]
        lows = [schema[key] for key in ("minimum", "exclusiveMinimum") if key in schema]
        highs = [schema[key] for key in ("maximum", "exclusiveMaximum") if key in schema]
        step = schema.get("multipleOf", 1)
        if whole:
            step = Fraction(str(step)).numerator  # the integers among its multiples
        edges = [edge for found, best in ((lows, max), (highs, min)) if found for edge in (best(found),)] or [0]
        candidates: list[int | float] = [edge + offset for edge in edges for offset in (0, step, -step)]
        if lows and highs:
            parts = range(1, 2 * count)
            candidates += [max(lows) + (min(highs) - max(lows)) * part / (2 * count) for part in parts]
        candidates += [step * (edge // step + offset) for edge in edges for offset in range(-count, count + 1)]
        yield from (value for value in candidates if math.isfinite(value) and fits(value, schema, self.root))
        yield edges[0]


def _texts(first: str, count: int, schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield variants of a string, with a number or a letter appended or in place of one of its characters."""
    if not isinstance(first, str):
        return
    marks = [str(number) for number in range(2, count + 2)] + [chr(ord("b") + number % 25) for number in range(count)]
    stem, dot, ending = first.rpartition(".") if "x-media" in schema else (first, "", "")
    yield from (f"{stem} {mark}{dot}{ending}" if not dot else f"{stem}{mark}{dot}{ending}" for mark in marks)
    yield from (first[:at] + mark + first[at + 1 :] for at in range(len(first)) for mark in marks)

"""Creates the output of a job from the output schema and kind of its model: URLs of sample files of that medium."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from runcomfy_client.simulator.catalog import Model
from runcomfy_client.simulator.validation import Checker

MEDIA: Final = ("image", "video", "audio")
EXTENSIONS: Final = {"image": "png", "video": "mp4", "audio": "wav"}
_USUAL_KEYS: Final = tuple(key for medium in MEDIA for key in (medium, f"{medium}s"))


def make_output(model: Model, *, folder: str) -> Any:
    """Return an output that matches the model; `folder` is the URL of the folder of its files.

    For a usual schema, only the key of the medium is set, like by the real API. For any other schema, all keys are set.
    """
    schema = model.output_schema or {}
    medium = guess_medium(model)
    builder = _SampleBuilder(folder, medium)
    properties: Mapping[str, Any] = schema.get("properties", {})
    if _type(schema) not in ("object", None) or (properties and not any(key in properties for key in _USUAL_KEYS)):
        return builder.value(schema, "")
    plural = f"{medium}s"
    key = plural if plural in properties and medium not in properties else medium
    names = [key, *(name for name in schema.get("required", ()) if name != key)]
    usual = {"items": {"type": "string"}} if key == plural else {"type": "string"}
    return {name: builder.value(properties.get(name, usual if name == key else {}), name) for name in names}


def guess_medium(model: Model) -> str:
    """Return the medium of a model's output: from its kind, or a category such as `text-to-video`, or the keys of its output."""
    words = [(model.kind or "").casefold(), *(category.rpartition("-")[2].casefold() for category in model.categories)]
    keys = (key.removesuffix("s") for key in (model.output_schema or {}).get("properties", {}))
    return next((word for word in (*words, *keys) if word in MEDIA), "image")


class _SampleBuilder:
    """Creates sample values for schemas, and numbers their files."""

    def __init__(self, folder: str, medium: str) -> None:
        self._folder = folder
        self._medium = medium
        self._count = 0

    def value(self, schema: Mapping[str, Any], name: str) -> Any:
        """Return a value that `schema` allows; `name` is the name of the property."""
        kind = _type(schema)
        medium = _medium_of(schema, name)
        if kind == "string" and medium and "enum" not in schema:
            return self._url(self._medium if medium == "file" else medium)
        for known in ([schema["default"]] if "default" in schema else [], schema.get("examples", ()), schema.get("enum", ())):
            if known:
                return known[0]
        match kind:
            case "object":
                return {key: self.value(child, key) for key, child in schema.get("properties", {}).items()}
            case "array":
                items = schema.get("items") or ({"type": "string"} if medium else {})
                return [self.value(items, name) for _ in range(max(1, schema.get("minItems", 1)))]
            case "string":
                return "sample".ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength")]
            case "integer" | "number":
                return _number(schema, whole=kind == "integer")
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return "sample"

    def _url(self, medium: str) -> str:
        self._count += 1
        number = "" if self._count == 1 else f"-{self._count}"
        return f"{self._folder}/{medium}{number}.{EXTENSIONS[medium]}"


def _type(schema: Mapping[str, Any]) -> str | None:
    words = schema.get("type")
    if isinstance(words, list):
        words = next((word for word in words if word != "null"), "null")
    if words is None and "properties" in schema:
        return "object"
    if words is None and "items" in schema:
        return "array"
    return words


def _medium_of(schema: Mapping[str, Any], name: str) -> str | None:
    """Return the medium of a string: from `x-media`, or from the property's name, unless the length is limited."""
    medium: str | None = schema.get("x-media")
    if medium or "maxLength" in schema:
        return medium
    return next((known for known in MEDIA if known in name.casefold()), None)


def _number(schema: Mapping[str, Any], *, whole: bool) -> float:
    """Return the first of some candidates that the limits allow."""
    lowest = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    highest = schema.get("maximum", schema.get("exclusiveMaximum", lowest))
    step = schema.get("multipleOf", 1)
    numbers = [0, lowest, highest, lowest + step, highest - step, (lowest + highest) / 2]
    if whole or "multipleOf" in schema:
        numbers = [math.ceil(number / step) * step for number in numbers]
    checker = Checker(schema)
    return next((number for number in numbers if not checker.problems(number)), 0)

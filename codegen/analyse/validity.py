"""Whether a value is valid by a normalised schema, and how large the smallest valid value is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from codegen.values.pointer import split


def fits(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    """Whether `value` is valid by `schema`, a part of `root`; both normalised."""
    return bool(Draft202012Validator({"$defs": root.get("$defs", {}), **schema}).is_valid(value))


class MinimalSize:
    """How much the smallest values amount to that are valid by a normalised schema and its parts: values, and characters of
    texts.
    """

    def __init__(self, root: Mapping[str, Any]) -> None:
        named: Mapping[str, Mapping[str, Any]] = root.get("$defs", {})
        self._named = dict.fromkeys(named, math.inf)
        settled = False
        while not settled:  # each round settles one more level of what refers to what
            found = {name: self.of(named[name]) for name in reversed(list(named))}
            settled, self._named = found == self._named, found

    @property
    def endless(self) -> list[str]:
        """The named objects of which no value is finite."""
        return sorted(name for name, weight in self._named.items() if weight == math.inf)

    def of(self, schema: Mapping[str, Any]) -> float:
        """Return the weight of one part of the schema; infinite where a value would have no end."""
        if "$ref" in schema:
            return self._named[split(schema["$ref"][1:])[-1]]
        if "anyOf" in schema:
            return min(map(self.of, schema["anyOf"]))
        if "enum" in schema:
            return 1
        required = (self.of(schema["properties"][name]) for name in schema.get("required", []) if name in schema["properties"])
        elements = schema.get("minItems", 0)
        texts: int = schema.get("minLength", 0)
        return 1 + texts + sum(required) + (elements * self.of(schema["items"]) if elements else 0)

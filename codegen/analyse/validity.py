"""Validation of a value by a normalised schema, and the size of the smallest valid value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from codegen.values.pointer import split


def fits(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    """Return True if `value` is valid by `schema`, which is a part of `root`; both are normalised."""
    return bool(Draft202012Validator({"$defs": root.get("$defs", {}), **schema}).is_valid(value))


class MinimalSize:
    """The size of the smallest valid value of a normalised schema and of its parts: the number of values and characters."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        named: Mapping[str, Mapping[str, Any]] = root.get("$defs", {})
        self._named = dict.fromkeys(named, math.inf)
        settled = False
        while not settled:  # each round resolves one more level of references
            found = {name: self.of(named[name]) for name in reversed(list(named))}
            settled, self._named = found == self._named, found

    @property
    def endless(self) -> list[str]:
        """Return the names of the objects that have no finite value."""
        return sorted(name for name, weight in self._named.items() if weight == math.inf)

    def of(self, schema: Mapping[str, Any]) -> float:
        """Return the size for one part of the schema; infinite if no value is finite."""
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

"""The intersection of normalised schemas, for `allOf` and for keywords next to a union, an enum or a reference.

A part of a composition may have no type (`{"required": [...]}`). `SchemaNormaliser` represents such a part as a union of all types,
each with the keywords that apply to it, so that intersections need no other rules.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from codegen.analyse.validity import fits
from codegen.values.diagnostics import quoted
from codegen.values.model import listed
from codegen.values.pointer import split

Schema = Mapping[str, Any]

NEVER: Final[Schema] = {"not": {}}
"""The schema of a property without valid values. `finish` removes it from closed objects."""
UNCHECKED_EXTRA: Final = "the type of additional properties is not checked before the call; only the server checks it"
MAX_BRANCHES: Final = 50
"""Maximum number of branches of a union."""

TEXTS: Final = frozenset({"description", "default", "examples"})
_LOWER: Final = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems"})
_UPPER: Final = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems"})
_PAIRS: Final = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))
_STRICT_PAIRS: Final = (
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("exclusiveMinimum", "maximum"),
    ("minimum", "exclusiveMaximum"),
)


class MergeConflict(Exception):
    """No value is valid by both schemas. The message contains the reason."""


class UnsupportedMerge(Exception):
    """The intersection of two schemas cannot be expressed. The message contains the reason."""


def unsatisfiable_bounds(schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield the contradictory bounds of a normalised schema: the key of the lower bound, and the reason."""
    for pairs, relation in ((_PAIRS, "above"), (_STRICT_PAIRS, "not below")):
        for low, high in pairs:
            bounds = [schema[key] for key in (low, high) if key in schema]
            if len(bounds) == 2 and (bounds[0] > bounds[1] or (pairs is _STRICT_PAIRS and bounds[0] == bounds[1])):
                yield low, f"{low} {bounds[0]} is {relation} {high} {bounds[1]}"
    if schema.get("type") == "integer" and {"exclusiveMinimum", "exclusiveMaximum"} <= schema.keys():
        low, high = schema["exclusiveMinimum"], schema["exclusiveMaximum"]
        if low < high <= low + 1:
            yield "exclusiveMinimum", f"no integer is above {low} and below {high}"


class RecursiveMerge(UnsupportedMerge):
    """A recursive object has other keywords next to its reference."""


@dataclass(slots=True)
class Intersection:
    """Compute intersections of schemas. `definitions` contains the targets of references."""

    definitions: Mapping[str, Schema]
    notes: list[tuple[str, str]] = field(default_factory=list)
    """The parts of the schemas that the result omits: a diagnostic code and a message each."""
    _in_union: int = 0

    def merge(self, one: Schema, other: Schema) -> dict[str, Any]:
        """Return the schema of the values that are valid by both schemas. The first description is kept.

        Raises:
            MergeConflict: no value is valid by both.
            UnsupportedMerge: the result cannot be expressed as a schema.
        """
        if one == other:
            return dict(one)
        if not one.keys() - TEXTS or not other.keys() - TEXTS:
            bare = {key: value for schema in (one, other) for key, value in schema.items() if key not in TEXTS}
            return {**bare, **self._texts(one, other)}
        first, second = self._resolved(one), self._resolved(other)
        texts = self._texts(first, second)
        first, second = ({key: value for key, value in part.items() if key not in TEXTS} for part in (first, second))
        if NEVER in (first, second):
            raise MergeConflict("one of them allows no value")
        if "anyOf" in first or "anyOf" in second:
            return {**self._unions(first, second), **texts}
        if "enum" in first or "enum" in second:
            return {**self._choices(first, second), **texts}
        return {**self._plain(first, second), **texts}

    def disjoint(self, parts: Sequence[Schema]) -> bool:
        """Return True if no value is valid by two of the schemas, judged by types, enums and bounds."""
        return not any(self._overlap(one, other) for index, one in enumerate(parts) for other in parts[:index])

    def _overlap(self, one: Schema, other: Schema) -> bool:
        try:
            Intersection(self.definitions, _in_union=1).merge(one, other)
        except MergeConflict:
            return False
        except UnsupportedMerge:
            return True
        return True

    def _resolved(self, schema: Schema) -> Schema:
        """Return the target of a reference, with the keywords next to the reference."""
        if "$ref" not in schema:
            return schema
        meant = self.definitions.get(split(schema["$ref"][1:])[-1])
        if not meant:
            raise RecursiveMerge
        return {**meant, **{key: value for key, value in schema.items() if key != "$ref"}}

    def _texts(self, one: Schema, other: Schema) -> dict[str, Any]:
        texts = {key: value for source in (other, one) for key, value in source.items() if key in TEXTS}
        if "default" in one and "default" in other and not _same(one["default"], other["default"]):
            del texts["default"]
            self.notes.append(("RC417", f"two defaults, {quoted(one['default'])} and {quoted(other['default'])}; neither is used"))
        return texts

    def _unions(self, one: Schema, other: Schema) -> dict[str, Any]:
        """Intersect each branch of one union with each of the other, and keep those that have valid values."""
        pairs = [(left, right) for left in branches(one) for right in branches(other)]
        if len(pairs) > MAX_BRANCHES**2:
            raise UnsupportedMerge(f"unions of {len(pairs)} combinations")
        found: list[dict[str, Any]] = []
        for left, right in pairs:
            self._in_union += 1
            try:
                found.append(self.merge(left, right))
            except MergeConflict:
                continue
            finally:
                self._in_union -= 1
        if not found:
            raise MergeConflict("no branch of the union is compatible with the keywords next to it")
        return join(found)

    def _choices(self, one: Schema, other: Schema) -> dict[str, Any]:
        """Return the values of an enum that are valid by the other schema."""
        if "enum" not in one:
            one, other = other, one
        root = {"$defs": self.definitions}
        kept = [value for value in one["enum"] if fits(value, other, root)]
        if "enum" in other:
            kept = [value for value in kept if any(_same(value, known) and type(value) is type(known) for known in other["enum"])]
        if not kept:
            both = "enum" in other
            raise MergeConflict(
                "the two enums have no value in common" if both else "no value of the enum is valid by the other keywords"
            )
        if kept == [None]:
            return {"type": "null"}
        used = [name for name in listed(one["type"]) if any(fits(value, {"type": name}, {}) for value in kept)]
        return {"type": used[0] if len(used) == 1 else used, "enum": kept}

    def _plain(self, one: Schema, other: Schema) -> dict[str, Any]:
        out = {**other, **one, "type": _types(one["type"], other["type"])}
        for key in one.keys() & other.keys():
            first, second = one[key], other[key]
            if key in _LOWER:
                out[key] = max(first, second)
            elif key in _UPPER:
                out[key] = min(first, second)
            elif key == "uniqueItems":
                out[key] = first or second
            elif key == "multipleOf":
                out[key] = _common_multiple(first, second)
            elif key == "x-validations":
                out[key] = [*first, *(rule for rule in second if rule not in first)]
            elif key == "x-media" and first != second:
                if "file" not in (first, second):
                    raise UnsupportedMerge(f"the URL of a file that is {first} and {second}")
                out[key] = second if first == "file" else first
            elif key == "pattern" and first != second:
                self.notes.append(("RC412", "a second pattern is not checked before the call; only the server checks it"))
        types = listed(out["type"])
        if "array" in types:
            out |= self._items(one, other, out)
        if "object" in types:
            out |= self._members(one, other)
        for _low, reason in unsatisfiable_bounds(out):
            raise MergeConflict(reason)
        return out

    def _items(self, one: Schema, other: Schema, out: Schema) -> dict[str, Any]:
        try:
            return {"items": self.merge(one.get("items", {}), other.get("items", {}))}
        except MergeConflict as conflict:
            if out.get("minItems", 0) > 0 or not self._in_union:
                raise MergeConflict(f"no element is valid: {conflict}") from None
            return {"items": {}, "maxItems": 0}

    def _members(self, one: Schema, other: Schema) -> dict[str, Any]:
        """Return the declared, required and additional properties of an object."""
        required = list(dict.fromkeys([*one.get("required", []), *other.get("required", [])]))
        names = dict.fromkeys([*one.get("properties", {}), *other.get("properties", {})])
        properties = {name: self._member(name, one, other, required) for name in names}
        extra = self._extra(one.get("additionalProperties"), other.get("additionalProperties"))
        out: dict[str, Any] = {} if extra is None else {"additionalProperties": extra}
        if "properties" in one or "properties" in other:
            out["properties"] = properties
        if required:
            out["required"] = required
        out = declare_required(out)
        if isinstance(extra, Mapping) and "properties" in out and not any(map(_checks_extra, (one, other))):
            self.notes.append(("RC412", UNCHECKED_EXTRA))
        return out

    def _member(self, name: str, one: Schema, other: Schema, required: list[str]) -> Schema:
        sides = [_property(one, name), _property(other, name)]
        try:
            return self.merge(*sides)
        except MergeConflict as conflict:
            if name in required:
                raise MergeConflict(f'"{name}" is required, but no value is valid for it: {conflict}') from None
            if not self._in_union and NEVER not in sides:
                raise MergeConflict(f'no value is valid for "{name}": {conflict}') from None
            if not self._in_union:
                message = f'"{name}" is omitted, since a part with additionalProperties false does not declare it'
                self.notes.append(("RC417", message))
            return NEVER

    def _extra(self, one: Any, other: Any) -> Any:
        """Return the schema of undeclared properties; None if neither schema specifies it."""
        if one is False or other is False:
            return False
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            try:
                return self.merge(one, other)
            except MergeConflict:
                return False
        return one if isinstance(one, Mapping) else other if isinstance(other, Mapping) else one or other


def branches(schema: Schema) -> list[Schema]:
    """Return the branches of a normalised schema. Except for enums, each has one type: null is a separate branch."""
    if "anyOf" in schema:
        return [inner for branch in schema["anyOf"] for inner in branches(branch)]
    types = listed(schema.get("type", []))
    if len(types) < 2 or "enum" in schema:
        return [schema]
    return [{"type": "null"} if name == "null" else {**schema, "type": name} for name in types]


def join(parts: Iterable[Schema]) -> dict[str, Any]:
    """Return the union of normalised schemas in its normal form."""
    flat = [dict(inner) for part in parts for inner in (part["anyOf"] if part.keys() == {"anyOf"} else [part])]
    unique = [part for index, part in enumerate(flat) if part not in flat[:index]]
    if any(not part.keys() - TEXTS for part in unique):
        return {}
    plain = [part for part in unique if part.get("type") != "null"]
    if len(unique) == 1 or not plain:
        return unique[0]
    if len(plain) == 1 and len(unique) == 2:
        only = plain[0]
        if isinstance(only.get("type"), str) and "enum" not in only:
            return {**only, "type": [only["type"], "null"]}
    return {"anyOf": unique}


def declare_required(schema: dict[str, Any]) -> dict[str, Any]:
    """Declare the required properties of a map, or of an object with `additionalProperties` true."""
    extra, required = schema.get("additionalProperties"), schema.get("required", [])
    known = schema.get("properties", {})
    missing = [name for name in required if name not in known]
    if not missing or not (extra is True or isinstance(extra, Mapping)):
        return schema
    return {**schema, "properties": {**known, **{name: {} if extra is True else dict(extra) for name in missing}}}


def _checks_extra(schema: Schema) -> bool:
    return "properties" in schema and isinstance(schema.get("additionalProperties"), Mapping)


def _property(schema: Schema, name: str) -> Schema:
    """Return the schema of one property, declared or not."""
    if name in schema.get("properties", {}):
        declared: Schema = schema["properties"][name]
        return declared
    extra = schema.get("additionalProperties")
    return NEVER if extra is False else extra if isinstance(extra, Mapping) else {}


def _types(one: str | list[str], other: str | list[str]) -> str | list[str]:
    first, second = listed(one), listed(other)
    common = list(dict.fromkeys(_narrower(a, b) for a in first for b in second if _narrower(a, b)))
    if not common:
        raise MergeConflict(f"no value is both {' or '.join(first)} and {' or '.join(second)}")
    return common[0] if len(common) == 1 else common


def _narrower(one: str, other: str) -> str:
    if one == other:
        return one
    return "integer" if {one, other} == {"integer", "number"} else ""


def _common_multiple(one: float, other: float) -> float:
    """Return the least common multiple of two decimal numbers."""
    first, second = Fraction(str(one)), Fraction(str(other))
    result = Fraction(math.lcm(first.numerator, second.numerator), math.gcd(first.denominator, second.denominator))
    return int(result) if result.denominator == 1 else float(result)


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)

"""The schema of the values that are valid by two normalised schemas: what `allOf` means, and keywords beside a union or a
reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_LOWER: Final = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems"})
_UPPER: Final = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems"})
_TEXTS: Final = frozenset({"description", "default", "examples"})
_PAIRS: Final = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
)
_STRICT_PAIRS: Final = (
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("exclusiveMinimum", "maximum"),
    ("minimum", "exclusiveMaximum"),
)


class MergeConflict(Exception):
    """Two schemas that cannot be merged; the message says why."""


def unsatisfiable_bounds(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the bounds of a normalised schema that no value can meet: the key of the lower one, and what is wrong."""
    for pairs, relation in ((_PAIRS, "above"), (_STRICT_PAIRS, "not below")):
        for low, high in pairs:
            bounds = [schema[key] for key in (low, high) if key in schema]
            if len(bounds) == 2 and (bounds[0] > bounds[1] or (pairs is _STRICT_PAIRS and bounds[0] == bounds[1])):
                yield low, f"{low} {bounds[0]} is {relation} {high} {bounds[1]}"


def merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the intersection of two normalised schemas; texts and defaults of the first win.

    Raises:
        MergeConflict: when nothing is valid by both, or the result cannot be written down.
    """
    for left, right in ((one, other), (other, one)):
        if not left.keys() - _TEXTS:
            return {**right, **left}
        if "anyOf" in left:
            return _merge_union(left, right)
        if "$ref" in left:
            raise MergeConflict("a reference to a recursive schema stands beside other keywords")
    return _merge_plain(one, other)


def disjoint(parts: list[dict[str, Any]]) -> bool:
    """Whether no value can be valid by two of the schemas, as far as types and choices tell."""
    return not any(_overlap(one, other) for index, one in enumerate(parts) for other in parts[:index])


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    try:
        merge(one, other)
    except MergeConflict:
        return False
    return True


def _merge_union(union: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    branches = []
    for branch in union["anyOf"]:
        try:
            branches.append(merge(branch, {key: value for key, value in other.items() if key not in _TEXTS}))
        except MergeConflict:
            continue
    if not branches:
        raise MergeConflict("no branch of the union agrees with the keywords beside it")
    texts = {key: value for source in (other, union) for key, value in source.items() if key in _TEXTS}
    return {**texts, **(branches[0] if len(branches) == 1 else {"anyOf": branches})}


def _merge_plain(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    out = {**other, **one}
    out["type"] = _types(one["type"], other["type"])
    for key in one.keys() & other.keys():
        first, second = one[key], other[key]
        if key in _LOWER:
            out[key] = max(first, second)
        elif key in _UPPER:
            out[key] = min(first, second)
        elif key == "enum":
            out[key] = _common(first, second)
        elif key == "properties":
            out[key] = {**first, **second, **{name: merge(first[name], second[name]) for name in first if name in second}}
        elif key == "required":
            out[key] = [*first, *(name for name in second if name not in first)]
        elif key == "items":
            out[key] = merge(first, second)
        elif key == "uniqueItems":
            out[key] = first or second
        elif key == "additionalProperties":
            out[key] = False if first is False or second is False else first if second is True else second
        elif key in ("pattern", "multipleOf", "x-media") and first != second:
            raise MergeConflict(f'"{key}" is given twice, and differs')
    for _low, why in unsatisfiable_bounds(out):
        raise MergeConflict(why)
    return out


def _types(one: str | list[str], other: str | list[str]) -> str | list[str]:
    first = [one] if isinstance(one, str) else one
    second = [other] if isinstance(other, str) else other
    common = [_narrower(a, b) for a in first for b in second if _narrower(a, b)]
    plain = [name for name in common if name != "null"]
    if not plain:
        raise MergeConflict(f"nothing is both {' or '.join(first)} and {' or '.join(second)}")
    return plain[0] if len(common) == 1 else common


def _narrower(one: str, other: str) -> str:
    if one == other:
        return one
    return "integer" if {one, other} == {"integer", "number"} else ""


def _common(one: list[Any], other: list[Any]) -> list[Any]:
    kept = [value for value in one if any(value == known and type(value) is type(known) for known in other)]
    if not kept:
        raise MergeConflict("the two enums have no value in common")
    return kept

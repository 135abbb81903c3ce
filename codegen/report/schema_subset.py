"""Check whether every value that is valid by one normalised schema is valid by another, with the reasons if not.

A change of an input breaks callers if the old schema is not a subset of the new one. A change of an output breaks callers if the
new schema is not a subset of the old one. A pair of schemas that cannot be compared counts as a breaking change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from codegen.analyse.dialect.finish import resolved
from codegen.analyse.dialect.merge import NEVER, TEXTS, branches
from codegen.analyse.validity import fits
from codegen.values.formats import VALIDATIONS
from codegen.values.model import listed

Schema = Mapping[str, Any]
Reason = tuple[str, str]
"""The path, with class and attribute names, and the text of the change."""

DECLARED: Final = "now declared, with its own type"
_MAX_ENUMERATED: Final = 200
"""Maximum size of an integer range whose values are compared one by one."""


@dataclass(slots=True)
class Narrowing:
    """Find the reasons why values of `inner` are not valid by `outer`. With `reversed`, `outer` is the older schema."""

    inner_root: Schema
    outer_root: Schema
    attribute: Callable[[str], str]
    """Return the attribute of a property."""
    reversed: bool = False
    sent: bool = True
    """True for inputs: only they check URLs of files, and accept no undeclared keyword arguments."""
    _assumed: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of references whose comparison has started; in a recursive schema, such a pair counts as a subset."""

    def reasons(self, inner: Schema, outer: Schema, path: str) -> Iterator[Reason]:
        """Yield the reasons why a value that is valid by `inner` may be invalid by `outer`."""
        pair = (str(inner.get("$ref", "")), str(outer.get("$ref", "")))
        if any(pair):
            if pair in self._assumed:
                return
            self._assumed.add(pair)
        inner, outer = resolved(inner, self._named(self.inner_root)), resolved(outer, self._named(self.outer_root))
        if not outer.keys() - TEXTS or inner == NEVER:
            return
        if not inner.keys() - TEXTS or outer == NEVER:
            yield path, self._now(_words(inner), _words(outer), path)
            return
        for branch in branches(inner):
            yield from self._branch(branch, inner, outer, path)

    def _named(self, root: Schema) -> Schema:
        named: Schema = root.get("$defs", {})
        return named

    def _branch(self, branch: Schema, inner: Schema, outer: Schema, path: str) -> Iterator[Reason]:
        values = _values(branch)
        lost = None if values is None else [value for value in values if not self._fits(value, outer)]
        if lost == []:
            return
        if lost and "enum" in branch:
            listed_values = ", ".join(f"`{value}`" for value in lost)
            yield path, f"enum `{path}` {'gained' if self.reversed else 'lost'} {listed_values}"
        else:
            yield from self._closest(branch, inner, outer, path)

    def _fits(self, value: Any, outer: Schema) -> bool:
        return fits(value, outer, self.outer_root)

    def _closest(self, branch: Schema, inner: Schema, outer: Schema, path: str) -> Iterator[Reason]:
        """Yield the reasons for the branch of the other schema that has the fewest."""
        branch = resolved(branch, self._named(self.inner_root))
        found: list[list[Reason]] = []
        for option in branches(outer):
            meant = resolved(option, self._named(self.outer_root))
            if _compatible(branch, meant):
                assumed = set(self._assumed)
                found.append(list(self._plain(branch, meant, path)))
                if found[-1]:
                    self._assumed = assumed
        if not found:
            yield path, self._now(_words(inner), _words(outer), path)
        elif all(found):
            yield from min(found, key=len)

    def _plain(self, inner: Schema, outer: Schema, path: str) -> Iterator[Reason]:
        """Compare two schemas that have one type each."""
        if "enum" in outer:
            choices = ", ".join(f"`{value}`" for value in outer["enum"])
            yield path, f"`{path}` now accepts any value" if self.reversed else f"`{path}` now accepts only {choices}"
            return
        yield from self._bounds(inner, outer, path)
        match outer["type"]:
            case "array":
                if inner.get("maxItems") != 0:
                    yield from self.reasons(inner.get("items", {}), outer.get("items", {}), f"{path}[]")
            case "object":
                yield from self._members(inner, outer, path)

    def _bounds(self, inner: Schema, outer: Schema, path: str) -> Iterator[Reason]:
        integer = inner.get("type") == "integer"
        checks = [
            (("minimum", "exclusiveMinimum"), _lower(inner, integer) >= _lower(outer, integer)),
            (("maximum", "exclusiveMaximum"), _upper(inner, integer) <= _upper(outer, integer)),
            (("minLength",), inner.get("minLength", 0) >= outer.get("minLength", 0)),
            (("minItems",), inner.get("minItems", 0) >= outer.get("minItems", 0)),
            (("maxLength",), inner.get("maxLength", math.inf) <= outer.get("maxLength", math.inf)),
            (("maxItems",), inner.get("maxItems", math.inf) <= outer.get("maxItems", math.inf)),
            (("pattern",), "pattern" not in outer or inner.get("pattern") == outer["pattern"]),
            (("multipleOf",), _divides(outer.get("multipleOf"), inner.get("multipleOf", 1 if integer else None))),
            (("uniqueItems",), not outer.get("uniqueItems") or inner.get("uniqueItems") or inner.get("maxItems", 2) < 2),
        ]
        for keys, holds in checks:
            if not holds:
                yield path, self._bound(keys, inner, outer, path)
        yield from self._files(inner, outer, path)

    def _bound(self, keys: tuple[str, ...], inner: Schema, outer: Schema, path: str) -> str:
        old, new = (outer, inner) if self.reversed else (inner, outer)
        before, after = (
            next(((key, part[key]) for key in keys if part.get(key) not in (None, False)), None) for part in (old, new)
        )
        if after is None:
            return f"`{path}` no longer has `{before[0]}` (was {before[1]})" if before else f"`{path}` accepts other values"
        if before is None:
            return f"`{path}` now has the `{after[0]}` {after[1]}"
        was = before[1] if before[0] == after[0] else f"{before[0]} {before[1]}"
        return f"the `{after[0]}` of `{path}` is now {after[1]} (was {was})"

    def _files(self, inner: Schema, outer: Schema, path: str) -> Iterator[Reason]:
        """Compare the medium and the limits of the file at a URL."""
        before, after = inner.get("x-media"), outer.get("x-media")
        if self.sent and after is not None and after != before and not (after == "file" and before):
            old, new = (after, before) if self.reversed else (before, after)
            yield path, f"`{path}` is now {_url(new)} (was {_url(old)})"
        for rule in outer.get("x-validations", []):
            known = [one["value"] for one in inner.get("x-validations", []) if one["rule"] == rule["rule"]]
            upper = rule["rule"].endswith("<")
            if not any(value <= rule["value"] if upper else value >= rule["value"] for value in known):
                text = VALIDATIONS[rule["rule"]].format(rule["value"])
                yield path, f"the file of `{path}` {'no longer has' if self.reversed else 'now has'} to be {text}"

    def _members(self, inner: Schema, outer: Schema, path: str) -> Iterator[Reason]:
        names = dict.fromkeys([*inner.get("properties", {}), *outer.get("properties", {})])
        required, had_to = outer.get("required", []), inner.get("required", [])
        for name in names:
            place = f"{path}.{self.attribute(name)}"
            before, after = _member(inner, name), _member(outer, name)
            if name in required and name not in had_to:
                known = name in inner.get("properties", {})
                now = "now optional" if self.reversed else "now required"
                yield place, f"`{place}` {f'is {now}' if known else 'was removed' if self.reversed else 'is new and required'}"
            if name not in outer.get("properties", {}):
                yield from self._undeclared(before, after, place)
            elif name not in inner.get("properties", {}) and before != NEVER:
                yield from self._declared(before, after, place)
            else:
                yield from self.reasons(before, after, place)
        extra, allowed = _extra(inner), _extra(outer)
        if extra != NEVER and allowed == NEVER:
            yield path, f"`{path}` {'now accepts' if self.reversed else 'no longer accepts'} additional properties"
        elif extra != NEVER:
            yield from self.reasons(extra, allowed, f"{path}[*]")

    def _undeclared(self, before: Schema, after: Schema, place: str) -> Iterator[Reason]:
        """Compare a property that the outer schema does not declare."""
        if after == NEVER or self.sent:
            yield place, f"`{place}` {'is new' if self.reversed else 'was removed'}"
        else:
            yield from self.reasons(before, after, place)

    def _declared(self, before: Schema, after: Schema, place: str) -> Iterator[Reason]:
        """Compare a property that only the outer schema declares, if the inner one allows additional properties."""
        if not self.sent:
            yield place, f"`{place}` {'was removed' if self.reversed else 'is new'}"
        elif next(self.reasons(before, after, place), None) and not self.reversed:
            yield place, f"`{place}` is {DECLARED}"

    def _now(self, inner: str, outer: str, path: str) -> str:
        old, new = (outer, inner) if self.reversed else (inner, outer)
        return f"`{path}` is now {new} (was {old})" if old != new else f"`{path}` now accepts another kind of {new}"


def _member(schema: Schema, name: str) -> Schema:
    declared: Schema | None = schema.get("properties", {}).get(name)
    return _extra(schema) if declared is None else declared


def _extra(schema: Schema) -> Schema:
    """Return the schema of undeclared properties."""
    extra = schema.get("additionalProperties", True)
    return NEVER if extra is False else extra if isinstance(extra, Mapping) else {}


def _values(schema: Schema) -> list[Any] | None:
    """Return all values of a schema, or None if they are unknown or too many."""
    if "enum" in schema:
        values: list[Any] = schema["enum"]
        return values
    if schema.get("type") == "boolean":
        return [False, True]
    if schema.get("type") == "null":
        return [None]
    low, high = _lower(schema, True), _upper(schema, True)
    if schema.get("type") == "integer" and high[0] - low[0] < _MAX_ENUMERATED:
        whole = range(int(low[0]), int(high[0]) + 1)
        return [value for value in whole if fits(value, schema, {})]
    return None


def _lower(schema: Schema, integer: bool) -> tuple[float, bool]:
    """Return the lower end of a range, to be compared: its number, and whether it is excluded."""
    ends = [(schema["minimum"], False)] if "minimum" in schema else []
    ends += [(schema["exclusiveMinimum"], True)] if "exclusiveMinimum" in schema else []
    low, strict = max(ends, default=(-math.inf, False))
    if not integer or low == -math.inf:
        return low, strict
    return (math.floor(low) + 1 if strict else math.ceil(low)), False


def _upper(schema: Schema, integer: bool) -> tuple[float, bool]:
    """Return the upper end of a range, to be compared: its number, and whether it is included."""
    ends = [(schema["maximum"], True)] if "maximum" in schema else []
    ends += [(schema["exclusiveMaximum"], False)] if "exclusiveMaximum" in schema else []
    high, included = min(ends, default=(math.inf, True))
    if not integer or high == math.inf:
        return high, included
    return (math.floor(high) if included else math.ceil(high) - 1), True


def _divides(step: float | None, other: float | None) -> bool:
    """Return True if every multiple of `other` is a multiple of `step`."""
    if step is None:
        return True
    return other is not None and (Fraction(str(other)) / Fraction(str(step))).denominator == 1


def _compatible(inner: Schema, outer: Schema) -> bool:
    types, others = listed(inner.get("type", [])), listed(outer.get("type", []))
    return bool(set(types) & set(others)) or ("integer" in types and "number" in others)


def _url(medium: str | None) -> str:
    if medium is None:
        return "any string"
    return "the URL of a file" if medium == "file" else f"the URL of {'a' if medium == 'video' else 'an'} {medium}"


def _words(schema: Schema) -> str:
    """Return the types of a schema as text."""
    if schema == NEVER:
        return "nothing"
    names = {name for branch in branches(schema) for name in (listed(branch["type"]) if "type" in branch else ["object"])}
    return " or ".join(sorted(names)) if schema.keys() - TEXTS else "any JSON"

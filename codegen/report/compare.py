"""What a change of schemas means to those who call the client: what breaks, what is new, what only reads differently.

It compares the schema documents that ship in the client, before and after, and speaks of classes and attributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from codegen.values.names import attributes
from codegen.values.pricewords import price_summary


class Impact(StrEnum):
    """How much a change matters to a caller."""

    BREAKING = "breaking"
    """Code that worked may be refused, or no longer type-check."""
    ADDITIVE = "additive"
    """More is possible, or the server behaves otherwise by default; code that worked still does."""
    PRICE = "price"
    """What a call costs."""
    COSMETIC = "cosmetic"
    """Texts and samples."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change, in the words of a caller."""

    weight: Impact
    model_id: str
    text: str


Document = Mapping[str, Any]
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_OTHER: Final = ("pattern", "multipleOf", "uniqueItems", "x-media")
_TEXTS: Final = ("display_name", "description", "categories", "kind")
_ORDER: Final = {weight: number for number, weight in enumerate(Impact)}


def compare(before: Mapping[str, Document], after: Mapping[str, Document]) -> list[Change]:
    """Return the changes between two sets of documents, by model id; the weightiest first."""
    found: list[Change] = []
    for model_id in sorted(before.keys() | after.keys()):
        old, new = before.get(model_id), after.get(model_id)
        if old is not None and new is None:
            found.append(Change(Impact.BREAKING, model_id, f"`{old['class_name']}` is gone"))
        elif old is None and new is not None:
            found.append(Change(Impact.ADDITIVE, model_id, f"`{new['class_name']}` is new"))
        elif old is not None and new is not None:
            found += (Change(weight, model_id, text) for weight, text in _model(old, new))
    return sorted(found, key=lambda change: (_ORDER[change.weight], change.model_id))


Found = Iterator[tuple[Impact, str]]


def _model(old: Document, new: Document) -> Found:
    name = new["class_name"]
    if old["class_name"] != name:
        yield Impact.BREAKING, f"`{old['class_name']}` is now called `{name}`"
    sent = _Comparison(old["input_schema"], new["input_schema"], sent=True)
    yield from sent.schemas(old["input_schema"], new["input_schema"], name)
    yield from _rules(old["input_schema"].get("x-rules", []), new["input_schema"].get("x-rules", []), name)
    if old["output_schema"] != new["output_schema"]:
        before, after = old["output_schema"] or {}, new["output_schema"] or {}
        yield from _Comparison(before, after, sent=False).schemas(before, after, f"{name}Output")
    yield from _prices(old, new, name)
    if old.get("retired") != new.get("retired"):
        retired = new.get("retired")
        yield Impact.ADDITIVE, f"`{name}` is {f'retired since {retired}' if retired else 'listed in the catalog again'}"
    for key in _TEXTS:
        if old[key] != new[key]:
            yield Impact.COSMETIC, f"the {key.replace('_', ' ')} of `{name}` reads differently"


def _prices(old: Document, new: Document, name: str) -> Found:
    before, after = price_summary(old), price_summary(new)
    if before != after:
        yield Impact.PRICE, f"the price of `{name}` is {after or 'not published'} now (was {before or 'not published'})"
    elif old.get("price_table") != new.get("price_table"):
        yield Impact.PRICE, f"the price table of `{name}` has changed"
    if old.get("pricing_note") != new.get("pricing_note"):
        yield Impact.PRICE, f"the pricing note of `{name}` reads differently"


def _rules(old: list[Any], new: list[Any], name: str) -> Found:
    for rule in new:
        if rule not in old:
            yield Impact.BREAKING, f"`{name}` has to keep a new rule: {_rule_text(rule)}"
    for rule in old:
        if rule not in new:
            yield Impact.ADDITIVE, f"`{name}` no longer has to keep the rule: {_rule_text(rule)}"


def _rule_text(rule: Mapping[str, Any]) -> str:
    return f"{rule['kind'].replace('_', ' ')} ({', '.join(f'{key} `{value}`' for key, value in rule.items() if key != 'kind')})"


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One comparison of two normalised schemas. What is received (`sent` is False) only breaks where something goes or changes."""

    old_root: Document
    new_root: Document
    sent: bool
    compared: set[tuple[str | None, str | None]] = field(default_factory=set)
    """The pairs of references that were followed: what refers to itself is compared once."""

    def schemas(self, old: Document, new: Document, path: str) -> Found:
        """Compare two schemas that stand at the same place."""
        if old.get("description") != new.get("description"):
            yield Impact.COSMETIC, f"the description of `{path}` reads differently"
        pair = (old.get("$ref"), new.get("$ref"))
        if pair in self.compared:
            return
        if any(pair):
            self.compared.add(pair)
        old, new = _meant(old, self.old_root), _meant(new, self.new_root)
        if _kind(old) != _kind(new):
            wider = self.sent and set(_kind(old)) < set(_kind(new))
            yield (Impact.ADDITIVE if wider else Impact.BREAKING), f"`{path}` is now {_words(new)} (was {_words(old)})"
            return
        if old.get("default") != new.get("default") and self.sent:
            now, then = new.get("default", "not documented"), old.get("default", "not documented")
            yield Impact.ADDITIVE, f"server default of `{path}`: `{now}` (was `{then}`)"
        yield from self._choices(old.get("enum"), new.get("enum"), path)
        if self.sent:
            yield from self._bounds(old, new, path)
        yield from self._inside(old, new, path)

    def _choices(self, old: list[Any] | None, new: list[Any] | None, path: str) -> Found:
        if old is None and new is not None:
            yield self._narrower(), f"`{path}` takes only {', '.join(f'`{value}`' for value in new)} now"
        elif new is None and old is not None:
            yield self._wider(), f"`{path}` takes any value now"
        elif old is not None and new is not None:
            lost, gained = _without(old, new), _without(new, old)
            if lost:
                yield self._narrower(), f"enum `{path}` lost {', '.join(f'`{value}`' for value in lost)}"
            if gained:
                yield self._wider(), f"enum `{path}` gained {', '.join(f'`{value}`' for value in gained)}"

    def _bounds(self, old: Document, new: Document, path: str) -> Found:
        for key in (*_LOWER, *_UPPER, *_OTHER):
            before, after = old.get(key), new.get(key)
            if before == after:
                continue
            if after is None:
                yield Impact.ADDITIVE, f"`{path}` has no `{key}` any more (was {before})"
            elif before is None:
                yield Impact.BREAKING, f"`{path}` has a `{key}` of {after} now"
            else:
                tighter = after > before if key in _LOWER else after < before if key in _UPPER else True
                yield (Impact.BREAKING if tighter else Impact.ADDITIVE), f"the `{key}` of `{path}` is now {after} (was {before})"

    def _inside(self, old: Document, new: Document, path: str) -> Found:
        yield from self._properties(old, new, path)
        if isinstance(old.get("items"), Mapping) and isinstance(new.get("items"), Mapping):
            yield from self.schemas(old["items"], new["items"], f"{path}[]")
        for number, (one, other) in enumerate(zip(old.get("anyOf", []), new.get("anyOf", []), strict=False), 1):
            yield from self.schemas(one, other, f"{path} (option {number})")

    def _properties(self, old: Document, new: Document, path: str) -> Found:
        before, after = old.get("properties", {}), new.get("properties", {})
        old_names, new_names = attributes(before), attributes(after)
        for wire in (name for name in before if name not in after):
            yield Impact.BREAKING, f"`{path}.{old_names[wire]}` is gone"
        for wire, child in after.items():
            attribute = f"{path}.{new_names[wire]}"
            must, had_to = wire in new.get("required", []), wire in old.get("required", [])
            if wire not in before:
                breaks = must and self.sent
                yield (Impact.BREAKING if breaks else Impact.ADDITIVE), f"`{attribute}` is new{' and required' if breaks else ''}"
                continue
            if old_names[wire] != new_names[wire]:
                yield Impact.BREAKING, f"`{path}.{old_names[wire]}` is now called `{new_names[wire]}`"
            if must != had_to:
                breaks = must is self.sent
                yield (Impact.BREAKING if breaks else Impact.ADDITIVE), f"`{attribute}` is now {'required' if must else 'optional'}"
            yield from self.schemas(before[wire], child, attribute)

    def _narrower(self) -> Impact:
        return Impact.BREAKING if self.sent else Impact.ADDITIVE

    def _wider(self) -> Impact:
        return Impact.ADDITIVE if self.sent else Impact.BREAKING


def _meant(schema: Document, root: Document) -> Document:
    return root.get("$defs", {}).get(schema["$ref"].rpartition("/")[2], {}) if "$ref" in schema else schema


def _kind(schema: Document) -> tuple[str, ...]:
    if "anyOf" in schema:
        return tuple(sorted({name for branch in schema["anyOf"] for name in _kind(branch)}))
    types = schema.get("type", ["any JSON"])
    return tuple(sorted([types] if isinstance(types, str) else types))


def _without(values: list[Any], others: list[Any]) -> list[Any]:
    known = {repr(value) for value in others}  # told apart by type, too
    return [value for value in values if repr(value) not in known]


def _words(schema: Document) -> str:
    return " or ".join(_kind(schema))

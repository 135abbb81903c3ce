"""Report what a change of the schemas means for callers of the client: breaking, additive, price and cosmetic changes.

The comparison is between the schema documents in the client, before and after. Its texts name classes and attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from codegen.analyse.dialect.finish import resolved
from codegen.analyse.outputs import output_object
from codegen.report.schema_subset import DECLARED, Narrowing, Schema
from codegen.values.model import ObjectType, object_types, schema_at
from codegen.values.names import NameLock, attributes, object_classes, shipped_attributes
from codegen.values.price_text import price_summary


class Impact(StrEnum):
    """How much a change matters to a caller."""

    BREAKING = "breaking"
    """Existing code may raise `InvalidInput`, or fail type checks."""
    ADDITIVE = "additive"
    """More inputs or values are valid, or a server default has changed; existing code still works."""
    PRICE = "price"
    """The price of a call has changed."""
    COSMETIC = "cosmetic"
    """Only texts and samples have changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change, described for callers."""

    impact: Impact
    model_id: str
    text: str


Document = Mapping[str, Any]
_NO_NAMES: Final = NameLock({})
_MAX_DEPTH: Final = 20
"""Maximum depth to which descriptions and defaults are compared."""
_TEXTS: Final = ("display_name", "description", "categories", "kind")
_ORDER: Final = {impact: number for number, impact in enumerate(Impact)}


def compare(before: Mapping[str, Document], after: Mapping[str, Document], lock: NameLock = _NO_NAMES) -> list[Change]:
    """Return the changes between two sets of documents, sorted by impact, breaking first, and by model id.

    `lock` contains the released names.
    """
    changes: list[Change] = []
    for model_id in sorted(before.keys() | after.keys()):
        old, new = before.get(model_id), after.get(model_id)
        if old is not None and new is None:
            changes.append(Change(Impact.BREAKING, model_id, f"`{old['class_name']}` was removed"))
        elif old is None and new is not None:
            changes.append(Change(Impact.ADDITIVE, model_id, f"`{new['class_name']}` is new"))
        elif old is not None and new is not None:
            changes += (Change(impact, model_id, text) for impact, text in _model(old, new, lock))
    return sorted(changes, key=lambda change: (_ORDER[change.impact], change.model_id))


_Changes = Iterator[tuple[Impact, str]]


def _model(old: Document, new: Document, lock: NameLock) -> _Changes:
    name = new["class_name"]
    if old["class_name"] != name:
        yield Impact.BREAKING, f"`{old['class_name']}` was renamed to `{name}`"
    renamed, attribute = _names(old, new, lock)
    yield from renamed
    yield from _branches(old, new, lock, attribute)
    yield from _schemas(old["input_schema"], new["input_schema"], name, sent=True, attribute=attribute)
    yield from _rules(old["input_schema"].get("x-rules", []), new["input_schema"].get("x-rules", []), name)
    if old["output_schema"] != new["output_schema"]:
        before, after = (output_object(document["output_schema"] or {}) for document in (old, new))
        yield from _schemas(before, after, f"{name}Output", sent=False, attribute=attribute)
    yield from _prices(old, new, name)
    if old.get("retired") != new.get("retired"):
        retired = new.get("retired")
        yield Impact.ADDITIVE, f"`{name}` is {f'retired since {retired}' if retired else 'listed in the catalog again'}"
    for key in _TEXTS:
        if old[key] != new[key]:
            yield Impact.COSMETIC, f"the {key.replace('_', ' ')} of `{name}` has changed"


def _prices(old: Document, new: Document, name: str) -> _Changes:
    before, after = price_summary(old), price_summary(new)
    if before != after:
        yield Impact.PRICE, f"the price of `{name}` is now {after or 'not published'} (was {before or 'not published'})"
    elif old.get("price_table") != new.get("price_table"):
        yield Impact.PRICE, f"the price table of `{name}` has changed"
    if old.get("pricing_note") != new.get("pricing_note"):
        yield Impact.PRICE, f"the pricing note of `{name}` has changed"


def _rules(old: list[Any], new: list[Any], name: str) -> _Changes:
    for rule in new:
        if rule not in old:
            yield Impact.BREAKING, f"`{name}` has a new rule: {_rule_text(rule)}"
    for rule in old:
        if rule not in new:
            yield Impact.ADDITIVE, f"`{name}` no longer has the rule: {_rule_text(rule)}"


def _rule_text(rule: Mapping[str, Any]) -> str:
    return f"{rule['kind'].replace('_', ' ')} ({', '.join(f'{key} `{value}`' for key, value in rule.items() if key != 'kind')})"


def _schemas(old: Schema, new: Schema, path: str, *, sent: bool, attribute: Callable[[str], str]) -> _Changes:
    """Compare two normalised schemas. Inputs break callers if they become narrower, outputs if they become wider."""
    lost = Narrowing(old, new, attribute, sent=sent).reasons(old, new, path)
    gained = Narrowing(new, old, attribute, reversed=True, sent=sent).reasons(new, old, path)
    harmful, harmless = (lost, gained) if sent else (gained, lost)
    breaking = dict.fromkeys(harmful)
    yield from ((Impact.BREAKING, text) for _place, text in breaking)
    texts = {text for _place, text in breaking}
    reported = {place for place, text in breaking if text.endswith(("is new and required", DECLARED))}
    yield from ((Impact.ADDITIVE, text) for place, text in dict.fromkeys(harmless) if text not in texts and place not in reported)
    yield from _texts(old, new, path, sent=sent, attribute=attribute, roots=(old, new))


def _texts(
    old: Schema,
    new: Schema,
    path: str,
    *,
    sent: bool,
    attribute: Callable[[str], str],
    roots: tuple[Schema, Schema],
    depth: int = 0,
) -> _Changes:
    """Compare the descriptions and defaults of two schemas where both have the same structure."""
    if old.get("description") != new.get("description"):
        yield Impact.COSMETIC, f"the description of `{path}` has changed"
    now, then = new.get("default", "not documented"), old.get("default", "not documented")
    if sent and repr(now) != repr(then):
        yield Impact.ADDITIVE, f"server default of `{path}`: `{now}` (was `{then}`)"
    if depth > _MAX_DEPTH or ("$ref" in old and "$ref" in new and depth > 1):
        return
    old, new = resolved(old, roots[0].get("$defs", {})), resolved(new, roots[1].get("$defs", {}))
    pairs = [
        (old["properties"][name], child, f"{path}.{attribute(name)}")
        for name, child in new.get("properties", {}).items()
        if name in old.get("properties", {})
    ]
    if isinstance(old.get("items"), Mapping) and isinstance(new.get("items"), Mapping):
        pairs.append((old["items"], new["items"], f"{path}[]"))
    for before, after, place in pairs:
        yield from _texts(before, after, place, sent=sent, attribute=attribute, roots=roots, depth=depth + 1)


def _names(old: Document, new: Document, lock: NameLock) -> tuple[list[tuple[Impact, str]], Callable[[str], str]]:
    """Return the changes of class and attribute names, and a function from a property to its current attribute."""
    model_id = new["model_id"]
    kept = lock.classes.get(model_id, {})
    before, after = (_objects(document) for document in (old, new))
    old_classes = object_classes(old["class_name"], before, kept)
    new_classes = object_classes(new["class_name"], after, kept)
    changes = [
        (Impact.BREAKING, f"the class `{name}` was removed")
        for role, name in old_classes.items()
        if name not in new_classes.values() and role not in (("input",), ("output",))
    ]
    shipped = [shipped_attributes(of, classes, lock, model_id) for of, classes in ((before, old_classes), (after, new_classes))]
    current: dict[str, str] = {}
    by_class = {old_classes[item.role]: item for item in before}
    for item in after:
        keys = [field.name for field in item.fields]
        now = attributes(keys, new_classes.values(), shipped=shipped[1][item.role])
        current |= now
        earlier = by_class.get(new_classes[item.role])
        if earlier is None:
            continue
        names = [field.name for field in earlier.fields]
        then = attributes(names, old_classes.values(), shipped=shipped[0][earlier.role])
        current |= {key: name for key, name in then.items() if key not in current}
        path = _path(item, new["class_name"], current)
        changes += [
            (Impact.BREAKING, f"`{path}.{then[key]}` was renamed to `{now[key]}`")
            for key in keys
            if key in then and then[key] != now[key]
        ]
    return changes, lambda key: current.get(key, key)


def _branches(old: Document, new: Document, lock: NameLock, attribute: Callable[[str], str]) -> _Changes:
    """Return the breaking changes of each class of a union, even if the union as a whole still accepts the same values."""
    kept = lock.classes.get(new["model_id"], {})
    by_class = {name: role for role, name in object_classes(old["class_name"], _objects(old), kept).items()}
    for role, name in object_classes(new["class_name"], _objects(new), kept).items():
        earlier = by_class.get(name)
        if earlier is None or earlier[0] != role[0] or not any(step.startswith("option") for step in role[1:]):
            continue
        sent = role[0] == "input"
        was, now = _root(old, sent=sent), _root(new, sent=sent)
        inner, outer = (was, now) if sent else (now, was)
        steps = (earlier, role) if sent else (role, earlier)
        search = Narrowing(inner, outer, attribute, reversed=not sent, sent=sent)
        lost = search.reasons(schema_at(inner, steps[0]), schema_at(outer, steps[1]), name)
        yield from ((Impact.BREAKING, text) for _place, text in dict.fromkeys(lost))


def _root(document: Document, *, sent: bool) -> Schema:
    root: Schema = document["input_schema"] if sent else output_object(document["output_schema"] or {})
    return root


def _objects(document: Document) -> tuple[ObjectType, ...]:
    output = document["output_schema"]
    sent = object_types(document["input_schema"], "input")
    return sent + (object_types(output_object(output), "output") if output else ())


def _path(item: ObjectType, class_name: str, current: Mapping[str, str]) -> str:
    path = f"{class_name}Output" if item.side == "output" else class_name
    for step in item.role[1:]:
        path += "[]" if step == "item" else "" if step == "$defs" else f".{current.get(step, step)}"
    return path

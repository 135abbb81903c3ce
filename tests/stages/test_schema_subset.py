"""For any change, a breaking one is reported as breaking; on small domains, no other one is."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from codegen.analyse.dialect import normalise
from codegen.report.compare import Impact, compare
from codegen.values.diagnostics import Place, Report
from tests.agreement.composed_schemas import Composer, Values

SEEDS = 700
SMALL = 400
Schema = dict[str, Any]


def document(schema: Schema, *, sent: bool) -> dict[str, Any] | None:
    """Return the released document for an input or output schema; None if it cannot be built."""
    report = Report()
    normal = normalise(schema, "", closed=sent, place=lambda pointer: Place("schema.json", pointer), report=report)
    if report.failed:
        return None
    texts: dict[str, Any] = {"display_name": "", "description": "", "categories": [], "kind": None}
    nothing = {"type": "object", "properties": {}, "additionalProperties": False}
    schemas = {"input_schema": normal if sent else nothing, "output_schema": None if sent else normal}
    return {"model_id": "acme/m", "class_name": "M", **texts, **schemas}


def verdict(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[Impact, str]]:
    return [(change.impact, change.text) for change in compare({"acme/m": old}, {"acme/m": new})]


def schemas_in(schema: Any) -> Iterator[Schema]:
    """Yield every schema in a schema, including itself."""
    if isinstance(schema, dict):
        yield schema
        for key in ("properties", "$defs"):
            for child in schema.get(key, {}).values():
                yield from schemas_in(child)
        for key in ("items", "additionalProperties"):
            yield from schemas_in(schema.get(key))
        for key in ("allOf", "anyOf", "oneOf"):
            for child in schema.get(key, []):
                yield from schemas_in(child)


def edited(schema: Schema, random: Random, composer: Composer) -> Schema:
    """Return the schema with one or two changes at any depth."""
    out = copy.deepcopy(schema)
    for _ in range(random.randint(1, 2)):
        at = random.choice(
            [one for one in schemas_in({"properties": out["properties"]}) if "properties" not in one or "type" in one]
        )
        match random.randrange(7):
            case 0:
                replacement = composer.typed_schema(1)
                at.clear()
                at.update(replacement)
            case 1 if at.keys() - {"type", "items", "$ref"}:
                del at[random.choice(sorted(at.keys() - {"type", "items", "$ref"}))]
            case 2:
                at.update(composer.bounds(random.choice(["integer", "string", "array"])))
            case 3 if "enum" in at:
                at["enum"] = random.sample(at["enum"], max(1, len(at["enum"]) - 1))
            case 4 if "enum" in at:
                at["enum"] = [*at["enum"], "new"]
            case 5 if at.get("properties"):
                name = random.choice(sorted(at["properties"]))
                at["required"] = [name] if random.random() < 0.5 else []
                if random.random() < 0.4:
                    at["properties"]["fresh"] = composer.scalar(1)
            case 6:
                for key in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"):
                    if key in at:
                        at[key] += random.choice([-1, 1])
            case _:
                at["nullable"] = not at.get("nullable", False)
    return out


def one_property(schema: Schema, seed: int) -> Schema:
    """Return the schema with only one of its properties, so that an invalid value does not hide another."""
    name = sorted(schema["properties"])[seed % len(schema["properties"])]
    return {**schema, "properties": {name: schema["properties"][name]}, "required": [name]}


def validator(schema: Schema) -> Draft202012Validator:
    return Draft202012Validator(schema)


@pytest.mark.parametrize("sent", [True, False])
def test_every_breaking_change_is_reported_as_breaking(sent: bool) -> None:
    broken = 0
    for seed in range(SEEDS):
        composer, random = Composer(seed), Random(seed)
        before = one_property(composer.model(), seed)
        after = edited(before, random, composer)
        old, new = document(before, sent=sent), document(after, sent=sent)
        if old is None or new is None:
            continue
        key = "input_schema" if sent else "output_schema"
        was, now = (old, new) if sent else (new, old)
        accepted, refused = validator(was[key]), validator(now[key])
        [name] = before["properties"]
        makers = [(Values(root, seed), root["properties"][name]) for root in (before, after)]
        bodies = [{name: maker.any(child)} for maker, child in makers * 12]
        lost = next((body for body in bodies if accepted.is_valid(body) and not refused.is_valid(body)), None)
        if lost is not None:
            broken += 1
            found = verdict(old, new)
            assert any(weight is Impact.BREAKING for weight, _text in found), f"{json.dumps([before, after])}\n{lost}\n{found}"
    assert broken > SEEDS / 12


POOL: list[Any] = ["a", "b", 0, 1, 2, 3, 0.5, True, False, None]
DOMAIN: list[Any] = [
    *POOL,
    *([*items] for size in range(3) for items in itertools.product(POOL, repeat=size)),
    *(dict(zip("pq", items, strict=True)) for items in itertools.product(POOL, repeat=2)),
    *({name: value} for name in "pqr" for value in POOL),
    {},
]


class SmallSchemas:
    """Creates random schemas whose differences all show within `DOMAIN`."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def scalar(self) -> Schema:
        choose = self.random.choice
        low, high = sorted(self.random.sample(range(4), 2))
        return choose(
            [
                {"type": "boolean"},
                {"type": "integer", "minimum": low, "maximum": high},
                {"type": "integer", "exclusiveMinimum": low - 1, "exclusiveMaximum": high + 0.5},
                {"type": "string", "enum": choose([["a"], ["a", "b"], ["b", "a"]])},
                {"enum": choose([[True, False], [0, 1], ["a", 1], [True]])},
                {"type": ["boolean", "null"]},
                {"anyOf": [{"type": "string", "enum": ["b"]}, {"type": "integer", "minimum": low, "maximum": high}]},
            ]
        )

    def any(self) -> Schema:
        match self.random.randrange(4):
            case 0:
                bounds = {key: self.random.randint(low, low + 1) for key, low in (("minItems", 0), ("maxItems", 1))}
                return {"type": "array", "items": self.scalar(), **bounds}
            case 1:
                names = self.random.sample("pq", self.random.randint(1, 2))
                return {
                    "type": "object",
                    "properties": {name: self.scalar() for name in names},
                    "required": self.random.sample(names, self.random.randint(0, len(names))),
                    "additionalProperties": False,
                }
        return self.scalar()


def classes(document: dict[str, Any]) -> int:
    return json.dumps(document).count('"properties"')


@cache  # many of the schemas are the same
def accepted_values(schema: str) -> frozenset[int]:
    """Return the indices of the values of `DOMAIN` that a schema accepts for `x`."""
    schema_validator = validator(json.loads(schema))
    return frozenset(index for index, value in enumerate(DOMAIN) if schema_validator.is_valid({"x": value}))


def test_on_small_domains_only_breaking_changes_are_reported_as_breaking() -> None:
    """A change that keeps all values and names is not breaking."""
    harmless = 0
    for seed in range(SMALL):
        small = SmallSchemas(seed)
        first = small.any()
        second = small.any() if seed % 2 else {**first, **small.random.choice([{"description": "x"}, {"nullable": True}])}
        old, new = (document({"type": "object", "properties": {"x": one}}, sent=True) for one in (first, second))
        assert old and new
        accepted = [accepted_values(json.dumps(one["input_schema"])) for one in (old, new)]
        before, after = ({*one["input_schema"]["properties"]["x"].get("properties", {})} for one in (old, new))
        found = verdict(old, new)
        breaking = [text for weight, text in found if weight is Impact.BREAKING]
        if accepted[0] <= accepted[1] and before <= after and classes(old) <= classes(new):
            harmless += 1
            assert not breaking, f"{first}\n{second}\n{found}"
        elif not accepted[0] <= accepted[1]:
            assert breaking, f"{first}\n{second}\n{found}"
    assert harmless > SMALL / 5

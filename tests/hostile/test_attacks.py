"""Attacks with more than one string: names that collide with generated ones, schemas that expand too much, recursive schemas."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from codegen import pipeline
from codegen.analyse.checks import MAX_BODY
from codegen.emit import views
from codegen.read.name_lock import read_lock
from codegen.read.sources import Sources
from codegen.values import names
from codegen.values.diagnostics import Place, Report
from tests.hostile.module_checks import TEMPLATES, assert_module_matches, build_models, imported
from tests.hostile.random_models import document as random_document

TEXT: dict[str, Any] = {"type": "string"}
LONG = "x" * 80


def objects(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **more}


def document(schema: dict[str, Any], model_id: str = "acme/tree", **more: Any) -> dict[str, Any]:
    return {"model_id": model_id, "input_schema": schema, **more}


def errors(item: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Return the code and pointer of each error of a document."""
    report = Report()
    schemas = {f"models/{item['model_id']}.json": json.dumps(item).encode()}
    pipeline.build(Sources(schemas=schemas, folder="schemas", templates=TEMPLATES), report)
    return [(found.code, found.place.pointer) for found in report if found.severity == "error"]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def chain(length: int) -> dict[str, Any]:
    named = {f"A{number}": objects({"n": {"$ref": f"#/$defs/A{number + 1}"}}) for number in range(length)}
    return objects({"a": {"$ref": "#/$defs/A0"}}, **{"$defs": {**named, f"A{length}": objects({"x": TEXT})}})


def billion_laughs(levels: int) -> dict[str, Any]:
    """Return a schema in which each level refers twice to the next."""
    named = {}
    for number in range(levels):
        below = {"$ref": f"#/$defs/A{number + 1}"}
        named[f"A{number}"] = objects({"n": below, "m": below}, required=["n", "m"])
    last = {f"A{levels}": objects({"x": TEXT}, required=["x"])}
    return objects({"a": {"$ref": "#/$defs/A0"}}, required=["a"], **{"$defs": {**named, **last}})


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


NEXT = {"$ref": "#/$defs/N"}
SAFE: dict[str, dict[str, Any]] = {
    "three names foreseen": document(
        objects({"foo-bar": TEXT, "foo_bar": TEXT, "foo_x2d_bar": TEXT, f"foo_bar_{digest('foo-bar')}": TEXT})
    ),
    "a class foreseen": document(
        objects({"a": objects({"x": TEXT}), "A": objects({"y": TEXT}), f"A_{digest('input/a')}": objects({"z": TEXT})})
    ),
    "an input called as a class": document(
        objects({"child": objects({"a": TEXT}), "TreeChild": {"type": "integer", "default": 3}})
    ),
    "an input called as what pydantic reads": document(objects({"Config": {"type": "string", "default": "x"}})),
    "an input called as the attribute of another": document(
        objects({LONG: {"type": "integer"}, f"{'x' * 60}_{digest(LONG)}": TEXT, f"{'x' * 51}_{digest(LONG)}": TEXT})
    ),
    "two homes of definitions": document(
        objects(
            {"a": {"$ref": "#/$defs/N"}, "b": {"$ref": "#/definitions/N"}},
            **{"$defs": {"N": objects({"one": TEXT})}, "definitions": {"N": objects({"two": TEXT})}},
        )
    ),
    "an end that null makes": document(
        objects(
            {"a": NEXT}, required=["a"], **{"$defs": {"N": objects({"n": {"anyOf": [NEXT, {"type": "null"}]}}, required=["n"])}}
        )
    ),
    "an end that an empty list makes": document(
        objects({"a": NEXT}, required=["a"], **{"$defs": {"N": objects({"n": {"type": "array", "items": NEXT}}, required=["n"])}})
    ),
    "a deep default": document(objects({"a": {"type": "object", "default": deep(110)}})),
    "a deep choice": document(objects({"a": {"enum": [deep(110), 1]}})),
    "numbers at the end of what there is": document(
        objects({"a": {"type": "number", "minimum": 10**308, "multipleOf": 0.1}, "b": {"type": "number", "maximum": 5e-324}})
    ),
    "a whole number with an exponent": document(objects({"a": {"type": "integer", "default": 1e1}}, required=["a"])),
}


@pytest.mark.parametrize("attack", SAFE)
def test_an_attack_becomes_safe_code(attack: str) -> None:
    (made,) = build_models([SAFE[attack]]).values()
    assert_module_matches(SAFE[attack], made)


UNSAFE: dict[str, tuple[dict[str, Any], str, str]] = {
    "a long chain of references": (chain(300), "RC401", "/$defs"),
    "an object that always needs another": (
        objects({"a": NEXT}, required=["a"], **{"$defs": {"N": objects({"n": NEXT}, required=["n"])}}),
        "RC503",
        "/$defs/N",
    ),
    "two of two of two": (billion_laughs(17), "RC504", ""),
    "a text without an end": (objects({"a": {"type": "string", "minLength": 10**12}}, required=["a"]), "RC504", ""),
    "a list without an end": (objects({"a": {"type": "array", "items": TEXT, "minItems": 10**9}}, required=["a"]), "RC504", ""),
    "a flood of names": (objects({"a": TEXT}, required=[f"b{number}" for number in range(100_000)]), "RC504", "/required"),
    "a flood of keywords": (objects({"a": {**TEXT, **{f"word{number}": 1 for number in range(50_000)}}}), "RC411", "/properties/a"),
    "a choice that only null is": (objects({"a": {"type": ["string", "null"], "enum": [None]}}), "RC406", "/properties/a/enum"),
    "bounds that meet nowhere, in two parts": (
        objects({"a": {"allOf": [{"type": "integer", "minimum": 3}, {"type": "integer", "maximum": 2}]}}),
        "RC413",
        "/properties/a/allOf",
    ),
    "a huge choice": (objects({"a": {"type": "string", "enum": ["x" * 5000, "y"]}}), "RC504", "/properties/a/enum/0"),
    "a huge default": (objects({"a": {"type": "string", "default": "x" * 50_000}}), "RC504", "/properties/a/default"),
}


@pytest.mark.parametrize("attack", UNSAFE)
def test_an_attack_is_rejected_at_its_position(attack: str) -> None:
    schema, code, place = UNSAFE[attack]
    found = errors(document(schema))
    assert code in {known for known, _pointer in found}
    assert all(pointer is not None and pointer.startswith(f"/input_schema{place}") for known, pointer in found if known == code)


def test_a_schema_at_the_limit_is_built() -> None:
    schema = objects({"a": {"type": "string", "minLength": MAX_BODY - 10}}, required=["a"])
    (made,) = build_models([document(schema)]).values()
    assert len(made.shipped["example"]["a"]) == MAX_BODY - 10


def test_a_malformed_rule_is_an_error() -> None:
    rules = [{"kind": "sum_equals", "items": [], "part": {}, "total": 1}, {"kind": ["sum_equals"]}]
    assert errors(document(objects({"a": TEXT}), rules=rules)) == [("RC510", "/rules/0"), ("RC510", "/rules/1")]


@pytest.mark.parametrize("word", sorted(names.RESERVED_CLASSES))
def test_a_model_named_like_a_name_that_its_module_uses(word: str) -> None:
    words = "".join(f"-{c}" if c.isupper() else c for c in word).strip("-").lower()
    for model_id in (f"acme/{words}", f"acme/{word}"):
        item = document(objects({"a-b": TEXT, "c": {"enum": ["x"]}, "d": objects({"e": TEXT})}), model_id)
        (made,) = build_models([item]).values()
        assert made.shipped["class_name"] not in names.RESERVED_CLASSES
        assert_module_matches(item, made)


def test_reserved_class_names_are_those_that_modules_import() -> None:
    assert {name for group in views._HOMES.values() for name in group} <= names.RESERVED_CLASSES


@pytest.mark.parametrize("word", ["Placeholder0", "Part0", "Query", "field0"])
def test_a_model_named_like_a_placeholder(word: str) -> None:
    choices = {"enum": sorted({word, "Placeholder0", "Part0", "x"}), "default": word}
    item = document(
        objects({word: objects({word: choices}), "a": {"type": "array", "items": choices, "uniqueItems": True}}), f"acme/{word}"
    )
    (made,) = build_models([item]).values()
    assert_module_matches(item, made)


@pytest.mark.parametrize("model_id", ["-/-", "_/__", "a/-", "-", "3d/-"])
def test_an_id_without_a_letter_still_gives_names(model_id: str) -> None:
    item = document(objects({"a": TEXT}), model_id)
    (made,) = build_models([item]).values()
    assert_module_matches(item, made)


def test_the_lock_stores_names_of_any_spelling() -> None:
    one, other = objects({"x-y": TEXT, "x_y": TEXT}), objects({"x y": TEXT, "x_y": TEXT})
    items = [
        document(objects({"a/b": one, "a": objects({"b": other, "~1": one}), "a~b": other}), "acme/paths"),
        *(random_document(seed, 8, hostile=True) for seed in range(8)),
    ]
    schemas = {f"models/{item['model_id']}.json": json.dumps(item).encode() for item in items}
    first = pipeline.build(Sources(schemas=schemas, folder="schemas", templates=TEMPLATES), Report())
    assert first is not None
    schemas["names.lock.json"] = first.lock
    again = pipeline.build(Sources(schemas=schemas, folder="schemas", templates=TEMPLATES), report := Report())
    assert again is not None, list(report)
    assert again.lock == first.lock
    assert again.tree == first.tree


@pytest.mark.parametrize(
    "attributes", [{"a b": ["x"]}, {"a b": None}, {"a b": "x", "a-b": "x"}, {"a b": "__x"}, {"a b": "Field"}, {"a b": "x = 1"}]
)
def test_the_lock_cannot_define_invalid_attributes(attributes: dict[str, Any]) -> None:
    report = Report()
    entry = {"module": "acme/x", "class": "X", "attributes": {"input": attributes}}
    read_lock({"acme/x": entry}, lambda pointer: Place("names.lock.json", pointer), report)
    assert report.failed


@pytest.mark.parametrize(
    ("module", "class_name"), [("acme/x", "Field"), ("_index", "X"), ("__init__", "X"), ("acme/__init__", "X"), ("a/b", "None")]
)
def test_the_lock_cannot_use_reserved_names(module: str, class_name: str) -> None:
    report = Report()
    read_lock({"acme/x": {"module": module, "class": class_name}}, lambda pointer: Place("names.lock.json", pointer), report)
    assert report.failed


@pytest.mark.parametrize(
    "pattern", ["[^a]{1000}" * 90, "\\W{1000}", "(?:[^a][^b][^c]){900}", "é{1000}" * 9, "[^a]{1000}[^b]{1000}"]
)
def test_a_pattern_that_is_checked_can_be_compiled(pattern: str) -> None:
    (made,) = build_models([document(objects({"a": {"type": "string", "pattern": pattern}}))]).values()
    with imported(made.source) as module:
        module.Tree()


def test_a_tree_is_checked_to_its_leaves() -> None:
    schema = objects({"v": {"type": "integer"}, "kids": {"type": "array", "items": {"$ref": "#"}}})
    (made,) = build_models([document(schema)]).values()
    with imported(made.source) as module:
        good = {"v": 1, "kids": [{"v": 2, "kids": [{"v": 3, "kids": []}]}]}
        assert module.Tree(**good).payload() == good
        with pytest.raises(ValueError, match=r"kids\[0\].kids\[0\].v"):
            module.Tree(**{"kids": [{"kids": [{"v": "3"}]}]})

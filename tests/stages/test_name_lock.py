"""The lock keeps released names, and resolves collisions between models."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from codegen.read.name_lock import assign_names, check_collisions, names_for, read_lock, update_lock
from codegen.values.diagnostics import Place, Report
from codegen.values.model import Model, object_types
from codegen.values.names import NameLock


def model(model_id: str, *properties: str) -> Model:
    schema: dict[str, Any] = {"type": "object", "properties": {name: {"type": "string"} for name in properties or ("prompt",)}}
    return Model(
        id=model_id,
        display_name="",
        description="",
        categories=(),
        output_kind=None,
        objects=object_types(schema, "input"),
        rules=(),
        incomplete=(),
        example={},
        input_schema=schema,
        output_schema=None,
    )


def codes(lock: NameLock, *models: Model) -> list[str]:
    report = Report()
    extended = assign_names(lock, [item.id for item in models])
    exports = {item.id: names_for(item, extended).classes.values() for item in models}
    check_collisions(exports, extended, lambda model_id: Place(model_id), report)
    return [diagnostic.message for diagnostic in report]


def test_new_ids_are_added_and_old_ones_are_kept() -> None:
    lock = NameLock({"acme/old": (("acme", "renamed"), "Renamed")})
    extended = assign_names(lock, ["acme/old", "acme/new"])
    assert extended.entries == {"acme/old": (("acme", "renamed"), "Renamed"), "acme/new": (("acme", "new"), "New")}


def test_a_removed_model_keeps_its_names() -> None:
    lock = NameLock({"acme/a-b": (("acme", "a_b"), "AB")})
    assert sorted(codes(lock, model("acme/a_b"))) == [
        '"acme/a-b" and "acme/a_b" have the same class name, "AB"',
        '"acme/a-b" and "acme/a_b" have the same module name, "acme/a_b"',
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [("acme/happyhorse-1-0", "acme/happyhorse-1.0"), ("acme/4k", "acme/4K"), ("acme/a.b", "acme/a-b"), ("acme/x/y", "other/x/y")],
)
def test_colliding_ids_are_resolved_in_the_lock(one: str, other: str) -> None:
    assert codes(NameLock({}), model(one), model(other))
    settled = NameLock({other: (("acme", "settled"), "Settled")})
    assert codes(settled, model(one), model(other)) == []


def test_a_released_attribute_is_kept_when_a_colliding_property_is_added() -> None:
    first = model("acme/m", "foo-bar")
    lock = assign_names(NameLock({}), ["acme/m"])
    lock = update_lock(lock, {"acme/m": names_for(first, lock)})
    assert names_for(first, lock).attributes[("input",)] == {"foo-bar": "foo_bar"}
    assert names_for(model("acme/m", "foo-bar", "foo bar"), lock).attributes[("input",)]["foo-bar"] == "foo_bar"
    grown = names_for(model("acme/m", "foo-bar", "foo_bar"), lock)
    assert grown.attributes[("input",)]["foo_bar"] == "foo_bar", "a name always means the property that is called so"
    assert grown.attributes[("input",)]["foo-bar"] != "foo_bar"


def test_the_lock_reads_back_what_it_writes() -> None:
    lock = assign_names(NameLock({}), ["acme/m", "acme/4k/x"])
    lock = update_lock(lock, {"acme/m": names_for(model("acme/m", "class", "prompt", "241_text"), lock)})
    report = Report()
    again = read_lock(lock.to_json(), lambda pointer: Place("lock", pointer), report)
    assert again.to_json() == lock.to_json() and not list(report)
    assert lock.to_json()["acme/m"]["attributes"] == {"input": {"241_text": "field_241_text", "class": "class_"}}


@pytest.mark.parametrize(
    "entry",
    [
        7,
        {},
        {"module": "a/b"},
        {"module": "../b", "class": "B"},
        {"module": "A/b", "class": "B"},
        {"module": "a/b", "class": "class"},
        {"module": "a/b", "class": "B", "attributes": []},
        {"module": "a/b", "class": "B", "attributes": {"input": {"x": "payload"}}},
        {"module": "a/b", "class": "B", "attributes": {"input": {"x": "a", "y": "a"}}},
        {"module": "a/b", "class": "B", "attributes": {"input": {"x": "import os"}}},
        {"module": "a/b", "class": "B", "more": 1},
    ],
)
def test_a_malformed_entry_is_reported(entry: object) -> None:
    report = Report()
    read_lock({"acme/m": entry}, lambda pointer: Place("lock", pointer), report)
    assert [diagnostic.code for diagnostic in report] == ["RC602"]


TEXT = {"type": "string"}


def shape(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(names, TEXT)}


def of(properties: dict[str, Any], **named: Any) -> Model:
    schema = {"type": "object", "properties": properties, "$defs": named}
    return replace(model("acme/m"), objects=object_types(schema, "input"), input_schema=schema)


def classes(item: Model) -> dict[str, set[str]]:
    """Return the properties of each nested class."""
    names = names_for(item, assign_names(NameLock({}), [item.id]))
    return {names.classes[one.role]: {field.name for field in one.fields} for one in item.objects[1:]}


def classes_after(before: Model, *later: Model) -> dict[str, set[str]]:
    """Return the nested classes of the last of several versions. Each version uses the lock of the previous ones."""
    lock = assign_names(NameLock({}), [before.id])
    for item in (before, *later):
        names = names_for(item, lock)
        written = json.loads(json.dumps(update_lock(lock, {item.id: names}).to_json()))
        report = Report()
        lock = read_lock(written, Place, report)
        assert not report.failed
    return {names.classes[one.role]: {field.name for field in one.fields} for one in item.objects[1:]}


REFERENCE = {"$ref": "#/$defs/Image"}
CHANGES: dict[str, tuple[Model, Model]] = {
    "an inline object wants the name of a definition": (
        of({"photo": REFERENCE}, Image=shape("url")),
        of({"photo": REFERENCE, "image": shape("width")}, Image=shape("url")),
    ),
    "a definition wants the name of an inline object": (
        of({"image": shape("width")}),
        of({"image": shape("width"), "photo": REFERENCE}, Image=shape("url")),
    ),
    "a branch in front of the others": (
        of({"x": {"anyOf": [shape("a"), shape("b")]}}),
        of({"x": {"anyOf": [shape("c"), shape("a"), shape("b")]}}),
    ),
    "branches in another order": (
        of({"x": {"anyOf": [shape("a"), shape("b")]}}),
        of({"x": {"anyOf": [shape("b"), shape("a")]}}),
    ),
    "a branch between lists of objects": (
        of({"x": {"anyOf": [{"type": "array", "items": shape("a")}, shape("b")]}}),
        of({"x": {"anyOf": [shape("c"), {"type": "array", "items": shape("a")}, shape("b")]}}),
    ),
    "an object inside a branch": (
        of({"x": {"anyOf": [{"type": "object", "properties": {"in": shape("a")}}, shape("b")]}}),
        of({"x": {"anyOf": [shape("b"), {"type": "object", "properties": {"in": shape("a")}}]}}),
    ),
    "a property with a name that gives the same class": (
        of({"foo_bar": shape("a")}),
        of({"fooBar": shape("b"), "foo_bar": shape("a")}),
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_released_nested_classes_keep_their_names(kind: str) -> None:
    before, after = CHANGES[kind]
    found = classes_after(before, after)
    assert classes(before).items() <= found.items()
    assert len(found) == len(after.objects) - 1  # all names differ


def union(*branches: Any) -> Any:
    return {"anyOf": list(branches)}


def listed(item: Any) -> Any:
    return {"type": "array", "items": item}


def holder(value: Any) -> Any:
    return {"type": "object", "properties": {"in": value}}


SHRUNK: dict[str, tuple[Any, Any]] = {
    "to its first branch": (union(shape("a"), shape("b")), shape("a")),
    "to its last branch": (union(shape("a"), shape("b")), shape("b")),
    "to a branch that gained a property": (union(shape("a", "b"), shape("c")), shape("a", "b", "new")),
    "inside a list": (listed(union(shape("a"), shape("b"))), listed(shape("b"))),
    "to a list": (union(shape("b"), listed(shape("a"))), listed(shape("a"))),
    "to a map": (
        union(shape("b"), {"type": "object", "additionalProperties": shape("a")}),
        {"type": "object", "additionalProperties": shape("a")},
    ),
    "to a branch with an object inside": (union(holder(shape("a")), shape("b")), holder(shape("a"))),
}


@pytest.mark.parametrize("kind", SHRUNK)
def test_the_remaining_branch_of_a_union_keeps_its_class(kind: str) -> None:
    before, after = (of({"x": value}) for value in SHRUNK[kind])
    shipped, left = classes(before), classes_after(before, after)
    assert left.keys() < shipped.keys()
    assert all(shipped[name] <= members for name, members in left.items())
    assert classes_after(before, after, before) == shipped, "and the others keep theirs for when they come back"


def test_a_class_outside_a_removed_union_gets_a_new_name() -> None:
    before, after = of({"x": union(shape("a"), shape("b"))}), of({"x": shape("c")})
    assert not classes(before).keys() & classes_after(before, after).keys()


def test_the_remaining_branch_keeps_its_attributes() -> None:
    before = of({"x": union(shape("foo-bar", "a"), shape("c"))})
    after = of({"x": shape("foo-bar", "foo bar", "a")})
    lock = assign_names(NameLock({}), ["acme/m"])
    for item in (before, after, after):
        names = names_for(item, lock)
        lock = update_lock(lock, {"acme/m": names})
    assert names.attributes[("input", "x")]["foo-bar"] == "foo_bar"


def test_a_branch_that_gains_a_property_keeps_its_class() -> None:
    before = of({"x": {"anyOf": [shape("a", "b"), shape("c")]}})
    after = of({"x": {"anyOf": [shape("d"), shape("a", "b", "new"), shape("c")]}})
    [ab] = [name for name, members in classes(before).items() if members == {"a", "b"}]
    assert classes_after(before, after)[ab] == {"a", "b", "new"}


def kind_of(value: Any, kind: str) -> dict[str, Any]:
    """Return a branch that a constant identifies."""
    properties = {"kind": {"type": "string", "enum": [kind]}, "value": value, "class-id": TEXT, "class id": TEXT}
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize("new", ["in front", "between", "behind"])
@pytest.mark.parametrize(
    ("old", "added"),
    [
        ([kind_of(TEXT, "a"), kind_of(TEXT, "b")], kind_of(TEXT, "c")),
        ([kind_of(TEXT, "a"), kind_of({"type": "integer"}, "a")], kind_of({"type": "number"}, "a")),
        ([kind_of({"type": "boolean"}, "x"), kind_of(TEXT, "x")], kind_of({"type": "array", "items": TEXT}, "x")),
    ],
)
def test_branches_of_the_same_properties_keep_their_classes_and_attributes(new: str, old: list[Any], added: Any) -> None:
    at = {"in front": 0, "between": 1, "behind": 2}[new]
    before, after = of({"x": {"anyOf": old}}), of({"x": {"anyOf": [*old[:at], added, *old[at:]]}})
    lock = assign_names(NameLock({}), ["acme/m"])
    first = names_for(before, lock)
    written = json.loads(json.dumps(update_lock(lock, {"acme/m": first}).to_json()))
    later = names_for(after, read_lock(written, Place, Report()))
    positions = [index for index in range(3) if index != at]
    for number, position in enumerate(positions, 1):
        was, now = ("input", "x", f"option{number}"), ("input", "x", f"option{position + 1}")
        assert later.classes[now] == first.classes[was]
        assert later.attributes[now] == first.attributes[was]


def test_a_branch_keeps_its_attributes_when_others_are_added() -> None:
    before = of({"x": {"anyOf": [shape("foo-bar", "a"), shape("c")]}})
    after = of({"x": {"anyOf": [shape("d"), shape("foo-bar", "foo bar", "a"), shape("c")]}})
    lock = assign_names(NameLock({}), ["acme/m"])
    lock = update_lock(lock, {"acme/m": names_for(before, lock)})
    assert names_for(after, lock).attributes[("input", "x", "option2")]["foo-bar"] == "foo_bar"


def test_the_name_of_a_removed_class_is_never_reused() -> None:
    before, without = of({"image": shape("width")}), of({"other": TEXT})
    back = of({"photo": REFERENCE}, Image=shape("url"))
    assert not classes(before).keys() & classes_after(before, without, back).keys()
    assert classes_after(before, without, before) == classes(before)


def test_the_classes_of_a_new_model_have_plain_names() -> None:
    assert classes(of({"photo": REFERENCE}, Image=shape("url"))) == {"MImage": {"url"}}


@pytest.mark.parametrize(
    "value", [[], {"input/a": 1}, {"input/a": "str"}, {"input/a": "A", "input/b": "A"}, {"input/a": "not a name"}]
)
def test_malformed_classes_in_the_lock_are_reported(value: Any) -> None:
    report = Report()
    read_lock({"acme/m": {"module": "acme/m", "class": "M", "classes": value}}, Place, report)
    assert [found.code for found in report] == ["RC602"]

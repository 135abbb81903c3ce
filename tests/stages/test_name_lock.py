"""The lock keeps names that have shipped, and settles those that two models want."""

from __future__ import annotations

from typing import Any

import pytest

from codegen.read.name_lock import assign_names, names_for, read_lock, refuse_collisions, update_lock
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
    refuse_collisions(exports, extended, lambda model_id: Place(model_id), report)
    return [diagnostic.message for diagnostic in report]


def test_new_ids_are_added_and_old_ones_stay() -> None:
    lock = NameLock({"acme/old": (("acme", "renamed"), "Renamed")})
    extended = assign_names(lock, ["acme/old", "acme/new"])
    assert extended.entries == {"acme/old": (("acme", "renamed"), "Renamed"), "acme/new": (("acme", "new"), "New")}


def test_a_model_that_went_keeps_its_names() -> None:
    lock = NameLock({"acme/a-b": (("acme", "a_b"), "AB")})
    assert sorted(codes(lock, model("acme/a_b"))) == [
        'the class "AB" is wanted by "acme/a-b" and by "acme/a_b"',
        'the module "acme/a_b" is wanted by "acme/a-b" and by "acme/a_b"',
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [("acme/happyhorse-1-0", "acme/happyhorse-1.0"), ("acme/4k", "acme/4K"), ("acme/a.b", "acme/a-b"), ("acme/x/y", "other/x/y")],
)
def test_ids_that_meet_are_settled_in_the_lock(one: str, other: str) -> None:
    assert codes(NameLock({}), model(one), model(other))
    settled = NameLock({other: (("acme", "settled"), "Settled")})
    assert codes(settled, model(one), model(other)) == []


def test_an_attribute_that_shipped_stays_when_a_neighbour_comes() -> None:
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
def test_a_malformed_entry_is_told(entry: object) -> None:
    report = Report()
    read_lock({"acme/m": entry}, lambda pointer: Place("lock", pointer), report)
    assert [diagnostic.code for diagnostic in report] == ["RC602"]

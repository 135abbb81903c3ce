"""Schema changes are described in a caller's terms, with their impact on callers."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.report.changelog import as_lines, as_markdown
from codegen.report.compare import Impact, compare
from codegen.values.model import SchemaPath
from codegen.values.names import NameLock

BREAKING, ADDITIVE, COSMETIC = Impact.BREAKING, Impact.ADDITIVE, Impact.COSMETIC
NODE = {
    "type": "object",
    "properties": {"next": {"$ref": "#/$defs/Node"}, "name": {"type": "string"}},
    "additionalProperties": False,
}
DOCUMENT: dict[str, Any] = {
    "model_id": "acme/model",
    "class_name": "Model",
    "display_name": "Model",
    "description": "",
    "categories": [],
    "kind": "VIDEO",
    "incomplete": [],
    "example": {},
    "input_schema": {
        "type": "object",
        "required": ["prompt"],
        "properties": {
            "prompt": {"type": "string", "maxLength": 10},
            "size": {"type": "string", "enum": ["s", "m"], "default": "s"},
            "count": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
            "images": {"type": "array", "items": {"type": "string", "x-media": "image"}, "maxItems": 3},
            "scenes": {"type": "array", "items": {"type": "object", "properties": {"foo-bar": {"type": "integer"}}}},
            "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            "tree": {"$ref": "#/$defs/Node"},
        },
        "additionalProperties": False,
        "$defs": {"Node": NODE},
    },
    "output_schema": {"type": "object", "properties": {"video": {"type": "string"}}},
}
Edit = Callable[[dict[str, Any]], Any]


def inputs(document: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = document["input_schema"]["properties"]
    return properties


EDITS: list[tuple[Edit, Impact, str]] = [
    (lambda d: d.update(class_name="Other"), BREAKING, "`Model` was renamed to `Other`"),
    (lambda d: d.update(description="new"), COSMETIC, "the description of `Model` has changed"),
    (lambda d: inputs(d).pop("size"), BREAKING, "`Model.size` was removed"),
    (lambda d: inputs(d).update(new={"type": "string"}), ADDITIVE, "`Model.new` is new"),
    (
        lambda d: (inputs(d).update(new={"type": "string"}), d["input_schema"]["required"].append("new")),
        BREAKING,
        "`Model.new` is new and required",
    ),
    (lambda d: d["input_schema"]["required"].append("images"), BREAKING, "`Model.images` is now required"),
    (lambda d: d["input_schema"].pop("required"), ADDITIVE, "`Model.prompt` is now optional"),
    (lambda d: inputs(d)["size"].update(enum=["s"]), BREAKING, "enum `Model.size` lost `m`"),
    (lambda d: inputs(d)["size"].update(enum=["s", "m", "l"]), ADDITIVE, "enum `Model.size` gained `l`"),
    (lambda d: inputs(d)["size"].pop("enum"), ADDITIVE, "`Model.size` now accepts any value"),
    (lambda d: inputs(d)["prompt"].update(enum=["a"]), BREAKING, "`Model.prompt` now accepts only `a`"),
    (lambda d: inputs(d)["size"].update(default="m"), ADDITIVE, "server default of `Model.size`: `m` (was `s`)"),
    (lambda d: inputs(d)["count"].update(maximum=8), BREAKING, "the `maximum` of `Model.count` is now 8 (was 9)"),
    (lambda d: inputs(d)["count"].update(maximum=10), ADDITIVE, "the `maximum` of `Model.count` is now 10 (was 9)"),
    (lambda d: inputs(d)["count"].update(minimum=2), BREAKING, "the `minimum` of `Model.count` is now 2 (was 1)"),
    (lambda d: inputs(d)["count"].pop("minimum"), ADDITIVE, "`Model.count` no longer has `minimum` (was 1)"),
    (lambda d: inputs(d)["prompt"].update(pattern="^a"), BREAKING, "`Model.prompt` now has the `pattern` ^a"),
    (lambda d: inputs(d)["count"].update(type="number"), ADDITIVE, "`Model.count` is now number (was integer)"),
    (lambda d: inputs(d)["prompt"].update(type=["string", "null"]), ADDITIVE, "`Model.prompt` is now null or string (was string)"),
    (lambda d: inputs(d).update(either={"type": "string"}), BREAKING, "`Model.either` is now string (was integer or string)"),
    (
        lambda d: inputs(d)["images"]["items"].update({"x-media": "video"}),
        BREAKING,
        "`Model.images[]` is now the URL of a video (was the URL of an image)",
    ),
    (
        lambda d: inputs(d)["scenes"]["items"]["properties"].update(foo_bar={"type": "integer"}),
        BREAKING,
        "`Model.scenes[].foo_bar` was renamed to `foo_x2d_bar`",
    ),
    (lambda d: d["input_schema"]["$defs"]["Node"]["properties"].pop("name"), BREAKING, "`Model.tree.name` was removed"),
    (lambda d: inputs(d)["count"].update(description="new"), COSMETIC, "the description of `Model.count` has changed"),
    (lambda d: d["output_schema"]["properties"].pop("video"), BREAKING, "`ModelOutput.video` was removed"),
    (lambda d: d["output_schema"]["properties"].update(seed={"type": "integer"}), ADDITIVE, "`ModelOutput.seed` is new"),
    (
        lambda d: d["input_schema"].update({"x-rules": [{"kind": "sum_equals", "items": "a", "part": "b", "total": "c"}]}),
        BREAKING,
        "`Model` has a new rule: sum equals (items `a`, part `b`, total `c`)",
    ),
]


def changed(edit: Edit) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    edit(document)
    return document


@pytest.mark.parametrize(("edit", "weight", "text"), EDITS, ids=[text for _edit, _weight, text in EDITS])
def test_a_change_has_an_impact_and_a_description(edit: Edit, weight: Impact, text: str) -> None:
    found = compare({"acme/model": DOCUMENT}, {"acme/model": changed(edit)})
    assert (weight, text) in [(change.impact, change.text) for change in found]
    assert found[0].impact is weight


@pytest.mark.parametrize("sent", [True, False])
def test_a_union_class_that_rejects_previously_valid_values_is_breaking(sent: bool) -> None:
    """Also if the union as a whole accepts the same values, since callers use the class by its name."""

    def document(value: str) -> dict[str, Any]:
        one = {"type": "object", "properties": {"a": {"type": value}, "z": {"type": "string"}}, "additionalProperties": False}
        other = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}, "z": {"type": "string"}}}
        union = {"type": "object", "properties": {"x": {"anyOf": [one, other]}}, "additionalProperties": False}
        nothing = {"type": "object", "properties": {}, "additionalProperties": False}
        return {**DOCUMENT, "input_schema": union if sent else nothing, "output_schema": None if sent else union}

    before, after = ("string", "integer") if sent else ("integer", "string")
    found = compare({"acme/model": document(before)}, {"acme/model": document(after)})
    assert any(change.impact is Impact.BREAKING and "XOption1.a`" in change.text for change in found)


def test_the_remaining_branch_of_a_union_keeps_its_class() -> None:
    one, other = ({"type": "object", "properties": {name: {"type": "string"}}} for name in "ab")
    before, after = ({**DOCUMENT, "input_schema": {"properties": {"x": value}}} for value in ({"anyOf": [one, other]}, other))
    classes: dict[SchemaPath, str] = {
        ("input", "x", f"option:{name}"): f"ModelXOption{number}" for number, name in enumerate("ab", 1)
    }
    lock = NameLock({"acme/model": (("acme", "model"), "Model")}, {}, {"acme/model": classes})
    found = [change.text for change in compare({"acme/model": before}, {"acme/model": after}, lock)]
    assert [text for text in found if text.endswith("was removed")] == ["the class `ModelXOption1` was removed"]


def test_models_are_added_and_removed() -> None:
    [gone] = compare({"acme/model": DOCUMENT}, {})
    [new] = compare({}, {"acme/model": DOCUMENT})
    assert (gone.impact, gone.text) == (BREAKING, "`Model` was removed")
    assert (new.impact, new.text) == (ADDITIVE, "`Model` is new")


def test_nothing_changed() -> None:
    assert compare({"acme/model": DOCUMENT}, {"acme/model": copy.deepcopy(DOCUMENT)}) == []
    assert as_lines([]) == ["no changes for callers of the client"]
    assert as_markdown([]) == ["No changes for callers of the client."]


@given(st.lists(st.sampled_from(EDITS), min_size=1, max_size=4, unique_by=lambda edit: edit[2]))
def test_any_changes_are_sorted_by_impact(edits: list[tuple[Edit, Impact, str]]) -> None:
    document = copy.deepcopy(DOCUMENT)
    for edit, _weight, _text in edits:
        try:
            edit(document)
        except (KeyError, AttributeError):  # an earlier edit removed the position
            return
    found = compare({"acme/model": DOCUMENT}, {"acme/model": document})
    order = [list(Impact).index(change.impact) for change in found]
    assert order == sorted(order)
    assert len(as_lines(found)) == len(found) + 1
    assert as_markdown(found)[0].startswith("### ")

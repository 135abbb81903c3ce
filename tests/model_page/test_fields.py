"""Fields of a form from a schema, and inputs of a request from a form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from runcomfy_client.catalog import all_documents, document_of
from runcomfy_client.model_page.fields import FieldView, field_views
from runcomfy_client.model_page.form import read_form, to_form
from runcomfy_client.model_page.page import card_of, cards, find, newest_ids

from tests.hostile.random_models import SHAPES, document

KLING = "kling/kling-3.0/standard/image-to-video"


def fields_of(**properties: Any) -> dict[str, FieldView]:
    """Return the fields of a schema by name."""
    made = field_views({"input_schema": {"properties": properties, "required": ["needed"], "$defs": DEFS}, "incomplete": ["free"]})
    assert [view.name for view in made] == list(properties), "the order of the schema"
    return {view.name: view for view in made}


DEFS = {
    "tree": {
        "type": "object",
        "properties": {"leaf": {"type": "string"}, "more": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
    },
    "a/b": {"type": "integer", "minimum": 1},
}


def test_each_kind_of_input_has_a_control() -> None:
    found = fields_of(
        needed={"type": "string", "description": "What to \x1b[2J draw."},
        seed={"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
        duration={"type": "integer", "minimum": 3, "maximum": 15, "default": 5},
        strength={"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
        ratio={"enum": ["16:9", "1:1", 2, None], "default": 2},
        model={"type": "string", "enum": ["a rather long name of something", "another long name"]},
        sound={"type": "boolean", "default": True},
        image={"type": "string", "x-media": "image", "x-validations": [{"rule": "file_size_mb<", "value": 30}]},
        images={"type": "array", "items": {"type": "string", "x-media": "image"}, "minItems": 1, "maxItems": 3},
        free={},
        either={"anyOf": [{"type": "string"}, {"type": "integer"}]},
        maybe={"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]},
        perhaps={"type": ["boolean", "null"]},
        leaves={"type": "object", "additionalProperties": {"type": "string"}},
        place={"$ref": "#/$defs/a~1b", "default": 4},
    )
    assert {name: view.kind for name, view in found.items()} == {
        **{"needed": "text", "seed": "number", "duration": "number", "strength": "number", "ratio": "choice", "model": "choice"},
        **{"sound": "switch", "image": "media", "images": "list", "free": "json", "either": "json", "maybe": "text"},
        **{"perhaps": "switch", "leaves": "json", "place": "number"},
    }
    assert found["needed"].required and found["needed"].description == "What to \\x1b[2J draw." and found["needed"].is_long
    assert (found["duration"].has_slider, found["duration"].step, found["duration"].default_text) == (True, 1, "5")
    assert (found["strength"].has_slider, found["strength"].step, found["seed"].has_slider) == (True, 0.01, False)
    assert [(one.value, one.label, one.is_default) for one in found["ratio"].options] == [
        ('"16:9"', "16:9", False),
        ('"1:1"', "1:1", False),
        ("2", "2", True),
        ("null", "null", False),
    ]
    assert found["ratio"].is_segmented and not found["model"].is_segmented
    assert found["image"].rules == ("smaller than 30 MB",) and found["image"].medium == "image"
    item = found["images"].item
    assert item and (item.kind, item.label, found["images"].min_items, found["images"].max_items) == ("media", "Image", 1, 3)
    assert found["maybe"].nullable and not found["maybe"].is_long and found["perhaps"].nullable and found["free"].is_incomplete
    assert (found["place"].minimum, found["place"].default) == (1, 4)


def test_a_recursive_schema_terminates() -> None:
    tree = fields_of(tree={"$ref": "#/$defs/tree"})["tree"]
    assert tree.kind == "object" and [(part.name, part.kind) for part in tree.fields] == [("leaf", "text"), ("more", "list")]
    assert tree.fields[1].item and tree.fields[1].item.kind == "json"


def test_a_total_if_a_rule_requires_one() -> None:
    scenes = next(view for view in field_views(document_of(KLING).raw) if view.name == "multi_prompt")
    assert scenes.total and (scenes.total.part, scenes.total.total) == ("duration", "duration")
    assert (scenes.total.part_default, scenes.total.total_default) == (5, 10)
    assert scenes.item and [part.kind for part in scenes.item.fields] == ["text", "number"]


def test_every_sample_passes_through_the_form_unchanged() -> None:
    for one in all_documents():
        fields = field_views(one.raw)
        form = json.loads(json.dumps(to_form(fields, one.raw["example"])))
        assert read_form(fields, form) == (one.raw["example"], []), one.model_id


def test_a_form_keeps_all_digits_and_names_unreadable_values() -> None:
    fields = tuple(fields_of(seed={"type": "integer"}, free={}, ratio={"enum": [1, "1"]}, size={"type": "number"}).values())
    inputs, problems = read_form(
        fields, {"seed": "9007199254740993", "free": '{"a": [1,]}', "ratio": '"1"', "size": "1e400", "x": "y"}
    )
    assert (inputs["seed"], inputs["ratio"], inputs["size"], inputs["x"]) == (9007199254740993, "1", "1e400", "y")
    assert [problem.field for problem in problems] == ["free"] and "not JSON" in problems[0].message
    nested = tuple(fields_of(list={"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}).values())
    assert read_form(nested, {"list": [["1", "two"], 3]}) == ({"list": [[1, "two"], 3]}, [])
    assert to_form(nested, {"list": [[1], None], "other": 1}) == {"list": [["1"], None]}


@pytest.mark.parametrize("seed", range(SHAPES))
def test_hostile_schemas_give_fields(seed: int) -> None:
    raw = document(seed, SHAPES, hostile=True)
    views = field_views(raw)
    assert [view.name for view in views] == list(raw["input_schema"]["properties"])
    shown = "".join(view.label + view.description + view.takes + view.default_text for view in views)
    assert not any(character in shown for character in "\x1b\0\u202e\u2028\u200b\U000e0001")


def test_the_newest_versions_of_a_family_are_marked() -> None:
    ids = [
        "v/wan-2.7/a",
        "v/wan-3.0/a",
        "v/wan-3.0-fast/a",
        "v/wan-2.10/a",
        "w/wan-9/a",
        "v/pix-v5/a",
        "v/pix-v6/a",
        "v/pix-c1/a",
        "v/x/a",
    ]
    assert newest_ids(ids) == {"v/wan-3.0/a", "v/wan-3.0-fast/a", "v/pix-v6/a"}
    assert newest_ids(["v/wan-2.7/a", "v/wan-2.10/a"]) == {"v/wan-2.10/a"}


def test_models_are_found_by_words_and_filters() -> None:
    every = cards(all_documents())
    assert {card.id for card in every} == {one.model_id for one in all_documents()}
    assert {card.vendor for card in find(every, words="KLING image", medium="video")} == {"kling"}
    assert {card.medium for card in find(every, medium="audio")} == {"audio"}
    assert all("text-to-image" in card.categories for card in find(every, category="text-to-image"))
    priced = find(every, price="0.20")
    assert [card.price for card in priced] == ["$0.17 per second"] and find(every, price="nonsense") == []
    assert len(find(every, price="known")) + len(find(every, price="unknown")) == len(every)
    assert find(every) == list(every) and find(every, vendor="nobody") == []


def test_prices_of_a_table_start_at_the_lowest() -> None:
    raw = json.loads(json.dumps(document_of(KLING).raw))
    raw["price_table"] = {"unit": "second", "usd": {"mode": {"a": 0.2, "b": 0.1}}, "factors": {"sound": {"true": 2, "false": 1}}}
    raw["retired"] = "2026-11-01"
    card = card_of(type(document_of(KLING))(raw))
    assert (card.price, card.retired) == ("from $0.1 per second", "2026-11-01")

"""Normalising composed schemas: no constraint is lost without a diagnostic."""

from __future__ import annotations

from typing import Any

import pytest

from codegen.analyse.build_model import build_model
from codegen.analyse.dialect import normalise
from codegen.analyse.validity import fits
from codegen.read.document import Document
from codegen.read.document.document import Origin
from codegen.values.diagnostics import Place, Report, Severity
from codegen.values.keywords import similar_keyword
from codegen.values.model import Model

TEXT = {"type": "string"}
BASE = {"type": "object", "properties": {"prompt": TEXT, "seed": {"type": "integer"}}}


def normalised(schema: dict[str, Any], *, closed: bool = True, strict: bool = False) -> tuple[dict[str, Any], Report]:
    report = Report(strict=strict)
    return normalise(schema, "", closed=closed, place=lambda pointer: Place("schema.json", pointer), report=report), report


def model(**keys: Any) -> tuple[Model, Report]:
    report = Report()
    built = build_model(Document(model_id="acme/m", origin=Origin((), Place("entry.json")), **keys), report)
    assert built, [found.message for found in report]
    return built, report


def codes(report: Report) -> list[str]:
    return [found.code for found in report]


def prop(schema: dict[str, Any], **root: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": schema}, **root}


REQUIRED: dict[str, dict[str, Any]] = {
    "a part of allOf": {"allOf": [{"$ref": "#/$defs/Base"}, {"required": ["prompt"]}]},
    "beside allOf": {"allOf": [{"$ref": "#/$defs/Base"}], "required": ["prompt"]},
    "beside a reference": {"$ref": "#/$defs/Base", "required": ["prompt"]},
    "a part of a part": {"allOf": [{"allOf": [{"required": ["prompt"]}]}, {"$ref": "#/$defs/Base"}]},
    "a referenced part": {"allOf": [{"$ref": "#/$defs/Base"}, {"$ref": "#/$defs/Needs"}]},
    "each branch of anyOf": {**BASE, "anyOf": [{"required": ["prompt"]}, {"required": ["prompt", "seed"]}]},
    "each branch of oneOf": {**BASE, "oneOf": [{"required": ["prompt", "seed"]}, {"required": ["prompt"]}]},
    "beside a union": {
        "anyOf": [{"$ref": "#/$defs/Base"}, {"type": "object", "properties": {"prompt": TEXT}}],
        "required": ["prompt"],
    },
    "before the properties": {"allOf": [{"required": ["prompt"]}, {"properties": {"prompt": TEXT}}]},
    "on a map": {"type": "object", "additionalProperties": TEXT, "required": ["prompt"]},
    "on an object of unknown shape": {"type": "object", "required": ["prompt"]},
}


@pytest.mark.parametrize("where", REQUIRED)
@pytest.mark.parametrize("nested", [False, True])
def test_required_applies_in_every_part(where: str, nested: bool) -> None:
    named = {"$defs": {"Base": BASE, "Needs": {"required": ["prompt"]}}}
    schema, report = normalised(prop(REQUIRED[where], **named) if nested else {**REQUIRED[where], **named})
    assert not report.failed
    within: Any = (lambda value: {"x": value}) if nested else (lambda value: value)
    assert not fits(within({}), schema, schema)
    assert fits(within({"prompt": "a"}), schema, schema) or "seed" in str(REQUIRED[where].get("oneOf"))


@pytest.mark.parametrize("nested", [False, True])
def test_branches_that_require_different_inputs_are_noted(nested: bool) -> None:
    union = {
        "type": "object",
        "properties": {"image": TEXT, "url": TEXT},
        "anyOf": [{"required": ["image"]}, {"required": ["url"]}],
    }
    schema, report = normalised(prop(union) if nested else union)
    [note] = report
    assert (note.code, note.severity) == ("RC412", Severity.NOTE)
    assert note.place.pointer == ("/properties/x/anyOf" if nested else "/anyOf")
    assert "anyOf" not in str(schema)  # one class, not one for each branch


def test_a_default_of_an_input_that_another_part_requires_is_a_sample() -> None:
    parts = [{"properties": {"prompt": {"type": "string", "default": "a hill"}}}, {"required": ["prompt"]}]
    schema, _ = normalised({"type": "object", "allOf": parts})
    assert schema["properties"]["prompt"] == {"type": "string", "examples": ["a hill"]}


CHOICES: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "a bound beside an enum": ({"type": "integer", "enum": [10, 20, 50], "maximum": 25}, [10, 20]),
    "a bound in another part": ({"allOf": [{"type": "integer", "enum": [16, 24, 60]}, {"maximum": 30}]}, [16, 24]),
    "a bound beside a reference": ({"$ref": "#/$defs/E", "minimum": 2}, [2, 3]),
    "const beside an enum": ({"type": "string", "enum": ["a", "b"], "const": "b"}, ["b"]),
    "anyOf beside an enum": ({"enum": ["a", "bb", "ccc"], "anyOf": [{"maxLength": 1}, {"minLength": 3}]}, ["a", "ccc"]),
    "a length": ({"type": "string", "enum": ["a", "long"], "minLength": 2}, ["long"]),
    "a pattern": ({"type": "string", "enum": ["a1", "b"], "pattern": "[0-9]"}, ["a1"]),
    "a step": ({"type": "number", "enum": [0.5, 0.75], "multipleOf": 0.5}, [0.5]),
    "a type in another part": ({"allOf": [{"enum": ["a", 1, 2.5]}, {"type": "integer"}]}, [1]),
}


@pytest.mark.parametrize("kind", CHOICES)
def test_enum_values_that_violate_other_keywords_are_removed(kind: str) -> None:
    given, kept = CHOICES[kind]
    schema, report = normalised(prop(given, **{"$defs": {"E": {"type": "integer", "enum": [1, 2, 3]}}}))
    assert not report.failed
    child = schema["properties"]["x"]
    branches = child.get("anyOf", [child])
    assert [value for branch in branches for value in branch["enum"]] == kept


def test_an_enum_without_valid_values_is_an_error() -> None:
    assert codes(normalised(prop({"type": "integer", "enum": [50], "maximum": 25}))[1]) == ["RC503"]
    assert codes(normalised(prop({"allOf": [{"type": "integer", "enum": [50]}, {"maximum": 25}]}))[1]) == ["RC413"]


@pytest.mark.parametrize(
    ("bounds", "lowest", "highest"),
    [
        ({"exclusiveMinimum": 1.5}, 2, None),
        ({"exclusiveMaximum": 4.5}, None, 4),
        ({"minimum": 1.5, "maximum": 4.5}, 2, 4),
        ({"exclusiveMinimum": -1.5, "exclusiveMaximum": -0.5}, -1, -1),
        ({"exclusiveMinimum": 1.0, "exclusiveMaximum": 3.0}, 2, 2),
    ],
)
def test_fractional_bounds_of_an_integer_keep_the_same_integers(bounds: dict[str, Any], lowest: int, highest: int) -> None:
    schema, _ = normalised(prop({"type": "integer", **bounds}))
    inside = [value for value in range(-10, 10) if fits({"x": value}, schema, schema)]
    assert lowest is None or inside[0] == lowest
    assert highest is None or inside[-1] == highest


OPEN: list[dict[str, Any]] = [
    {"patternProperties": {"^frame_": TEXT}, "additionalProperties": False},
    {"patternProperties": {"^frame_": TEXT}},
    {"if": {"required": ["a"]}, "then": {"properties": {"frame_1": TEXT}}},
    {"dependentSchemas": {"a": {"properties": {"frame_1": TEXT}}}},
    {"unevaluatedProperties": TEXT},
]


@pytest.mark.parametrize("keywords", OPEN)
def test_an_object_with_properties_in_unchecked_keywords_stays_open(keywords: dict[str, Any]) -> None:
    schema, report = normalised(prop({"type": "object", "properties": {"a": {"type": "integer"}}, **keywords}))
    assert fits({"x": {"a": 1, "frame_1": "b"}}, schema, schema)
    assert set(codes(report)) == {"RC412"}


@pytest.mark.parametrize("reference", ["#/$defs/Image%20Size", "#/%24defs/Image%20Size", "#/$defs/Image Size"])
def test_the_fragment_of_a_reference_is_percent_decoded(reference: str) -> None:
    schema, _ = normalised(prop({"$ref": reference}, **{"$defs": {"Image Size": {"type": "string", "enum": ["hd"]}}}))
    assert schema["properties"]["x"]["enum"] == ["hd"]


@pytest.mark.parametrize("root", [{"$ref": "#/$defs/In"}, {"allOf": [{"$ref": "#/$defs/In"}]}, {"$ref": "#/$defs/Again"}])
def test_a_schema_that_is_a_reference_is_replaced_by_its_target(root: dict[str, Any]) -> None:
    named = {"In": {**BASE, "required": ["prompt"]}, "Again": {"$ref": "#/$defs/In"}}
    built, _ = model(input_schema={**root, "$defs": named})
    assert [(field.name, field.required) for field in built.input.fields] == [("prompt", True), ("seed", False)]


@pytest.mark.parametrize("name", ["default", "enum", "examples", "items", "properties", "$defs", "$ref", "type"])
def test_a_definition_used_only_by_an_input_named_like_a_keyword_is_kept(name: str) -> None:
    properties = {name: {"$ref": "#/$defs/Base"}}
    schema, report = normalised({"type": "object", "properties": properties, "$defs": {"Base": BASE}})
    assert not report.failed and list(schema["$defs"]) == ["Base"]


def test_the_default_of_a_referenced_definition_is_the_default_of_the_input() -> None:
    ratio = {"type": "string", "enum": ["16:9", "9:16"], "default": "16:9"}
    schema, _ = normalised(prop({"$ref": "#/$defs/Ratio"}, **{"$defs": {"Ratio": ratio}}))
    assert schema["properties"]["x"] == ratio
    schema, _ = normalised(prop({"$ref": "#/$defs/Ratio", "default": "9:16"}, **{"$defs": {"Ratio": ratio}}))
    assert schema["properties"]["x"]["default"] == "9:16"
    point = {**BASE, "default": {"prompt": "a"}}
    schema, _ = normalised(prop({"$ref": "#/$defs/Point"}, **{"$defs": {"Point": point}}))
    assert schema["properties"]["x"]["default"] == {"prompt": "a"}


def test_two_defaults_in_parts_are_reported_and_neither_is_shown() -> None:
    schema, report = normalised(prop({"allOf": [{"type": "string", "default": "a"}, {"default": "b"}]}))
    assert codes(report) == ["RC417"] and "default" not in schema["properties"]["x"]
    schema, report = normalised(prop({"allOf": [{"type": "string", "default": "a"}, {"minLength": 1}]}))
    assert codes(report) == [] and schema["properties"]["x"]["default"] == "a"


def test_the_validations_of_all_parts_apply() -> None:
    def rule(word: str, value: int) -> dict[str, Any]:
        return {"validations": [{"validation_rule": word, "validation_value": value}]}

    image = {"type": "string", "format": "image_uri"}
    schema, _ = normalised(prop({"allOf": [{**image, **rule("file_size_mb<", 30)}, {**image, **rule("width_pixels>", 300)}]}))
    assert [one["rule"] for one in schema["properties"]["x"]["x-validations"]] == ["file_size_mb<", "width_pixels>"]


def test_a_closed_object_without_properties_accepts_none() -> None:
    schema, _ = normalised(prop({"type": "object", "additionalProperties": False}))
    assert fits({"x": {}}, schema, schema) and not fits({"x": {"a": 1}}, schema, schema)
    built, _ = model(input_schema=prop({"type": "object", "additionalProperties": False}))
    assert [item.fields for item in built.objects[1:]] == [()]


OUTPUTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a union of objects": ({"oneOf": [prop(TEXT), {"type": "object", "properties": {"video": TEXT}}]}, ["x", "video"]),
    "a union of references": ({"anyOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}]}, ["x", "y"]),
    "an object or a URL": ({"anyOf": [prop(TEXT), TEXT]}, ["x", "value"]),
    "an object or null": ({"anyOf": [prop(TEXT), {"type": "null"}]}, ["x"]),
    "a reference": ({"$ref": "#/$defs/A"}, ["x"]),
    "a URL": (TEXT, ["value"]),
    "a list": ({"type": "array", "items": TEXT}, ["value"]),
}


@pytest.mark.parametrize("kind", OUTPUTS)
def test_the_output_has_the_fields_of_every_kind_of_object(kind: str) -> None:
    schema, names = OUTPUTS[kind]
    named = {"A": prop(TEXT), "B": {"type": "object", "properties": {"y": TEXT}}}
    built, _ = model(input_schema=BASE, output_schema={**schema, "$defs": named})
    assert built.output is not None
    assert [field.name for field in built.output.fields] == names


def test_required_inputs_of_an_entry_replace_a_missing_required() -> None:
    built, report = model(input_schema=BASE, extra={"required_inputs": ["prompt"]})
    assert [field.name for field in built.input.fields if field.required] == ["prompt"]
    assert codes(report) == []


@pytest.mark.parametrize("listed", [[], ["seed"], ["prompt", "seed"], ["prompt", "image"]])
def test_required_inputs_that_differ_from_the_schema_are_reported(listed: list[str]) -> None:
    built, report = model(input_schema={**BASE, "required": ["prompt"]}, extra={"required_inputs": listed})
    assert codes(report) == ["RC514"]
    assert [field.name for field in built.input.fields if field.required] == ["prompt"]


@pytest.mark.parametrize(("value", "expected"), [(5, True), (None, True), ("", False), ([], False), ("a", False)])
def test_an_invalid_published_sample_is_reported_and_replaced(value: Any, expected: bool) -> None:
    built, report = model(input_schema={**BASE, "required": ["prompt"]}, example={"prompt": value})
    assert codes(report) == (["RC206"] if expected else [])
    assert fits(dict(built.example), built.input_schema, built.input_schema)


@pytest.mark.parametrize(
    "word",
    [
        "maxLenght",
        "minimun",
        "MaxItems",
        "max_length",
        "max-items",
        "requierd",
        "item",
        "propertys",
        "Enum",
        "enums",
        "exclusiveMinimun",
        "additionalPropertys",
        "pattren",
        "oneof",
        "all_of",
        "formatt",
        "uniqueItem",
        "multiplOf",
        "contains_",
        "dependentRequierd",
    ],
)
def test_a_misspelled_constraint_keyword_is_an_error(word: str) -> None:
    assert similar_keyword(word)
    _, report = normalised(prop({"type": "string", word: 1}))
    assert [(found.code, found.severity) for found in report] == [("RC403", Severity.ERROR)]


@pytest.mark.parametrize(
    "word",
    [
        "maxFileSize",
        "widget",
        "icon",
        "tooltip",
        "visible_if",
        "ui_widget",
        "enumLabels",
        "itemLabel",
        "colour",
        "tab",
        "section",
        "label",
        "hint",
        "advanced",
        "language",
        "precision",
        "currency",
        "hidden",
        "badge",
        "displayOrder",
        "minLabel",
        "unitPrice",
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_an_unknown_keyword_is_a_warning_and_an_error_in_strict_builds(word: str, strict: bool) -> None:
    schema, report = normalised(prop({"type": "string", word: 1}), strict=strict)
    assert [(found.code, found.severity) for found in report] == [("RC403", Severity.ERROR if strict else Severity.WARNING)]
    assert word in next(iter(report)).message
    assert schema["properties"]["x"] == TEXT


@pytest.mark.parametrize(
    ("word", "medium"),
    [("mask_uri", "file"), ("lora_url", "file"), ("image_url", "file"), ("mesh_uris", "file"), ("video_uri", "video")],
)
def test_a_format_that_ends_in_uri_or_url_is_a_url(word: str, medium: str) -> None:
    schema, report = normalised(prop({"type": "string", "format": word}))
    assert schema["properties"]["x"]["x-media"] == medium and not codes(report)
    schema, _ = normalised(prop({"type": "array", "format": word}))
    assert schema["properties"]["x"]["items"]["x-media"] == medium

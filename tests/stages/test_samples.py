"""The sample body of a model is valid for the model's schema, with any keywords."""

from __future__ import annotations

import re
from typing import Any

import pytest

from codegen.analyse.dialect import normalise
from codegen.analyse.dialect.patterns import PortablePattern, to_portable
from codegen.analyse.pattern_text import matching_text
from codegen.analyse.samples import sample_body
from codegen.analyse.validity import fits
from codegen.values.diagnostics import Place, Report
from tests.agreement.composed_schemas import Composer

PATTERNS = [
    "^[a-z]+$",
    "o",
    "^#[0-9a-fA-F]{6}$",
    r"^\d{1,4}:\d{1,4}$",
    r"^(?:0|[1-9]\d*)(?:\.\d+)?$",
    "^(?:en|de)-[A-Z]{2}$",
    "^[^a-z]$",
    r"^\w+@\w+\.com$",
    "^a{3}b?$",
    "x|y",
    r"^[\]\-]{2}$",
    "^$",
    r"^[^\n ]{4}$",
]


def sample(schema: dict[str, Any]) -> Any:
    root = {"type": "object", "properties": {"x": schema}, "required": ["x"]}
    report = Report()
    normal = normalise(root, "", closed=True, place=lambda pointer: Place("schema.json", pointer), report=report)
    assert not report.failed, report.diagnostics
    body = sample_body(normal)
    assert fits(body, normal, normal), body
    return body["x"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_text_matches_its_pattern(pattern: str) -> None:
    portable = to_portable(pattern)
    assert isinstance(portable, PortablePattern)
    text = matching_text(portable.text)
    assert text is not None and re.search(pattern, text)
    sample({"type": "string", "pattern": pattern})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^[a-z]+$", "minLength": 8, "maxLength": 9},
        {"type": "string", "pattern": "o", "maxLength": 2},
        {"type": "string", "pattern": "^[a-z]*$", "minLength": 30},
        {"type": ["string", "null"], "pattern": "^[A-Z]{2}$"},
        {"type": "array", "items": {"type": "string", "pattern": "^[a-z]{2}$"}, "minItems": 1},
    ],
)
def test_a_text_matches_its_pattern_and_its_length(schema: dict[str, Any]) -> None:
    assert sample(schema) is not None


@pytest.mark.parametrize(
    "items",
    [
        {"type": "string"},
        {"type": "string", "maxLength": 1},
        {"type": "string", "pattern": "^[a-z]{3}$"},
        {"type": "string", "format": "image_uri"},
        {"type": "integer", "minimum": 1, "maximum": 3},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"enum": ["a", "b", "c"]},
        {"type": ["boolean", "null"]},
        {"type": "object", "properties": {"url": {"type": "string"}, "on": {"type": "boolean"}}, "required": ["on", "url"]},
        {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        {"anyOf": [{"type": "boolean"}, {"type": "string", "maxLength": 3}]},
    ],
)
def test_unique_items_differ(items: dict[str, Any]) -> None:
    assert len(sample({"type": "array", "items": items, "minItems": 3, "uniqueItems": True})) == 3


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "exclusiveMinimum": -2, "multipleOf": 0.5}, -1),
        ({"type": "integer", "exclusiveMinimum": 1, "minimum": -2, "multipleOf": 2}, 2),
        ({"type": "integer", "minimum": 7, "multipleOf": 1.5}, 9),
        ({"type": "object", "additionalProperties": {"type": "integer"}, "required": ["k"]}, {"k": 0}),
    ],
)
def test_a_number_is_the_nearest_to_its_bound(schema: dict[str, Any], expected: Any) -> None:
    assert sample(schema) == expected


def test_samples_of_random_schemas_are_valid() -> None:
    made = 0
    for seed in range(300):
        schema = Composer(seed).model()
        report = Report()
        normal = normalise(schema, "", closed=True, place=lambda pointer: Place("schema.json", pointer), report=report)
        if report.failed or _requires_undeclared(normal):
            continue
        made += 1
        body = sample_body(normal)
        assert fits(body, normal, normal), (body, schema)
    assert made > 50


def _requires_undeclared(schema: Any) -> bool:
    """Return True if a closed object requires an undeclared property, which a later check rejects."""
    match schema:
        case dict():
            declared = schema.get("properties")
            if isinstance(declared, dict) and set(schema.get("required", [])) - set(declared):
                return True
            return any(map(_requires_undeclared, schema.values()))
        case list():
            return any(map(_requires_undeclared, schema))
    return False

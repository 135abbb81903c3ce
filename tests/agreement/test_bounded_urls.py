"""Bounds of a media input apply to URLs as in JSON Schema. They do not apply to a local file, which has no URL yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator
from runcomfy_client.errors import InvalidInput

from tests.agreement.test_composed import accepts, normalised, request_class

URLS: Final = ["https://a.test/b.png", "https://a.test/b.jpg", "https://a.test/" + "c" * 30 + ".png"]
BOUNDS: Final[list[dict[str, Any]]] = [
    {"maxLength": 20},
    {"minLength": 21},
    {"minLength": 21, "maxLength": 40},
    {"pattern": r"\.png$"},
    {"pattern": "^https://a", "maxLength": 20},
]


def shapes(field: dict[str, Any]) -> dict[str, tuple[dict[str, Any], Any]]:
    """Return schemas that contain the field, and for each a function that puts a value into it."""
    return {
        "alone": (field, lambda value: value),
        "nullable": ({**field, "type": ["string", "null"]}, lambda value: value),
        "in a list": ({"type": "array", "items": field}, lambda value: [value]),
        "in an object": ({"type": "object", "properties": {"url": field}}, lambda value: {"url": value}),
        "in a union": ({"anyOf": [field, {"type": "integer"}]}, lambda value: value),
        "nullable in a list": ({"type": "array", "items": {**field, "nullable": True}}, lambda value: [value]),
    }


@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
def test_bounds_apply_to_urls_and_not_to_local_files(bounds: dict[str, Any]) -> None:
    for shape, (schema, within) in shapes({"type": "string", "format": "image_uri", **bounds}).items():
        model, report = normalised({"type": "object", "properties": {"x": schema}, "required": ["x"]}, "acme/m")
        assert model is not None and not report.failed
        schema_validator = Draft202012Validator(model.input_schema)
        with request_class(model) as request:
            for url in URLS:
                assert accepts(request, {"x": within(url)}) == schema_validator.is_valid({"x": within(url)}), (shape, url)
            assert accepts(request, {"x": within(Path("photo.png"))}), shape
            with pytest.raises(InvalidInput, match=r"web|https|URL"):
                request(x=within("not a url"))

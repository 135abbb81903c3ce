"""Catalog payloads and plain schemas: each becomes a document, and every problem is reported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from codegen.read.document import Document
from codegen.read.ingest import ingest
from codegen.values.diagnostics import Report, Severity

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"prompt": {"type": "string"}}}


def entry(model_id: Any, **more: Any) -> dict[str, Any]:
    return {"model_id": model_id, "display_name": "X", "input_schema": SCHEMA, **more}


def read(value: Any, *, model_id: str | None = None) -> tuple[tuple[Document, ...], Report]:
    report = Report()
    text = value if isinstance(value, str) else json.dumps(value, indent=1)
    return ingest(text, "catalog.json", model_id=model_id, captured="2026-11-22", report=report), report


def problems_of(value: Any, *, model_id: str | None = None) -> list[tuple[str, str | None]]:
    _, report = read(value, model_id=model_id)
    assert all(item.place.line and item.help for item in report)
    return [(item.code, item.place.pointer) for item in report]


def test_each_entry_of_a_payload_becomes_a_document() -> None:
    found, report = read(
        {"models": [entry("a/1", captured="2026-01-01", source="by hand"), entry("a/2", kind="model")], "total": 2}
    )
    assert not report.diagnostics
    assert [item.model_id for item in found] == ["a/1", "a/2"]
    assert [(item.source, item.captured) for item in found] == [("by hand", "2026-01-01"), ("catalog", "2026-11-22")]
    assert found[1].display_name == "X" and found[1].extra == {"kind": "model"} and found[1].input_schema == SCHEMA


def test_positions_refer_to_the_payload() -> None:
    found, _ = read({"models": [entry("a/1"), entry("a/2")]})
    place = found[1].place("/input_schema/properties/prompt")
    assert (place.pointer, place.line) == ("/models/1/input_schema/properties/prompt", 21)


def test_one_entry_gives_one_document() -> None:
    (found,), report = read(entry("a/1"), model_id="a/1")
    assert not report.diagnostics and found.model_id == "a/1"
    assert problems_of(entry("a/1"), model_id="a/2") == [("RC304", "/model_id")]


def test_one_bad_entry_does_not_hide_the_others() -> None:
    payload = {
        "models": [entry("a/../b"), entry("a/1"), entry(None), 7, entry("a/2", endpoint="//evil.example/"), {"model_id": "a/3"}]
    }
    found, _ = read(payload)
    assert [item.model_id for item in found] == ["a/1"]
    assert problems_of(payload) == [
        ("RC303", "/models/0/model_id"),
        ("RC302", "/models/2/model_id"),
        ("RC301", "/models/3"),
        ("RC308", "/models/4/endpoint"),
        ("RC306", "/models/5/input_schema"),
    ]


def test_one_id_for_two_entries_is_an_error_naming_both() -> None:
    _, report = read({"models": [entry("a/1"), entry("a/2"), entry("a/1")]})
    (found,) = report
    assert (found.code, found.place.pointer, found.place.line) == ("RC211", "/models/2/model_id", 28)
    assert "catalog.json:4:16" in found.message


@pytest.mark.parametrize("models", [[], {}, None, "x"])
def test_a_payload_lists_models(models: Any) -> None:
    assert problems_of({"models": models}) == [("RC210", "/models")]


def test_a_part_of_a_catalog_is_a_warning() -> None:
    found, report = read({"models": [entry("a/1")], "total": 500})
    (warning,) = report
    assert len(found) == 1 and (warning.code, warning.severity, warning.place.pointer) == ("RC212", Severity.WARNING, "/total")


def test_a_plain_schema_needs_an_id() -> None:
    (found,), report = read(SCHEMA, model_id="a/b")
    assert not report.diagnostics
    assert (found.model_id, found.input_schema, found.source, found.captured) == ("a/b", SCHEMA, "schema", "2026-11-22")
    place = found.place("/input_schema/properties")
    assert (place.pointer, place.line) == ("/properties", 3)
    _, report = read(SCHEMA)
    (problem,) = report
    assert problem.code == "RC203" and "--id" in problem.help


@pytest.mark.parametrize("value", [{"a": 1}, {}, "[1, 2]", "true", "null", '"hi"', "7", "[]", '[{"a": 1}]'])
def test_other_json_is_an_error(value: Any) -> None:
    assert problems_of(value, model_id="a/b") == [("RC209", "")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ("RC105", "")),
        ('{"models": [}', ("RC101", "/models/0")),
        ('{"type": "object"}\n{"type": "object"}', ("RC106", "")),
        ('  {"type": NaN}', ("RC108", "/type")),
        ("[1,]", ("RC101", "")),
    ],
)
def test_broken_json_is_an_error_at_its_position(text: str, problem: tuple[str, str]) -> None:
    assert problems_of(text, model_id="a/b") == [problem]

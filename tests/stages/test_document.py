"""Schema documents: what is accepted, the positions of problems, the grammar of ids, and the text of the file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.read.document import Document, check_id, read, to_json
from codegen.read.jsontext import parse
from codegen.values.diagnostics import Place, Report, Severity

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"prompt": {"type": "string"}}}
MINIMAL: dict[str, Any] = {"model_id": "acme/film", "input_schema": SCHEMA}
FULL: dict[str, Any] = {
    "model_id": "acme/film",
    "display_name": "Film",
    "description": "Makes a film.",
    "kind": "model",
    "output_kind": "VIDEO",
    "categories": ["text-to-video"],
    "base_price_usd": 0.5,
    "price_unit": "second",
    "pricing_note": "a note",
    "model_url": "https://example.com/film",
    "endpoint": "/v1/models/acme/film",
    "source": "catalog",
    "captured": "2026-01-02",
    "inputs": [{"any": "thing"}],
    "required_inputs": ["prompt"],
    "incomplete": ["keyframes"],
    "input_schema": {"properties": {"b": {"minimum": 1, "maximum": 1.0}, "a": {}}, "type": "object"},
    "output_schema": {"output": {"type": "object"}},
    "rules": [{"kind": "sum_equals"}],
    "example": {"prompt": "é"},
    "z_later": None,
    "a_later": [1],
}


def ingest(value: Any, *, expected_id: str | None = None) -> tuple[Document | None, Report]:
    report = Report()
    parsed = parse(json.dumps(value, indent=1), "doc.json", report)
    assert parsed is not None
    return read(parsed, expected_id=expected_id, report=report), report


def accepted(value: Any, *, expected_id: str | None = None) -> Document:
    document, report = ingest(value, expected_id=expected_id)
    assert document is not None and not report.diagnostics
    return document


def refused(value: Any, *, expected_id: str | None = None) -> list[tuple[str, str | None, int | None]]:
    document, report = ingest(value, expected_id=expected_id)
    assert document is None and all(item.help and item.place.column for item in report)
    return [(item.code, item.place.pointer, item.place.line) for item in report]


def test_a_full_document_is_read() -> None:
    document = accepted(FULL, expected_id="acme/film")
    assert document.display_name == "Film" and document.output_kind == "VIDEO"
    assert document.categories == ("text-to-video",) and document.incomplete == ("keyframes",)
    assert document.rules == ({"kind": "sum_equals"},) and document.example == {"prompt": "é"}
    assert document.extra["kind"] == "model" and document.extra["a_later"] == [1] and document.extra["z_later"] is None


def test_null_is_equivalent_to_a_missing_key() -> None:
    optional = ("display_name", "description", "output_kind", "categories", "output_schema", "example", "incomplete")
    assert accepted({**MINIMAL, **dict.fromkeys(optional)}) == accepted(MINIMAL)


def test_positions_refer_to_the_file() -> None:
    document = accepted(MINIMAL)
    assert document.place("/input_schema/properties/prompt/type") == Place(
        "doc.json", "/input_schema/properties/prompt/type", 7, 13
    )
    assert document.place("") == Place("doc.json", "", 1, 1)


def test_a_bare_schema_gets_the_id_of_its_path_and_keeps_its_pointers() -> None:
    document = accepted(SCHEMA, expected_id="acme/film")
    assert (document.model_id, document.input_schema) == ("acme/film", SCHEMA)
    assert document.place("/input_schema/properties/prompt") == Place("doc.json", "/properties/prompt", 4, 13)
    assert document.place("/display_name") == Place("doc.json", "", 1, 1)


def test_a_document_without_an_id_gets_that_of_its_path() -> None:
    assert accepted({"input_schema": SCHEMA}, expected_id="acme/film").model_id == "acme/film"


@pytest.mark.parametrize(
    "output", [{"output": {"type": "object"}}, {"type": "string"}, {"anyOf": []}, {"properties": {"output": {}}}]
)
def test_output_schemas_are_kept_as_published(output: dict[str, Any]) -> None:
    assert accepted({**MINIMAL, "output_schema": output}).output_schema == output


@pytest.mark.parametrize(
    "endpoint", ["/v1/models/acme/a b", "/v1/models/acme/a%20b", "https://model-api.runcomfy.net/v1/models/acme/a%20b"]
)
def test_the_models_own_endpoint_is_valid(endpoint: str) -> None:
    assert accepted({**MINIMAL, "model_id": "acme/a b", "endpoint": endpoint}).extra["endpoint"] == endpoint


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model_id": None}, ("RC302", "/model_id", 2)),
        ({"model_id": 7}, ("RC302", "/model_id", 2)),
        ({"model_id": "../x"}, ("RC303", "/model_id", 2)),
        ({"model_id": "acme/other"}, ("RC304", "/model_id", 2)),
        ({"input_schema": None}, ("RC306", "/input_schema", 3)),
        ({"input_schema": []}, ("RC306", "/input_schema", 3)),
        ({"output_schema": [1]}, ("RC305", "/output_schema", 11)),
        ({"output_schema": {}}, ("RC307", "/output_schema", 11)),
        ({"output_schema": {"output": "text"}}, ("RC307", "/output_schema", 11)),
        ({"categories": "video"}, ("RC305", "/categories", 11)),
        ({"categories": [1]}, ("RC305", "/categories", 11)),
        ({"output_kind": "SMELL"}, ("RC305", "/output_kind", 11)),
        ({"output_kind": []}, ("RC305", "/output_kind", 11)),
        ({"base_price_usd": True}, ("RC305", "/base_price_usd", 11)),
        ({"display_name": 1}, ("RC305", "/display_name", 11)),
        ({"incomplete": {}}, ("RC305", "/incomplete", 11)),
        ({"rules": ["x"]}, ("RC305", "/rules", 11)),
        ({"example": []}, ("RC305", "/example", 11)),
        ({"endpoint": 1}, ("RC305", "/endpoint", 11)),
        ({"endpoint": "https://evil.example/v1/models/acme/film"}, ("RC308", "/endpoint", 11)),
        ({"endpoint": "//evil.example/v1/models/acme/film"}, ("RC308", "/endpoint", 11)),
        ({"endpoint": "/v1/models/acme/film/../other"}, ("RC308", "/endpoint", 11)),
    ],
)
def test_a_problem_is_reported_at_its_position(change: dict[str, Any], problem: tuple[str, str, int]) -> None:
    assert refused({**MINIMAL, **change}, expected_id="acme/film") == [problem]


def test_all_problems_are_reported_together() -> None:
    assert refused({"model_id": 1, "kind": 2, "input_schema": 3}) == [
        ("RC302", "/model_id", 2),
        ("RC305", "/kind", 3),
        ("RC306", "/input_schema", 4),
    ]


def test_a_missing_key_is_reported_at_its_object() -> None:
    assert refused({}) == [("RC203", "/model_id", 1), ("RC306", "/input_schema", 1)]
    assert refused(SCHEMA) == [("RC203", "", 1)]


@pytest.mark.parametrize("value", [True, None, "hi", [1, 2], 7])
def test_a_document_is_an_object(value: Any) -> None:
    assert refused(value) == [("RC301", "", 1)]


def test_an_invalid_path_is_not_an_id() -> None:
    assert refused(SCHEMA, expected_id="acme/..") == [("RC303", "", 1)]


def test_a_misspelled_key_is_kept_with_a_warning() -> None:
    document, report = ingest({**MINIMAL, "output_shema": {}, "anything_else": 1})
    (found,) = report
    assert document is not None and document.extra == {"output_shema": {}, "anything_else": 1}
    assert (found.code, found.severity, found.place.pointer) == ("RC309", Severity.WARNING, "/output_shema")
    assert '"output_schema"' in found.help


@pytest.mark.parametrize(
    "model_id",
    [
        "x",
        "a/b",
        "kling/kling-3.0/standard/image-to-video",
        "minimax/Hailuo Video 01 Live",
        "a/4K",
        "_/-/.x",
        "a/" * 7 + "a",
        "con/nul",
        "class/import",
        "__init__/x",
        "a" * 100 + "/" + "b" * 100,
    ],
)
def test_an_id(model_id: str) -> None:
    report = Report()
    assert check_id(model_id, Place("f"), report) and not report.diagnostics


@pytest.mark.parametrize(
    ("model_id", "words"),
    [
        ("", "empty"),
        ("/a", "empty"),
        ("a/", "empty"),
        ("a//b", "empty"),
        (".", "another path"),
        ("a/../b", "another path"),
        ("a/b.", "ends with a dot"),
        ("a/...", "ends with a dot"),
        ("a/b ", "a space"),
        ("a/ b", "a space"),
        ("a/b  c", "a space"),
        ("a\\b", "character"),
        ("C:/x", "character"),
        ("a/b\0", "character"),
        ("a/b\n", "character"),
        ("a/b\tc", "character"),
        ("a/%2e%2e", "character"),
        ("a?b", "character"),
        ("a#b", "character"),
        ("a@b", "character"),
        ("a/é", "character"),
        ("a/\u0661", "character"),
        ("a/b\u00a0c", "character"),
        ("a/" * 8 + "a", "9 segments"),
        ("a" * 101, "101 characters"),
        ("/".join(["a" * 86] * 3), "260 characters"),
    ],
)
def test_not_an_id(model_id: str, words: str) -> None:
    report = Report()
    assert not check_id(model_id, Place("f", "/model_id", 3, 4), report)
    (found,) = report
    assert found.code == "RC303" and found.place == Place("f", "/model_id", 3, 4)
    assert words in found.message and found.message.isascii() and found.message.isprintable()


@given(st.text(st.sampled_from("aZ09._- /\\\n%é")))
def test_any_id_has_its_own_folder(model_id: str) -> None:
    if check_id(model_id, Place("f"), Report()):
        segments = model_id.split("/")
        assert all(segment.strip(" ") == segment != "" and segment not in (".", "..") for segment in segments)
        assert model_id.isascii() and model_id.isprintable() and not set(model_id) & set('\\:*?"<>|%#@')


def test_the_file_has_its_keys_in_order_and_the_schemas_as_published() -> None:
    shuffled = dict(sorted(FULL.items(), key=lambda item: item[0][::-1]))
    text = to_json(accepted(shuffled))
    later = [key for key in shuffled if key.endswith("_later")]
    known = [key for key in FULL if not key.endswith("_later")]
    assert list(json.loads(text)) == known + later
    assert '"minimum": 1,\n        "maximum": 1.0\n' in text and text.index('"b"') < text.index('"a": {}')
    assert '"prompt": "é"' in text and text.startswith('{\n  "model_id": "acme/film",\n') and text.endswith("\n}\n")


TEXTS = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)


@given(
    st.fixed_dictionaries(
        {"model_id": st.just("acme/film"), "input_schema": OBJECTS},
        optional={
            "display_name": TEXTS,
            "description": TEXTS,
            "categories": st.lists(TEXTS),
            "output_kind": st.sampled_from(["IMAGE", "VIDEO", "AUDIO"]),
            "output_schema": OBJECTS.map(lambda members: {**members, "type": "object"}),
            "example": OBJECTS,
            "price_unit": TEXTS,
            "something else": VALUES,
        },
    )
)
def test_any_document_is_unchanged_after_writing_and_reading(published: dict[str, Any]) -> None:
    document, _ = ingest(published)
    assert document is not None
    text = to_json(document)
    report = Report()
    parsed = parse(text, "again.json", report)
    again = parsed and read(parsed, expected_id="acme/film", report=report)
    assert again == document and again is not None and to_json(again) == text
    kept = json.loads(text)
    assert all(repr(kept[key]) == repr(value) for key, value in published.items() if value != [])

"""JSON objects in free text: all are found, including broken ones, in linear time."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.read.jsontext import SourceText, objects_in
from codegen.values.diagnostics import Place, Report
from tests.stages.nearly_json import NEAR_JSON, TEXTS, VALUES


def test_objects_are_found_within_text() -> None:
    text = 'Set {request_id}.\n{"a": {"b": 1}} and {} glued{"c": "}"}Footer {not json} { "d":[]}'
    found = objects_in(SourceText("page", text))
    assert [item.json.value for item in found if item.json] == [{"a": {"b": 1}}, {}, {"c": "}"}, {"d": []}]
    first = found[0].json
    assert first is not None and first.place("/a/b") == Place("page", "/a/b", 2, 13)


@pytest.mark.parametrize(
    ("text", "keys", "code"),
    [
        ('{"type": "object", "properties": {"a": {},}}', ("type", "properties"), "RC101"),
        ('{"type": "object", "properties": {', ("type", "properties"), "RC101"),
        ('{ // the inputs\n "type": "object"}', ("type",), "RC101"),
        ("{'type': 'object'}", ("type",), "RC101"),
        ("{\u201ctype\u201d: \u201cobject\u201d}", ("type",), "RC101"),
        ("{type: 1}", ("type",), "RC101"),
        ('{\u00a0\u00a0"type": 1}', ("type",), "RC101"),
        ('{"a": NaN, "b": 1}', ("a", "b"), "RC108"),
    ],
)
def test_broken_objects_are_found(text: str, keys: tuple[str, ...], code: str) -> None:
    found, *_ = objects_in(SourceText("page", f"text {text}"))
    report = Report()
    found.report_to(report)
    assert found.json is None and found.start == 5 and found.keys == keys
    assert [item.code for item in report] == [code]


@given(st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=4), st.text(st.characters(exclude_characters="{")))
def test_any_objects_are_found_in_any_text(values: list[dict[str, Any]], words: str) -> None:
    text = words + words.join(json.dumps(value, ensure_ascii=False) for value in values) + words
    found = [item.json.value for item in objects_in(SourceText("page", text)) if item.json]
    assert repr(found) == repr(values)


@given(NEAR_JSON | st.text())
def test_any_text_can_be_searched_for_objects(text: str) -> None:
    end = 0
    for item in objects_in(SourceText("page", text)):
        assert item.start >= end and text[item.start] == "{"
        assert (item.json is None) == bool(item.problems)
        end = item.start + 1


@pytest.mark.parametrize(
    "unit", ["{", '{"', '{"a":', '{"a":"', "{ ", "{//", "{\n//\n", "{type:", '{"\\"', '{"a":{}', '{"a":1}', '{"a":[', "{'"]
)
def test_the_search_takes_linear_time(unit: str) -> None:
    def seconds(length: int) -> float:
        source = SourceText("page", unit * (length // len(unit)))
        start = time.process_time()
        objects_in(source)
        return time.process_time() - start

    short = min(seconds(25_000) for _ in range(3))
    assert seconds(200_000) < 24 * short + 0.05  # eight times the text; a quadratic search would take 64 times as long

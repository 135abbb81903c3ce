"""Strict JSON: rejected text with its position, parsed values, and the position of every value."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codegen.read.jsontext import LIMIT_BYTES, LIMIT_DEPTH, LIMIT_PROBLEMS, Json, decode, parse
from codegen.values.diagnostics import Place, Report
from tests.stages.nearly_json import NEAR_JSON, VALUES


def read(text: str) -> Json:
    report = Report()
    found = parse(text, "f.json", report)
    assert found is not None and not report.diagnostics
    return found


def problems(text: str) -> list[tuple[str, int | None, int | None, str | None]]:
    report = Report()
    assert parse(text, "f.json", report) is None
    return [(found.code, found.place.line, found.place.column, found.place.pointer) for found in report]


def parse_strictly(text: str) -> Any:
    """Parse a text with the standard decoder in strict mode; raises ValueError or RecursionError."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError
        return dict(pairs)

    def number(literal: str) -> Any:
        if float(literal) in (float("inf"), float("-inf")):
            raise ValueError
        return json.loads(literal)

    def constant(_word: str) -> None:
        raise ValueError

    value = json.loads(text, object_pairs_hook=members, parse_constant=constant, parse_float=number, parse_int=number)
    json.dumps(value, ensure_ascii=False).encode()
    if depth(value) > LIMIT_DEPTH:
        raise ValueError
    return value


def depth(value: object) -> int:
    match value:
        case dict():
            return 1 + max(map(depth, value.values()), default=0)
        case list():
            return 1 + max(map(depth, value), default=0)
        case _:
            return 0


def pointers(value: object, start: str = "") -> Iterator[tuple[str, object]]:
    """Yield every pointer into a value, with the value at it."""
    yield start, value
    members: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in members:
        yield from pointers(inner, f"{start}/{str(key).replace('~', '~0').replace('/', '~1')}")


def offset_of(text: str, place: Place) -> int:
    """Return the offset of a line and a column, with a simple algorithm."""
    assert place.line is not None and place.column is not None
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1


@pytest.mark.parametrize(
    "data",
    ["{é}".encode(), codecs.BOM_UTF8 + "{é}".encode(), "{é}".encode("utf-16"), codecs.BOM_UTF16_BE + "{é}".encode("utf-16-be")],
)
def test_text_is_decoded(data: bytes) -> None:
    report = Report()
    assert decode(data, "f", report) == "{é}"
    assert not report.diagnostics


@pytest.mark.parametrize(
    ("data", "code", "line", "column", "words"),
    [
        ('{\n "a": "é'.encode() + "ж".encode("cp1251"), "RC102", 2, 9, "byte 11 is not valid UTF-8"),
        (codecs.BOM_UTF8 + b"ab\xff", "RC102", 1, 3, "byte 5 is not valid UTF-8"),
        (codecs.BOM_UTF16_LE + "ab".encode("utf-16-le") + b"\n", "RC102", 1, 3, "byte 6 is not valid UTF-16-LE"),
        (gzip.compress(b"{}", mtime=0), "RC103", 1, 1, "gzip data begins at byte 0"),
        (b"%PDF-1.7\n%\xe2\xe3", "RC103", 1, 1, "a PDF document"),
        (b"PK\x03\x04\0\0", "RC103", 1, 1, "a ZIP archive or an office document"),
        (b"bplist00\xd1", "RC103", 1, 1, "a web archive"),
        (b"\x89PNG\r\n\x1a\n", "RC103", 1, 1, "a PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "RC103", 1, 1, "a JPEG image"),
        (b"{\n\0}", "RC103", 2, 1, "byte 2 is NUL"),
        ("{}".encode("utf-16-le"), "RC103", 1, 2, "byte 1 is NUL"),
        (codecs.BOM_UTF16_BE + "é\0".encode("utf-16-be"), "RC103", 1, 2, "byte 4 is NUL"),
        (b" " * (LIMIT_BYTES + 1), "RC104", None, None, "16,777,217 bytes"),
    ],
)
def test_bytes_that_are_not_text_are_rejected_with_their_position(
    data: bytes, code: str, line: int, column: int, words: str
) -> None:
    report = Report()
    assert decode(data, "f", report) is None
    (found,) = report
    assert (found.code, found.place.line, found.place.column) == (code, line, column)
    assert words in found.message and found.help


@given(st.binary())
def test_any_bytes_are_decoded_or_rejected(data: bytes) -> None:
    report = Report()
    assert (decode(data, "f", report) is None) == report.failed


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "pointer"),
    [
        ("", "RC105", 1, 1, ""),
        (" \n ", "RC105", 1, 1, ""),
        ('{"a": {"b": 1,}}', "RC101", 1, 14, "/a"),
        ("[1,\n2,\n]", "RC101", 2, 2, ""),
        ("{\n// note\n}", "RC101", 2, 1, ""),
        ('{"a": [1 # x\n]}', "RC101", 1, 10, "/a"),
        ("{'a': 1}", "RC101", 1, 2, ""),
        ('{"a" 1}', "RC101", 1, 6, "/a"),
        ('{"a": tru}', "RC101", 1, 7, "/a"),
        ('{"a": None}', "RC101", 1, 7, "/a"),
        ('{"a": !!python/none }', "RC101", 1, 7, "/a"),
        ("[01]", "RC101", 1, 2, "/0"),
        ("[1.]", "RC101", 1, 2, "/0"),
        ('["a\nb"]', "RC101", 1, 4, "/0"),
        ('["a\\x"]', "RC101", 1, 4, "/0"),
        ('["\\u12g4"]', "RC101", 1, 3, "/0"),
        ('[1, "a]', "RC101", 1, 5, "/1"),
        ('{"a": [1, 2', "RC101", 1, 12, "/a"),
        ("[1\u00a0]", "RC101", 1, 3, ""),
        ('{"a": 1}\n{"b": 2}', "RC106", 2, 1, ""),
        ('{"a": 1,\n "a": 2}', "RC107", 2, 2, "/a"),
        ('{"a/~": NaN}', "RC108", 1, 9, "/a~1~0"),
        ("[0, -Infinity]", "RC108", 1, 5, "/1"),
        ("[1e400]", "RC108", 1, 2, "/0"),
        ("[" + "9" * 5000 + "]", "RC108", 1, 2, "/0"),
        ('{"a": "\\ud83d"}', "RC110", 1, 7, "/a"),
        ('["\ud83d"]', "RC110", 1, 2, "/0"),
        ("[" * (LIMIT_DEPTH + 1), "RC109", 1, LIMIT_DEPTH + 1, "/0" * LIMIT_DEPTH),
        ("[" * 200_000, "RC109", 1, LIMIT_DEPTH + 1, "/0" * LIMIT_DEPTH),
    ],
)
def test_invalid_json_is_rejected_with_its_position(text: str, code: str, line: int, column: int, pointer: str) -> None:
    assert problems(text) == [(code, line, column, pointer)]


def test_semantic_errors_are_reported_together() -> None:
    text = '{"a": NaN,\n "b": [1e999, {"c": 1, "c": 2}]}'
    assert problems(text) == [("RC108", 1, 7, "/a"), ("RC108", 2, 8, "/b/0"), ("RC107", 2, 24, "/b/1/c")]


def test_the_number_of_errors_is_limited() -> None:
    assert len(problems(f"[{', '.join(['NaN'] * 1000)}]")) == LIMIT_PROBLEMS


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("{// x\n}", "no comments"),
        ("{'a': 1}", "double quotes"),
        ("[\u201ca\u201d]", "typographic quotes"),
        ("[True]", "true"),
        ("[None]", "null"),
        ("[\u00a01]", "no-break space"),
        ("[1", "copied completely"),
        ("[1,]", "remove the comma"),
    ],
)
def test_the_next_step_matches_the_error(text: str, help: str) -> None:
    report = Report()
    parse(text, "f", report)
    (found,) = report
    assert help in found.help


def test_the_deepest_document_is_read() -> None:
    text = "[" * LIMIT_DEPTH + "]" * LIMIT_DEPTH
    assert json.dumps(read(text).value) == text


def test_brackets_in_strings_do_not_count_as_depth() -> None:
    assert read(json.dumps(["[" * 500, '\\"{' * 500])).value[0] == "[" * 500


@given(VALUES, st.sampled_from([None, 0, 1, "\t"]), st.booleans())
def test_any_json_is_parsed_like_by_the_standard_decoder(value: Any, indent: int | str | None, ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii)
    assert repr(read(text).value) == repr(json.loads(text))


@given(NEAR_JSON)
@example('{"a":1}{"a":1}')
def test_any_text_gets_the_verdict_of_the_standard_decoder(text: str) -> None:
    report = Report()
    found = parse(text, "f", report)
    try:
        expected = parse_strictly(text)
    except (ValueError, RecursionError):
        assert found is None and report.failed
        assert all(item.place.line and item.place.column and item.place.pointer is not None for item in report)
    else:
        assert found is not None and repr(found.value) == repr(expected) and not report.diagnostics


@given(VALUES, st.sampled_from([None, 0, 2, "\t"]), st.sampled_from(["", " ", "\n\n "]))
def test_every_value_has_its_position(value: Any, indent: int | str | None, before: str) -> None:
    text = before + json.dumps(value, indent=indent, ensure_ascii=False)
    found = read(text)
    for pointer, inner in pointers(value):
        place = found.place(pointer)
        there, _ = json.JSONDecoder().raw_decode(text, offset_of(text, place))
        assert repr(there) == repr(inner)
        assert (place.file, place.pointer) == ("f.json", pointer)


def test_a_pointer_to_a_missing_value_has_the_position_of_its_nearest_parent() -> None:
    found = read('{"a":\n {"b": [1]}}')
    assert found.place("/a/x/y") == Place("f.json", "/a/x/y", 2, 2)
    assert found.place("/a/b/7") == Place("f.json", "/a/b/7", 2, 8)
    assert found.place("/a/b/0/z") == Place("f.json", "/a/b/0/z", 2, 9)


def test_a_part_keeps_the_positions_of_the_whole() -> None:
    part = read('{"models": [{}, {"id": "x"}]}').at("/models/1")
    assert part.value == {"id": "x"}
    assert part.place("/id") == Place("f.json", "/models/1/id", 1, 24)
    assert part.at("/id").value == "x"


def test_another_value_can_get_the_positions() -> None:
    found = read('{"a": 1}').with_value({"a": 2, "b": 3})
    assert found.value == {"a": 2, "b": 3}
    assert found.place("/a").column == 7 and found.place("/b").column == 1

"""From text to JSON values by schema: what options and CSV cells mean."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runcomfy_client._core.value_parsing import read_value, strict_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.integers(min_value=-(10**30), max_value=10**30))
def test_whole_numbers(value: int) -> None:
    for kind in ("integer", "number"):
        assert read_value(f" {value} ", {"type": kind}) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers(value: float) -> None:
    found = read_value(repr(value), {"type": "number"})
    assert math.isclose(found, value) or found == value


@given(st.text())
def test_texts_stay_texts(text: str) -> None:
    assert read_value(text, {"type": "string"}) == text


@given(JSON)
def test_json_comes_back(value: Any) -> None:
    schema = {"type": "array"} if isinstance(value, list) else {"type": "object"}
    assert read_value(json.dumps(value), schema) == value and strict_json(json.dumps(value)) == value


@given(st.text())
def test_any_text_gives_a_value_or_a_value_error(text: str) -> None:
    plain: list[dict[str, Any]] = [{"type": "integer"}, {"type": "number"}, {"type": "boolean"}, {"enum": [1, "a"]}]
    for schema in plain:
        read_value(text, schema)
    structured: list[dict[str, Any]] = [{"type": "array"}, {"type": "object"}, {}]
    for schema in structured:
        with suppress(ValueError):
            read_value(text, schema)


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("yes", {"type": "boolean"}, True),
        ("OFF", {"type": "boolean"}, False),
        ("perhaps", {"type": "boolean"}, "perhaps"),
        ("5", {"enum": [5, 10]}, 5),
        ("5", {"enum": ["5", "10"]}, "5"),
        ("5.5", {"type": "integer"}, "5.5"),
        ("1e3", {"type": "number"}, 1000.0),
        ("nan", {"type": "number"}, "nan"),
        ("inf", {"type": "number"}, "inf"),
        ("--5", {"type": "integer"}, "--5"),
        ("null", {"type": ["string", "null"]}, None),
        ("null", {"type": "string"}, "null"),
        ("plain", {}, "plain"),
        ('"quoted"', {}, "quoted"),
        ("{broken", {}, ValueError),
        ("[NaN]", {"type": "array"}, ValueError),
        ('{"a": 1, "a": 2}', {"type": "object"}, ValueError),
        ("[" * 100_000, {"type": "array"}, ValueError),
    ],
)
def test_cases(text: str, schema: dict[str, Any], value: Any) -> None:
    if value is ValueError:
        with pytest.raises(ValueError):
            read_value(text, schema)
    else:
        found = read_value(text, schema)
        assert found == value and type(found) is type(value)

"""Invalid inputs are rejected with the name of the input, and custom keywords have the same meaning as in the client."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runcomfy_client.schema.media import check_input_url
from runcomfy_client.schema.rules import SumEquals
from runcomfy_client.simulator import Simulator
from runcomfy_client.simulator.validation import Checker, is_public_url

from tests.simulator.conftest import Ask, Build
from tests.simulator.schema_documents import FILM, GOOD

SUBMIT = "/v1/models/acme/film-2.0/image-to-video"


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"duration": 3},
        {"duration": 15, "cfg_scale": 0},
        {"cfg_scale": 0.5, "aspect_ratio": "9:16"},
        {"shots": []},
        {"shots": [{"prompt": "one", "duration": 4}, {"prompt": "two", "duration": 6}]},
        {"shots": [{"prompt": "one"}, {"prompt": "two"}]},
        {"shots": [{"prompt": "one"}], "duration": 5},
        {"references": ["https://a.example/b", "https://a.example/c"]},
        {"camera": {"anything": [1, None]}},
        {"camera": None},
    ],
)
def test_valid_inputs_are_accepted_unchanged(sim: Simulator, ask: Ask, more: dict[str, Any]) -> None:
    assert ask("POST", SUBMIT, GOOD | more).status == 200
    assert sim.accepted[0].inputs == GOOD | more


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"duration": 2}, "duration", "minimum of 3"),
        ({"duration": 16}, "duration", "maximum of 15"),
        ({"duration": 5.5}, "duration", "not of type 'integer'"),
        ({"duration": True}, "duration", "not of type 'integer'"),
        ({"duration": None}, "duration", "not of type 'integer'"),
        ({"cfg_scale": "0.5"}, "cfg_scale", "not of type 'number'"),
        ({"aspect_ratio": "4:3"}, "aspect_ratio", "not one of"),
        ({"prompt": "x" * 41}, "prompt", "too long"),
        ({"durration": 5}, "durration", "unknown input"),
        ({"start_image_url": "kite.png"}, "start_image_url", "public https:// URL of an image"),
        ({"start_image_url": 5}, "start_image_url", "not of type 'string'"),
        ({"references": ["https://a.example/b", "http://a.example/c"]}, "references[1]", "public https:// URL of a file"),
        ({"shots": [{"prompt": "one", "duration": 5}, {}]}, "shots[1].prompt", "required"),
        ({"shots": [{"prompt": "one", "duration": 10, "seed": 1}]}, "shots[0].seed", "unknown input"),
        ({"shots": [{"prompt": "one", "duration": 4}]}, "shots", "add up to 4, but `duration` is 10"),
        ({"shots": [{"prompt": "one"}], "duration": 6}, "shots", "add up to 5, but `duration` is 6"),
        ({"shots": 7}, "shots", "not of type 'array'"),
        ({"shots": [7]}, "shots[0]", "not of type 'object'"),
        ({"shots": [{"prompt": "one", "duration": "ten"}]}, "shots[0].duration", "not of type 'integer'"),
    ],
)
def test_invalid_inputs_are_rejected_by_name(sim: Simulator, ask: Ask, more: dict[str, Any], field: str, words: str) -> None:
    answer = ask("POST", SUBMIT, GOOD | more)
    assert answer.status == 422
    body = answer.json()
    assert body["error_code"] == 422001
    assert [problem["field"] for problem in body["errors"]] == [field]
    assert words in body["errors"][0]["message"]
    assert body["error_message"] == f"{field}: {body['errors'][0]['message']}"
    assert sim.accepted == ()


def test_all_problems_are_reported(ask: Ask) -> None:
    body = ask("POST", SUBMIT, {"duration": 99, "extra": 1}).json()
    assert {problem["field"] for problem in body["errors"]} == {"prompt", "start_image_url", "duration", "extra"}


def test_long_values_are_not_echoed(ask: Ask) -> None:
    assert len(ask("POST", SUBMIT, GOOD | {"aspect_ratio": "x" * 10_000}).body) < 1500


def test_published_schemas_are_rejected_at_once(build: Build) -> None:
    published = {**FILM, "input_schema": {"type": "object", "properties": {"cfg_scale": {"type": "float"}}}}
    with pytest.raises(ValueError, match=r"acme/film-2.0/image-to-video: .*'float'.*normalised"):
        build(schemas=[published])


def test_an_unknown_rule_is_rejected_at_once(build: Build) -> None:
    schema = {"type": "object", "x-rules": [{"kind": "product_equals"}]}
    with pytest.raises(ValueError, match="unknown kind of rule 'product_equals'"):
        build(schemas=[{**FILM, "input_schema": schema}])


def test_nothing_is_fetched_for_a_reference() -> None:
    with pytest.raises(Exception, match="Unresolvable"):
        Checker({"$ref": "https://schemas.example/one.json"}).problems({})


URLS = [
    "https://a.example/b.png",
    "https://a.example",
    "HTTPS://A.EXAMPLE/B",
    "https://[::1]/x",
    "https://[::1/x",
    "https://a.example:443/x",
    "https://a.example:port/x",
    "https://a.example:99999/x",
    "https://user:word@a.example/x",
    "https://",
    "https:///x",
    "https://:443/x",
    "https:a.example",
    "http://a.example/x",
    "ftp://a.example/x",
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
    "C:\\kite.png",
    "kite.png",
    "//a.example/x",
    "",
    " https://a.example/x",
    "https://a.example/x y",
    "https://a.example/x\n",
    "https://a.example/\u200b",
    "https://a.example/\u00e9",
    "https://b\u00fccher.example/x",
]


@pytest.mark.parametrize("url", URLS)
def test_urls_are_judged_as_by_the_client(url: str) -> None:
    assert is_public_url(url) is (check_input_url(url) is None)


@given(st.one_of(st.text(), st.text("htps:/[]@.a1% \n", max_size=20), st.builds("https://{}".format, st.text(max_size=12))))
def test_any_text_is_judged_as_by_the_client(url: str) -> None:
    assert is_public_url(url) is (check_input_url(url) is None)


def test_the_examples_contain_valid_and_invalid_urls() -> None:
    assert {is_public_url(url) for url in URLS} == {True, False}


@given(
    parts=st.none() | st.lists(st.none() | st.integers(0, 6), max_size=4),
    total=st.none() | st.integers(0, 12),
)
def test_sums_are_judged_as_by_the_client(parts: list[int | None] | None, total: int | None) -> None:
    """None means "not given"; then the default applies, 5 per part or 10 in total."""
    schema = {
        "type": "object",
        "properties": {
            "total": {"type": "integer", "default": 10},
            "shots": {"type": "array", "items": {"type": "object", "properties": {"part": {"type": "integer", "default": 5}}}},
        },
        "x-rules": [{"kind": "sum_equals", "items": "shots", "part": "part", "total": "total"}],
    }
    sent: dict[str, Any] = {} if total is None else {"total": total}
    if parts is not None:
        sent["shots"] = [{} if part is None else {"part": part} for part in parts]
    shots = [SimpleNamespace(part=5 if part is None else part) for part in parts or ()]
    inputs: Any = SimpleNamespace(shots=shots, total=10 if total is None else total)
    assert bool(Checker(schema).problems(sent)) is (
        SumEquals(items="shots", part="part", total="total").violation(inputs) is not None
    )


@pytest.mark.parametrize(
    "sent", [{"shots": [{"part": None}], "total": 3}, {"shots": [{}], "total": 3}, {"shots": [{"part": 1}], "total": None}]
)
def test_a_sum_with_an_unknown_term_is_not_judged(sent: dict[str, Any]) -> None:
    number = {"type": ["integer", "null"]}
    schema = {
        "properties": {"total": number, "shots": {"items": {"properties": {"part": number}}}},
        "x-rules": [{"kind": "sum_equals", "items": "shots", "part": "part", "total": "total"}],
    }
    assert Checker(schema).problems(sent) == []

"""Validation errors name inputs and limits in the user's terms."""

from __future__ import annotations

import pickle
from typing import Annotated, Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field
from runcomfy_client.errors import InvalidInput
from runcomfy_client.requests import RawRequest, Request
from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.rules import Rule, SumEquals

URL = "https://example.com/a.png"
VOICES = Literal["ada", "bea", "cleo", "dora", "emma", "fay", "gina", "hana", "ida", "jane", "kate", "lena", "mona", "nora"]


class Shot(Inputs, frozen=True):
    prompt: str
    seconds: Annotated[int, Field(ge=1, le=15)] = 5


class Film(Request[MediaOutput], frozen=True):
    MODEL_ID: ClassVar[str] = "studio/film"
    RULES: ClassVar[tuple[Rule, ...]] = (SumEquals("shots", "seconds", "seconds"),)

    prompt: Annotated[str, Field(min_length=1, max_length=20)]
    image: ImageUrl
    seconds: Annotated[int | None, Field(ge=3, le=15)] = 10
    shots: Annotated[list[Shot] | None, Field(max_length=2)] = None
    ratio: Literal["16:9", "9:16"] | None = "16:9"
    voice: VOICES | None = "ada"
    length: Literal["5", "10"] | None = "5"
    scale: Annotated[float | None, Field(ge=0, lt=1.5)] = 0.5
    sound: bool | None = True
    mixed: int | list[str] | Shot | None = None
    positive: Annotated[str | None, Field(alias="6_text")] = None
    marks: dict[str, int] | None = None


def problems(**inputs: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        Film(**{"prompt": "a", "image": URL, **inputs})
    assert caught.value.class_name == "Film"
    return {problem.field: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("inputs", "field", "message"),
    [
        ({"seconds": 16}, "seconds", "16 is more than the maximum, 15"),
        ({"seconds": 2}, "seconds", "2 is less than the minimum, 3"),
        ({"seconds": "5"}, "seconds", '"5" is text, not a whole number; write 5 without quotes'),
        ({"seconds": "five"}, "seconds", '"five" is text, not a whole number'),
        ({"seconds": 5.5}, "seconds", "5.5 is not a whole number"),
        ({"seconds": True}, "seconds", "True is not a whole number"),
        ({"scale": 1.5}, "scale", "1.5 must be less than 1.5"),
        ({"scale": -1}, "scale", "-1 is less than the minimum, 0"),
        ({"scale": float("nan")}, "scale", "nan is not a finite number"),
        ({"scale": "0.5"}, "scale", '"0.5" is text, not a number; write 0.5 without quotes'),
        ({"sound": "true"}, "sound", '"true" is text, not true or false; write True without quotes'),
        ({"sound": 1}, "sound", "1 is not true or false"),
        ({"prompt": None}, "prompt", "None is not allowed here; pass text"),
        ({"prompt": 5}, "prompt", '5 is not text; write it as text: "5"'),
        ({"prompt": ""}, "prompt", "0 characters are fewer than the minimum, 1"),
        ({"prompt": "x" * 21}, "prompt", "21 characters are more than the maximum, 20"),
        (
            {"image": "http://127.0.0.1:8000/files/a.png"},
            "image",
            "the API fetches only https:// URLs, and nothing from this machine; "
            "to use outputs of a simulator as inputs, run it in process, with http_client=simulator.http_client()",
        ),
        ({"image": "http://example.com/a.png"}, "image", "the API fetches only https:// URLs, not http:"),
        ({"ratio": "16:10"}, "ratio", '"16:10" is not one of the allowed values: "16:9", "9:16"'),
        ({"length": 5}, "length", '5 is not one of the allowed values: "5", "10"; write it as text: "5"'),
        ({"shots": ("a",)}, "shots", "a tuple is not a list"),
        ({"shots": [Shot(prompt="a")] * 3}, "shots", "3 items are more than the maximum, 2"),
        ({"shots": ["a"]}, "shots[0]", '"a" is text, not an object'),
        ({"shots": [{"seconds": 5}]}, "shots[0].prompt", "missing; this input is required"),
        ({"shots": [Shot(prompt="a"), {"prompt": "a", "seconds": 99}]}, "shots[1].seconds", "99 is more than the maximum, 15"),
        ({"shots": [{"prompt": "a", "dur": 9}]}, "shots[0].dur", "unknown input; known inputs: prompt, seconds"),
        ({"shots": [{"prompt": "a", "second": 9}]}, "shots[0].second", 'unknown input; did you mean "seconds"?'),
        ({"shots": [{"prompt": "a", "seconds": 9}]}, "", "the `seconds` values of `shots` add up to 9, but `seconds` is 10"),
        ({"6_text": 4}, "6_text", '4 is not text; write it as text: "4"'),
        ({"marks": {"a": "b"}}, "marks.a", '"b" is text, not a whole number'),
        ({"mixed": {"prompt": 3}}, "mixed.prompt", '3 is not text; write it as text: "3"'),
        ({"mixed": 4.5}, "mixed", "4.5 is not a whole number; or 4.5 is not a list; or 4.5 is not an object"),
    ],
    ids=str,
)
def test_each_problem_names_its_field_and_its_limit(inputs: dict[str, Any], field: str, message: str) -> None:
    assert problems(**inputs)[field] == message


def test_a_misspelled_input_gets_a_suggestion_and_a_next_step() -> None:
    assert problems(secnds=5) == {"secnds": 'unknown input; did you mean "seconds"?'}
    with pytest.raises(InvalidInput) as caught:
        Film(prompt="a", secnds=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] # that is the point
    assert str(caught.value).endswith("nothing was sent. To send an input that is newer than this client, use with_extra_inputs().")
    assert caught.value.next_step == pickle.loads(pickle.dumps(caught.value)).next_step


def test_only_an_unknown_top_level_input_mentions_with_extra_inputs() -> None:
    for wrong in ({"prompt": 5}, {"shots": [{"prompt": "a", "dur": 9}]}):
        with pytest.raises(InvalidInput) as caught:
            Film(**wrong)
        assert "with_extra_inputs" not in str(caught.value)


def test_a_missing_input_is_reported() -> None:
    with pytest.raises(InvalidInput) as caught:
        Film()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] # that is the point
    assert [str(problem) for problem in caught.value.problems] == [
        "prompt: missing; this input is required",
        "image: missing; this input is required",
    ]


def test_many_choices_are_shortened_and_the_nearest_is_suggested() -> None:
    message = problems(voice="norah")["voice"]
    assert '"lena"' in message
    assert '"nora"' not in message.partition(" and 2 more")[0]
    assert message.endswith('and 2 more; did you mean "nora"?')


def test_all_problems_are_reported_at_once() -> None:
    assert set(problems(seconds=16, ratio="x", sound="no")) == {"seconds", "ratio", "sound"}


def test_an_input_of_a_raw_request_that_is_not_json_is_reported() -> None:
    with pytest.raises(InvalidInput, match=r"inputs.a"):
        RawRequest(model="studio/film", inputs={"a": object()})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=2000) | st.binary(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(inputs=st.dictionaries(st.sampled_from([*Film.model_fields, "6_text", "sekonds"]), ANYTHING))
def test_any_problem_has_a_short_message(inputs: dict[str, Any]) -> None:
    try:
        Film(**inputs)
    except InvalidInput as error:
        assert error.problems
        for problem in error.problems:
            assert len(problem.message) < 900
            assert "pydantic" not in problem.message


@pytest.mark.parametrize(
    "huge", ["x" * 10_000_000, 10**5000, ["x"] * 1_000_000, {str(n): n for n in range(10_000)}], ids=["text", "int", "list", "dict"]
)
def test_a_huge_value_is_not_echoed(huge: Any) -> None:
    for field in ("prompt", "seconds", "shots", "ratio", "mixed", "image", "marks"):
        with pytest.raises(InvalidInput) as caught:
            Film(**{"prompt": "a", "image": URL, "zzz": huge, field: huge})
        assert len(str(caught.value)) < 5000


class Ball(Inputs, frozen=True):
    kind: Literal["ball"]
    radius: float | None = None


class Box(Inputs, frozen=True):
    kind: Literal["box"]
    side: float | None = None


class Shapes(Request[MediaOutput], frozen=True):
    MODEL_ID: ClassVar[str] = "studio/shapes"

    size: Annotated[str, Field(max_length=4)] | Annotated[int, Field(ge=0)] | None = None
    shapes: list[Box | Ball] | None = None
    one: bool | Literal["auto"] | None = None


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"size": "enormous"}, {"size": "8 characters are more than the maximum, 4"}),
        ({"size": -1}, {"size": "-1 is less than the minimum, 0"}),
        ({"size": []}, {"size": "a list is not text; or a list is not a whole number"}),
        ({"shapes": [{"kind": "ball", "radius": "x"}]}, {"shapes[0].radius": '"x" is text, not a number'}),
        ({"shapes": [{"kind": "ball", "radus": 1}]}, {"shapes[0].radus": 'unknown input; did you mean "radius"?'}),
        ({"shapes": [{"kind": "ball", "side": 1}]}, {"shapes[0].side": "unknown input; known inputs: kind, radius"}),
        ({"shapes": [{"side": 1}]}, {"shapes[0].kind": "missing; this input is required"}),
        (
            {"shapes": [{"kind": "cube", "side": 1}]},
            {
                "shapes[0].kind": '"cube" is not one of the allowed values: "box"; or "cube" is not one of the allowed values: '
                '"ball"'
            },
        ),
        ({"one": "x"}, {"one": '"x" is text, not true or false; or "x" is not one of the allowed values: "auto"'}),
    ],
)
def test_a_union_reports_the_best_matching_branch(inputs: dict[str, Any], expected: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Shapes(**inputs)
    assert {problem.field: problem.message for problem in caught.value.problems} == expected

"""What a request of the real model accepts, rejects and sends."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from runcomfy_client import InvalidInput, RawRequest, catalog, request
from runcomfy_client.errors import UnknownModel
from runcomfy_client.models import Kling3_0StandardImageToVideo, Kling3_0StandardImageToVideoMultiPromptItem

from tests.behaviour.harness import IMAGE, KLING, clip

SCHEMA = json.loads(
    (
        Path(__file__).resolve().parents[2] / "generated/runcomfy_client/schemas/kling/kling_3_0/standard/image_to_video.json"
    ).read_text()
)


def test_the_model_of_the_real_page_is_fully_typed() -> None:
    inputs = SCHEMA["input_schema"]["properties"]
    assert len(inputs) == 9 and all(field.get("type") for field in inputs.values())
    assert {key: inputs["cfg_scale"][key] for key in ("type", "minimum", "maximum", "default")} == {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": 0.5,
    }
    assert (inputs["duration"]["minimum"], inputs["duration"]["maximum"]) == (3, 15)
    assert inputs["multi_prompt"]["maxItems"] == 20
    assert set(inputs["multi_prompt"]["items"]["properties"]) == {"prompt", "duration"}
    assert inputs["elements"]["maxItems"] == 3
    assert set(inputs["elements"]["items"]["properties"]) == {"frontal_image_url", "reference_image_urls", "video_url"}
    assert SCHEMA["input_schema"]["required"] == ["prompt", "start_image_url"]


def test_exactly_what_was_set_is_sent() -> None:
    assert clip().payload() == {"prompt": "a cliff at dawn", "start_image_url": IMAGE}
    assert clip(generate_audio=True, negative_prompt=None).payload().keys() == {"prompt", "start_image_url", "generate_audio"}
    assert clip(cfg_scale=1).payload()["cfg_scale"] == 1


def test_server_defaults_are_shown_and_not_sent() -> None:
    shown = clip()
    assert (shown.duration, shown.generate_audio, shown.cfg_scale, shown.shot_type) == (10, True, 0.5, "customize")


def test_nested_objects_may_be_models_or_dicts() -> None:
    built = clip(
        duration=8, multi_prompt=[Kling3_0StandardImageToVideoMultiPromptItem(prompt="one"), {"prompt": "two", "duration": 3}]
    )
    assert built.payload()["multi_prompt"] == [{"prompt": "one"}, {"prompt": "two", "duration": 3}]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"duration": 16}, ["duration", "16", "15"]),
        ({"duration": 2}, ["duration", "3"]),
        ({"duration": "5"}, ["duration"]),
        ({"duration": True}, ["duration"]),
        ({"duration": 5.5}, ["duration"]),
        ({"cfg_scale": 1.01}, ["cfg_scale", "1"]),
        ({"cfg_scale": float("nan")}, ["cfg_scale"]),
        ({"shot_type": "intelligent"}, ["shot_type", "customize"]),
        ({"prompt": None}, ["prompt"]),
        ({"start_image_url": "photo.png"}, ["start_image_url", "https://"]),
        ({"start_image_url": "http://example.com/a.png"}, ["start_image_url", "https://"]),
        ({"start_image_url": "data:image/png;base64,AAAA"}, ["start_image_url", "data:"]),
        ({"negativ_prompt": "x"}, ["negativ_prompt", "negative_prompt"]),
        ({"seed": 7}, ["seed"]),
        ({"elements": [{}] * 4}, ["elements", "3"]),
        ({"elements": [{"reference_image_urls": [IMAGE, "x"]}]}, ["elements[0].reference_image_urls[1]"]),
        ({"multi_prompt": [{"prompt": "a", "duration": 99}]}, ["multi_prompt[0].duration", "15"]),
        ({"multi_prompt": [{"prompt": "a", "duration": 4}], "duration": 5}, ["multi_prompt", "4", "5"]),
        ({"multi_prompt": [{"promt": "a", "duration": 5}], "duration": 5}, ["multi_prompt[0].promt", "prompt"]),
    ],
)
def test_problems_are_reported_before_a_paid_call(inputs: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        clip(**inputs)
    text = str(caught.value)
    assert "Kling3_0StandardImageToVideo" in text
    for word in expected:
        assert word in text
    assert isinstance(caught.value, ValueError)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        Kling3_0StandardImageToVideo(promt="a", duration=99)  # type: ignore[call-arg]  # that is the point
    assert {problem.field for problem in caught.value.problems} == {"prompt", "start_image_url", "promt", "duration"}


def test_with_extra_inputs_is_explicit_and_overrides() -> None:
    newer = clip(duration=5).with_extra_inputs({"style": "film", "duration": 20})
    assert newer.payload() == {"prompt": "a cliff at dawn", "start_image_url": IMAGE, "duration": 20, "style": "film"}
    assert clip(duration=5).payload()["duration"] == 5


def test_requests_are_values() -> None:
    one = clip(multi_prompt=[{"prompt": "a", "duration": 10}]).with_extra_inputs({"style": "film"})
    for twin in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one)):
        assert twin == one and twin.payload() == one.payload()
    assert one != clip()


def test_models_are_found_by_id() -> None:
    assert request(KLING, prompt="a", start_image_url=IMAGE) == Kling3_0StandardImageToVideo(prompt="a", start_image_url=IMAGE)
    with pytest.raises(UnknownModel) as caught:
        request("kling/kling-3.0/standard/image-to-vide", prompt="a")
    assert KLING in str(caught.value) and "RawRequest" in str(caught.value)


def test_a_misspelled_class_name_gets_a_suggestion() -> None:
    import runcomfy_client.models as models

    with pytest.raises(AttributeError, match="Kling3_0StandardImageToVideo"):
        models.Kling3_0StandardImageToVide  # type: ignore[attr-defined]  # noqa: B018  # that is the point


def test_raw_requests_send_their_inputs_unchanged() -> None:
    raw = RawRequest(model="vendor/new", inputs={"prompt": "a", "n": None})
    assert raw.payload() == {"prompt": "a", "n": None} and raw.model_id == "vendor/new"


def test_positional_inputs_are_rejected() -> None:
    with pytest.raises(TypeError, match=r"Kling3_0StandardImageToVideo\(prompt=\.\.\.\)"):
        Kling3_0StandardImageToVideo("a cliff")  # type: ignore[call-arg]  # that is the point


def test_a_request_is_immutable_and_the_error_says_how_to_copy_it() -> None:
    request = clip(duration=5)
    changes: list[Callable[[], None]] = [lambda: setattr(request, "duration", 6), lambda: delattr(request, "duration")]
    for change in changes:
        with pytest.raises(AttributeError, match=r"cannot be changed: .* old\.with_inputs\(duration=\.\.\.\)"):
            change()
    with pytest.raises(AttributeError, match=r"has no input 'durtion'; did you mean 'duration'\?"):
        setattr(request, "durtion", 6)
    raw = RawRequest(model="vendor/new", inputs={"n": 1})
    with pytest.raises(AttributeError, match=r"old\.with_inputs\(\.\.\.\)"):
        setattr(raw, "inputs", {})
    assert raw.with_inputs(n=2, m=3).payload() == {"n": 2, "m": 3} and raw.payload() == {"n": 1}


CHANGES = (
    lambda request, **changes: request.with_inputs(**changes),
    lambda request, **changes: request.model_copy(update=changes),
    lambda request, **changes: request.model_copy(update=changes, deep=True),
    lambda request, **changes: request.__replace__(**changes),  # copy.replace calls this since Python 3.13
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_with_changes_is_checked_like_a_new_request(change: Callable[..., Any]) -> None:
    request = clip(duration=5).with_extra_inputs({"new": 1, "shot_type": "newest"})
    other = change(request, duration=6)
    assert other.payload() == {**request.payload(), "duration": 6} and type(other) is type(request)
    assert request.duration == 5 and other != request
    for wrong in ({"duratoin": 60}, {"duration": 99}, {"duration": "6"}):
        with pytest.raises(InvalidInput, match=next(iter(wrong))):
            change(request, **wrong)
    assert "shot_type" not in change(clip().with_extra_inputs({"shot_type": "newest"}), shot_type=None).payload()


def test_a_deep_copy_shares_nothing_and_a_copy_without_changes_is_equal() -> None:
    request = clip(duration=5, multi_prompt=[{"prompt": "a", "duration": 5}]).with_extra_inputs({"new": [1]})
    deep = request.model_copy(deep=True)
    assert deep == request == request.model_copy() == copy.deepcopy(request)
    assert deep.multi_prompt and request.multi_prompt
    deep.multi_prompt.append(deep.multi_prompt[0])
    cast("list[int]", deep.payload()["new"]).append(2)
    assert len(request.multi_prompt) == 1 and request.payload()["new"] == [1]


def test_printing_a_request_shows_what_was_set_and_what_is_sent_unchecked() -> None:
    request = clip(duration=5)
    shown = repr(request)
    assert "duration=5" in shown and "shot_type" not in shown and "generate_audio" not in shown
    request = request.with_extra_inputs({"tempo": 3})
    assert repr(request) == str(request) == f"{shown}.with_extra_inputs({{'tempo': 3}})"


def test_a_class_passed_as_an_id_is_rejected_with_the_correct_call() -> None:
    for finder in (catalog.request, catalog.model_class):
        with pytest.raises(TypeError, match=r"call the class itself, Kling3_0StandardImageToVideo\(\.\.\.\)"):
            finder(Kling3_0StandardImageToVideo)  # type: ignore[arg-type]  # that is the point

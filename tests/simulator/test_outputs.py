"""Outputs match their model: the key of the medium has the URL of an existing file, or the output follows an unusual schema."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from runcomfy_client.simulator import ManualClock

from tests.simulator.conftest import Ask, Build, asker, submit
from tests.simulator.schema_documents import FILM, GOOD, PICTURE

URI = {"type": "string", "x-media": "file"}
LIST = {"type": "array", "items": URI}


def output_of(build: Build, **changes: Any) -> Any:
    """Run one job of a model that differs from PICTURE by `changes`, and return its output with the addresses shortened."""
    ask = asker(build(schemas=[PICTURE | changes], seconds_in_queue=0, seconds_running=0))
    request_id = submit(ask, PICTURE["model_id"], {})
    output = ask("GET", f"/v1/requests/{request_id}/result").json()["output"]
    return _shorten(output, f"https://simulator.invalid/files/{request_id}/")


def _shorten(value: Any, prefix: str) -> Any:
    if isinstance(value, dict):
        return {key: _shorten(item, prefix) for key, item in value.items()}
    if isinstance(value, list):
        return [_shorten(item, prefix) for item in value]
    return value.removeprefix(prefix) if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("kind", "categories", "properties", "expected"),
    [
        ("VIDEO", [], FILM["output_schema"]["properties"], {"video": "video.mp4"}),
        ("IMAGE", [], FILM["output_schema"]["properties"], {"image": "image.png"}),
        ("AUDIO", [], FILM["output_schema"]["properties"], {"audio": "audio.wav"}),
        ("IMAGE", [], {"images": LIST}, {"images": ["image.png"]}),
        ("IMAGE", [], {"images": {**LIST, "minItems": 2}}, {"images": ["image.png", "image-2.png"]}),
        ("AUDIO", [], {"audios": {"type": "array"}}, {"audios": ["audio.wav"]}),
        (None, ["fast", "text-to-video"], {"image": URI, "video": URI}, {"video": "video.mp4"}),
        (None, [], {"videos": LIST}, {"videos": ["video.mp4"]}),
        ("VIDEO", [], {}, {"video": "video.mp4"}),
    ],
)
def test_the_key_of_the_medium_has_a_value(build: Build, kind: Any, categories: Any, properties: Any, expected: Any) -> None:
    assert (
        output_of(build, kind=kind, categories=categories, output_schema={"type": "object", "properties": properties}) == expected
    )


@pytest.mark.parametrize(("kind", "expected"), [("VIDEO", {"video": "video.mp4"}), (None, {"image": "image.png"})])
def test_without_an_output_schema_the_kind_decides(build: Build, kind: Any, expected: Any) -> None:
    assert output_of(build, kind=kind, categories=[], output_schema=None) == expected


def test_required_keys_have_values(build: Build) -> None:
    schema = {
        "type": "object",
        "required": ["seed", "video"],
        "properties": {"video": URI, "seed": {"type": "integer", "minimum": 7}},
    }
    assert output_of(build, kind="VIDEO", output_schema=schema) == {"video": "video.mp4", "seed": 7}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object", "properties": {"mesh": URI, "faces": {"type": "integer"}}}, {"mesh": "image.png", "faces": 0}),
        ({"type": "object", "properties": {"clip": {"type": "string", "x-media": "video"}}}, {"clip": "video.mp4"}),
        ({"type": "object", "properties": {"cover_image": {"type": "string"}}}, {"cover_image": "image.png"}),
        ({"type": "string", "x-media": "audio"}, "audio.wav"),
        ({"type": "array", "items": {"type": "string", "x-media": "image"}}, ["image.png"]),
        ({"type": "object", "properties": {"text": {"type": "string"}, "ok": {"type": "boolean"}}}, {"text": "sample", "ok": True}),
    ],
)
def test_an_output_follows_an_unusual_schema(build: Build, schema: Any, expected: Any) -> None:
    assert output_of(build, output_schema=schema) == expected


def test_the_files_of_an_output_exist(ask: Ask, clock: ManualClock, request_id: str) -> None:
    clock.sleep(10)
    url = ask("GET", f"/v1/requests/{request_id}/result").json()["output"]["video"]
    assert ask("GET", urlsplit(url).path).headers["Content-Type"] == "video/mp4"


def test_urls_use_the_origin_of_the_call(ask: Ask, clock: ManualClock) -> None:
    origin = "http://127.0.0.1:8000"
    submitted = ask("POST", f"/v1/models/{FILM['model_id']}", GOOD, origin=origin).json()
    assert all(submitted[key].startswith(origin) for key in ("status_url", "result_url", "cancel_url"))
    clock.sleep(10)
    result = ask("GET", f"{origin}/v1/requests/{submitted['request_id']}/result", origin=origin).json()
    assert result["output"]["video"].startswith(f"{origin}/files/")


numbers = st.builds(
    lambda type, low, width, exclusive: {
        "type": type,
        ("exclusiveMinimum" if exclusive else "minimum"): low,
        "maximum": low + width + 1,
    },
    st.sampled_from(["integer", "number"]),
    st.integers(-9, 9),
    st.integers(0, 5),
    st.booleans(),
)
texts = st.builds(
    lambda low, width: {"type": "string", "minLength": low, "maxLength": low + width}, st.integers(0, 12), st.integers(0, 5)
)
choices = st.builds(lambda values: {"enum": values}, st.lists(st.integers() | st.text() | st.none(), min_size=1))
plain = numbers | texts | choices | st.sampled_from([{}, {"type": "boolean"}, {"type": ["null", "string"]}, {"type": "null"}])
schemas = st.recursive(
    plain,
    lambda inner: st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 3))
    | st.builds(
        lambda properties: {"type": "object", "properties": properties, "required": list(properties)},
        st.dictionaries(st.sampled_from(["mesh", "text", "seed", "video", "images"]), inner),
    ),
    max_leaves=6,
)


@given(schemas)
def test_any_output_satisfies_its_schema(schema: dict[str, Any]) -> None:
    from runcomfy_client.simulator.catalog import Model
    from runcomfy_client.simulator.outputs import make_output

    document = {"type": "object", "required": ["it"], "properties": {"it": schema}}
    model = Model("a/b", "B", "", (), None, {}, document)
    Draft202012Validator(document).validate(make_output(model, folder="https://a.example"))

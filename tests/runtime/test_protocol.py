"""Origins, paths and responses: what is accepted, what is rejected, and how it is parsed."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runcomfy_client._core.protocol.error_mapping import error_from_response
from runcomfy_client._core.protocol.parsing import json_object, number_of, read_cancel, read_result, read_status, state_of
from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client._core.protocol.response import Response
from runcomfy_client._core.protocol.urls import Origin, model_path, request_path
from runcomfy_client.downloads import files_in
from runcomfy_client.errors import ConfigurationError, InvalidInput
from runcomfy_client.requests import RawRequest
from runcomfy_client.status import State

from tests.runtime.harness import http_response


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("https://model-api.runcomfy.net", False),
        ("https://model-api.runcomfy.net/", False),
        ("https://proxy.example.com:8443/runcomfy", False),
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://[::1]:9/", True),
        ("https://localhost", True),
    ],
)
def test_a_valid_origin(url: str, loopback: bool) -> None:
    origin = Origin.of(url)
    assert (origin.url, origin.loopback) == (url.rstrip("/"), loopback)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "model-api.runcomfy.net",
        "http://model-api.runcomfy.net",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0",
        "ftp://model-api.runcomfy.net",
        "https://",
        "https://user:secret@example.com",
        "https://user@example.com",
        "https://example.com/?key=1",
        "https://example.com/#a",
        "https://exa mple.com",
        "https://example.com:port",
        "https://example.com\n",
        "https://[::1",
        "https://model-api.runcomfy.net/v1",
        "https://model-api.runcomfy.net/v1/",
        "https://model-api.runcomfy.net/v1/models",
        "https://model-api.runcomfy.net/v1/models/kling/kling-3.0",
    ],
)
def test_an_invalid_origin_is_rejected(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Origin.of(url)
    assert "secret" not in str(caught.value)


def test_a_base_url_with_the_path_of_a_call_is_named() -> None:
    with pytest.raises(ConfigurationError, match="leave out `/v1`"):
        Origin.of("https://model-api.runcomfy.net/v1")
    assert Origin.of("https://gateway.example.com/runcomfy/v1-proxy").url.endswith("v1-proxy")


def test_each_segment_of_a_model_id_is_encoded() -> None:
    assert model_path("minimax/Hailuo Video 01 Live") == "/v1/models/minimax/Hailuo%20Video%2001%20Live"
    assert model_path("a/b?c#d%2e") == "/v1/models/a/b%3Fc%23d%252e"
    assert model_path("a/4K/b") != model_path("a/4k/b")


@pytest.mark.parametrize("model_id", ["", "/", "a//b", "a/", "/a", "a/../b", "a/./b", "..", "a/ /b"])
def test_a_model_id_with_dot_segments_is_rejected(model_id: str) -> None:
    with pytest.raises(InvalidInput):
        PreparedRequest.of(RawRequest(model=model_id, inputs={}))


@given(st.text(max_size=40))
def test_any_model_id_stays_below_its_path(model_id: str) -> None:
    try:
        path = model_path(model_id)
    except (InvalidInput, UnicodeEncodeError):
        return
    url = httpx.URL("https://api.example.com" + path)
    assert url.host == "api.example.com"
    assert url.raw_path.startswith(b"/v1/models/")
    assert not url.query
    assert url.raw_path.count(b"/") == 3 + model_id.count("/")


@given(st.text(max_size=40) | st.sampled_from([".", "..", "a/b", "a?b", "a#b", "a%2fb", "a\\b", "a\nb"]))
def test_any_request_id_stays_below_its_path(request_id: str) -> None:
    try:
        path = request_path(request_id, "status")
    except InvalidInput:
        return
    raw_path = httpx.URL("https://api.example.com" + path).raw_path
    assert raw_path.startswith(b"/v1/requests/")
    assert raw_path.endswith(b"/status")
    assert raw_path.count(b"/") == 4


def test_inputs_that_are_not_json_are_rejected_before_they_are_sent() -> None:
    request = RawRequest(model="a/b", inputs={}).with_extra_inputs({"x": float("nan")})
    with pytest.raises(InvalidInput, match="JSON"):
        PreparedRequest.of(request)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("in_queue", State.QUEUED),
        ("IN_QUEUE", State.QUEUED),
        ("pending", State.QUEUED),
        ("waiting", State.QUEUED),
        ("in_progress", State.RUNNING),
        ("starting", State.RUNNING),
        ("Processing", State.RUNNING),
        ("completed", State.COMPLETED),
        ("succeeded", State.COMPLETED),
        ("failed", State.FAILED),
        ("cancelled", State.CANCELLED),
        ("canceled", State.CANCELLED),
        ("weird", State.UNKNOWN),
        ("", State.UNKNOWN),
        (None, State.UNKNOWN),
        (7, State.UNKNOWN),
        (["completed"], State.UNKNOWN),
    ],
)
def test_status_words(word: Any, state: State) -> None:
    assert state_of(word) is state


@pytest.mark.parametrize(("position", "read"), [(3, 3), (0, 0), (None, None), ("3", None), (True, None), (2.5, None)])
def test_a_queue_position_is_an_integer_or_none(position: Any, read: int | None) -> None:
    assert read_status({"status": "in_queue", "queue_position": position}, request_id="r-1", elapsed=0).queue_position == read


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"status": "succeeded", "output": {"image": "x"}}, State.COMPLETED),
        ({"status": "completed", "cost": 2.85}, State.COMPLETED),
        ({"status": "succeeded", "output": {"image": "x"}, "error": None}, State.COMPLETED),
        ({"status": "succeeded", "output": {"image": "x"}, "error": "a warning"}, State.COMPLETED),
        ({"status": "completed", "error": "oom"}, State.FAILED),
        ({"status": "succeeded", "output": {"images": []}, "error": "oom"}, State.FAILED),
        ({"output": {"video": None, "images": [""]}, "error": "oom"}, State.FAILED),
        ({"status": "succeeded", "output": {"images": []}}, State.COMPLETED),
        ({"status": "succeeded", "output": {"seed": 0}, "error": "a warning"}, State.COMPLETED),
        ({"status": "failed", "error": "oom"}, State.FAILED),
        ({"output": ["https://x"]}, State.COMPLETED),
        ({"error": "oom"}, State.FAILED),
        ({}, State.UNKNOWN),
        ({"status": "in_progress"}, State.RUNNING),
    ],
)
def test_parsing_of_results(body: dict[str, Any], state: State) -> None:
    assert read_result(body).state is state


@pytest.mark.parametrize(
    ("body", "cancelled"),
    [
        ({"status": "completed", "outcome": "cancelled"}, True),
        ({"status": "cancelled"}, True),
        ({"status": "in_progress", "outcome": "not_cancellable"}, False),
        ({"status": "cancelled", "outcome": "not_cancellable"}, False),
        ({}, False),
    ],
)
def test_parsing_of_cancel_responses(body: dict[str, Any], cancelled: bool) -> None:
    assert read_cancel(body) is cancelled


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        ({"error_code": 400004, "error_message": "expired"}, "expired", 400004),
        ({"code": "400004", "error": "UserAccountError"}, "UserAccountError", 400004),
        ({"message": "no", "detail": "more"}, "no", None),
        ({"detail": ["a", "b"]}, "a; b", None),
        ({"detail": [{"loc": ["body", "x"], "msg": "bad"}]}, "body.x: bad", None),
        ({"error": {"message": "deep"}}, "deep", None),
        ({"error": {"x": 1}}, "The API responded with status 400", None),
        ({"error_code": True}, "The API responded with status 400", None),
        ({"error_code": 0}, "The API responded with status 400", None),
        ({"error": "x" * 10_000}, "x" * 500, None),
    ],
)
def test_the_message_and_code_of_an_error(body: dict[str, Any], message: str, code: int | None) -> None:
    error = error_from_response(http_response(400, **body))
    assert (error.message, error.code, error.http_status) == (message, code, 400)


def test_files_are_taken_only_from_the_output_and_only_once() -> None:
    output = {
        "image": "https://x/a.png",
        "seed": 7,
        "images": ["https://x/a.png", "https://x/b.png"],
        "note": "no URL",
        "deep": {"u": "https://x/c"},
    }
    assert [(file.number, file.field, file.url) for file in files_in(output)] == [
        (1, "image", "https://x/a.png"),
        (2, "images[1]", "https://x/b.png"),
        (3, "deep.u", "https://x/c"),
    ]
    assert [file.url for file in files_in("https://x/a.png")] == ["https://x/a.png"]
    assert files_in(None) == ()


def test_file_urls_are_recognised_in_any_notation() -> None:
    found = files_in({"video": "HTTPS://files.example.com/a.mp4", "image": " https://files.example.com/b.png\n", "word": "http"})
    assert [file.url for file in found] == ["HTTPS://files.example.com/a.mp4", "https://files.example.com/b.png"]


@pytest.mark.parametrize("base_url", [5, b"https://x", "https://x?", "https://x#", "https://x/?a=b"])
def test_an_invalid_base_url_is_rejected(base_url: Any) -> None:
    with pytest.raises(ConfigurationError, match="base URL"):
        Origin.of(base_url)


@pytest.mark.parametrize(
    ("body", "cost"),
    [(b'{"cost": 0.25}', 0.25), (b'{"cost": 1e999}', None), (b'{"cost": NaN}', None), (b'{"cost": 1%s}' % (b"0" * 400), None)],
    ids=["plain", "infinite", "nan", "huge"],
)
def test_a_cost_is_a_number_or_none(body: bytes, cost: float | None) -> None:
    read = json_object(Response(200, {}, body))
    assert read is not None and number_of(read["cost"]) == cost
    assert "NaN" not in json.dumps(read) and "Infinity" not in json.dumps(read)

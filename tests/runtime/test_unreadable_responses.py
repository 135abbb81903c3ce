"""Responses that are unreadable or not from the API: web pages of gateways, undecodable bytes, and bodies that are too large."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runcomfy_client._core.protocol.classification import CallFailure, classify_response
from runcomfy_client._core.protocol.parsing import json_object
from runcomfy_client._core.protocol.response import Response
from runcomfy_client._core.protocol.submit_outcome import Accepted, Refused, outcome_of
from runcomfy_client.errors import GatewayError, RateLimited, ServerError, WaitTimeout
from runcomfy_client.policy import Policy
from runcomfy_client.status import State, Status

from tests.runtime.harness import ACCEPTED, DONE, SUCCESS, ClientHarness, ScriptedServer, json_reply, raw_reply

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
PAGES = [
    (b"<!DOCTYPE html><title>Just a moment...</title>", "text/html; charset=UTF-8"),
    (b"", "text/html"),
    (b"  <html><body>404</body></html>", "application/octet-stream"),
    (b"<?xml version='1.0'?><Error><Code>NoSuchBucket</Code></Error>", "application/xml"),
]


@pytest.mark.parametrize(("body", "content_type"), PAGES)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
def test_a_submit_refused_with_a_web_page_is_not_retried(status: int, body: bytes, content_type: str) -> None:
    server = ScriptedServer(submit=raw_reply(body, status, content_type=content_type))
    with pytest.raises(GatewayError, match="web page") as caught:
        ClientHarness("sync", server).run()
    assert server.count("submit") == 1
    assert caught.value.http_status == status
    assert "token is not the cause" in caught.value.next_step


def test_a_rate_limit_of_a_gateway_is_retried() -> None:
    outcome = outcome_of(Response(429, {"content-type": "text/html"}, b"<html>"), model_id="a/b")
    assert isinstance(outcome, Refused)
    assert outcome.may_retry
    assert isinstance(outcome.error, RateLimited)


@KINDS
@pytest.mark.parametrize("status", [200, 400, 401, 402, 403, 404, 422, 502])
@pytest.mark.parametrize("call", ["status", "result"])
def test_a_wait_continues_despite_web_pages(kind: str, status: int, call: str) -> None:
    page = raw_reply(b"<html>Sign in to the network</html>", status, content_type="text/html")
    script: dict[str, Any] = {"status": DONE, "result": SUCCESS}
    script[call] = [page] * 8 + [script[call]]
    seen: list[Status] = []
    server = ScriptedServer(submit=ACCEPTED, **script)
    assert ClientHarness(kind, server).run(on_status=seen.append).output.video
    assert [status.trouble for status in seen if status.trouble] == [
        f"A web page was returned, not a response of the API (status {status})"
    ]
    assert server.count("submit") == 1


@KINDS
@pytest.mark.parametrize(
    ("trouble", "named"),
    [
        (raw_reply(b"<html>", 503, content_type="text/html"), "web page was returned, not a response of the API .status 503"),
        (json_reply(503, message="no capacity"), "no capacity"),
        (httpx.ConnectError("connection refused"), "connection refused"),
    ],
)
def test_a_timeout_contains_the_last_error(kind: str, trouble: Any, named: str) -> None:
    with pytest.raises(WaitTimeout, match=named) as caught:
        ClientHarness(kind, ScriptedServer(submit=ACCEPTED, status=trouble, cancel=json_reply(503))).run(timeout=60)
    assert caught.value.last_error is not None


def test_a_timeout_without_errors_contains_none() -> None:
    with pytest.raises(WaitTimeout) as caught:
        ClientHarness(
            "sync", ScriptedServer(submit=ACCEPTED, status=[json_reply(503), json_reply(status="in_progress")], cancel=json_reply())
        ).run(timeout=60)
    assert caught.value.last_error is None
    assert "poll" not in caught.value.message


@KINDS
def test_a_result_that_is_never_readable_is_an_error(kind: str) -> None:
    server = ScriptedServer(submit=ACCEPTED, status=DONE, result=raw_reply(b'{"status": "succeeded", "output": {'))
    with pytest.raises(ServerError, match="sent an unreadable response") as caught:
        ClientHarness(kind, server).run()
    assert server.count("result") == Policy().max_attempts
    assert caught.value.request_id == "r-1"


def test_a_response_that_is_too_large_is_final() -> None:
    failure = classify_response(
        Response(200, {}, b"{", "the response has more than 64 MiB", is_too_large=True), request_id="r-1", model_id=None
    )
    assert isinstance(failure, CallFailure)
    assert not failure.transient
    assert "more than 64 MiB" in failure.error.message


@KINDS
@pytest.mark.parametrize(
    ("content_type", "caption"),
    [
        ("application/json", "caf\ufffd"),
        ("application/json; charset=latin-1", "café"),
        ("text/plain; charset=nonsense", "caf\ufffd"),
    ],
)
def test_an_undecodable_byte_does_not_lose_a_result(kind: str, content_type: str, caption: str) -> None:
    body = b'{"status": "succeeded", "output": {"video": "https://files.example.com/a.mp4", "caption": "caf\xe9"}}'
    result = ClientHarness(
        kind, ScriptedServer(submit=ACCEPTED, status=DONE, result=raw_reply(body, content_type=content_type))
    ).run()
    assert result.raw["output"]["caption"] == caption


@given(
    st.binary(max_size=40), st.sampled_from(["", "application/json; charset=utf-16", "text/json; charset=latin-1", "x; charset="])
)
def test_undecodable_bytes_do_not_hide_the_id_of_an_accepted_job(note: bytes, content_type: str) -> None:
    note = note.replace(b'"', b"").replace(b"\\", b"").translate(None, bytes(range(32)))
    body = b'{"note": "' + note + b'", "request_id": "r-1"}'
    assert outcome_of(Response(200, {"content-type": content_type}, body), model_id="a/b") == Accepted("r-1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_the_encodings_of_json_are_read(encoding: str) -> None:
    assert json_object(Response(200, {}, json.dumps({"a": "é"}, ensure_ascii=False).encode(encoding))) == {"a": "é"}


def test_a_status_after_a_failed_poll_has_the_last_known_state() -> None:
    seen: list[Status] = []
    server = ScriptedServer(
        submit=ACCEPTED,
        status=[json_reply(status="in_progress"), json_reply(503), json_reply(503), json_reply(502), DONE],
        result=SUCCESS,
    )
    ClientHarness("sync", server).run(on_status=seen.append)
    assert [status.state for status in seen] == [State.QUEUED, State.RUNNING, State.RUNNING, State.RUNNING, State.COMPLETED]
    assert [status.trouble for status in seen] == [
        "",
        "",
        "The API responded with status 503",
        "The API responded with status 502",
        "",
    ]


@KINDS
def test_an_encoded_response_in_memory_is_decoded_once(kind: str) -> None:
    """httpx itself decodes the response of a `MockTransport`."""
    body = gzip.compress(json.dumps({"request_id": "r-1"}).encode())
    server = ScriptedServer(submit=raw_reply(body, content_encoding="gzip"), status=DONE, result=SUCCESS)
    assert ClientHarness(kind, server).submit().request_id == "r-1"

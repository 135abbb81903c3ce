"""Every outcome of a submit: how often the POST is sent, and what the caller receives, by the table of promises."""

from __future__ import annotations

import gzip
import hashlib
from typing import Any

import httpx
import pytest
from runcomfy_client.errors import (
    AuthenticationError,
    ConnectionFailed,
    InsufficientBalance,
    InvalidRequest,
    PermissionDenied,
    RateLimited,
    RunComfyError,
    SubmitUnknown,
    UnknownModel,
)
from runcomfy_client.policy import Policy

from tests.runtime.harness import ACCEPTED, START, BrokenStream, ClientHarness, Film, Reply, ScriptedServer, json_reply, raw_reply

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])

NOT_SENT = [httpx.ConnectError("name lookup"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full"), httpx.ProxyError("no")]

REFUSED: list[tuple[Any, type[RunComfyError]]] = [
    (json_reply(400, error_code=400001, error_message="bad id"), UnknownModel),
    (json_reply(400, error_code=400002), InsufficientBalance),
    (json_reply(400, code=400004, error="UserAccountError"), AuthenticationError),
    (json_reply(400, message="bad input"), InvalidRequest),
    (raw_reply(b"no", 401), AuthenticationError),
    (json_reply(402), InsufficientBalance),
    (json_reply(403, error_code=403001), PermissionDenied),
    (json_reply(404), UnknownModel),
    (json_reply(422, detail=[{"loc": ["body", "seconds"], "msg": "too long"}]), InvalidRequest),
    (json_reply(200, error_code=403003, error_message="..."), PermissionDenied),
    (json_reply(200, error_code="400002"), InsufficientBalance),
]

UNKNOWN: list[Reply] = [
    httpx.WriteError("broken pipe"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.ReadTimeout("slow"),
    httpx.CloseError("closing"),
    httpx.RemoteProtocolError("server disconnected without sending a response"),
    httpx.LocalProtocolError("too much data"),
    ConnectionRefusedError("from a transport that is not httpx's own"),
    RuntimeError("a bug of a transport"),
    *(json_reply(status, headers={"location": "https://elsewhere.example.com/"}) for status in (300, 301, 302, 303, 307, 308)),
    *(json_reply(status) for status in (405, 408, 409, 410, 413, 418, 425, 500, 502, 503, 504, 529)),
    *(json_reply(status, error_code=400002) for status in (500, 503)),
    raw_reply(b""),
    raw_reply(b"OK"),
    raw_reply(b"[]"),
    raw_reply(b'{"request_id": "r-'),
    raw_reply(b"<html>", 202),
    raw_reply(b"\xff\xfe{}"),
    raw_reply(b"[" * 100_000),
    raw_reply(b"rubbish", content_encoding="gzip"),
    json_reply(),
    json_reply(request_id=""),
    json_reply(request_id=None),
    json_reply(request_id=True),
    json_reply(request_id=["r-1"]),
    json_reply(request_id="../../v1/models"),
    json_reply(request_id=".."),
    json_reply(request_id="a b"),
    json_reply(request_id="x" * 300),
    json_reply(status="in_queue", id="r-1"),
    lambda _request: httpx.Response(200, stream=BrokenStream(b'{"request_id": "r')),
    lambda _request: httpx.Response(200, stream=BrokenStream()),
]


@KINDS
@pytest.mark.parametrize("failure", NOT_SENT, ids=lambda error: type(error).__name__)
def test_an_unsent_submit_is_retried(kind: str, failure: Exception) -> None:
    server = ScriptedServer(submit=[failure, failure, ACCEPTED])
    assert ClientHarness(kind, server).submit().request_id == "r-1"
    assert server.count("submit") == 3


@KINDS
def test_retries_end(kind: str) -> None:
    server = ScriptedServer(submit=httpx.ConnectError("name lookup failed"))
    harness = ClientHarness(kind, server)
    with pytest.raises(ConnectionFailed, match="name lookup failed"):
        harness.submit()
    assert server.count("submit") == 4
    assert harness.clock.sleeps == [0.5, 1.0, 2.0]


@KINDS
@pytest.mark.parametrize(
    ("asked", "waited"), [("7", 7.0), ("0", 0.0), ("-3", 0.0), ("Fri, 02 Jan 2026 03:04:25 GMT", 20.0), ("soon", 0.5)]
)
def test_429_is_retried_after_retry_after(kind: str, asked: str, waited: float) -> None:
    headers = {"retry-after": asked, "date": "Fri, 02 Jan 2026 03:04:05 GMT"}
    server = ScriptedServer(submit=[json_reply(429, headers=headers), ACCEPTED])
    harness = ClientHarness(kind, server)
    assert harness.submit().request_id == "r-1"
    assert server.count("submit") == 2
    assert harness.clock.sleeps == [waited]


@KINDS
def test_a_permanent_429_is_an_error_with_retry_after(kind: str) -> None:
    server = ScriptedServer(submit=json_reply(429, headers={"retry-after": "3"}))
    with pytest.raises(RateLimited) as caught:
        ClientHarness(kind, server).submit()
    assert server.count("submit") == 4
    assert caught.value.retry_after == 3


@KINDS
def test_429_with_a_long_retry_after_is_an_error_at_once(kind: str) -> None:
    server = ScriptedServer(submit=json_reply(429, headers={"retry-after": "3600"}))
    harness = ClientHarness(kind, server)
    with pytest.raises(RateLimited):
        harness.submit()
    assert (server.count("submit"), harness.clock.sleeps) == (1, [])


@KINDS
@pytest.mark.parametrize(("say", "error"), REFUSED)
def test_a_refusal_is_raised_and_not_retried(kind: str, say: Reply, error: type[RunComfyError]) -> None:
    server = ScriptedServer(submit=say)
    with pytest.raises(error) as caught:
        ClientHarness(kind, server).submit()
    assert type(caught.value) is error
    assert caught.value.model_id == "studio/film-1.0/text to video"
    assert server.count("submit") == 1


@KINDS
@pytest.mark.parametrize("say", UNKNOWN)
def test_a_submit_that_may_have_been_accepted_is_never_sent_again(kind: str, say: Reply) -> None:
    server = ScriptedServer(submit=say)
    harness = ClientHarness(kind, server)
    with pytest.raises(SubmitUnknown) as caught:
        harness.submit()
    assert server.count("submit") == 1
    error = caught.value
    assert error.time == START
    assert error.model_id == "studio/film-1.0/text to video"
    assert error.body_sha256 == hashlib.sha256(server.requests("submit")[0].content).hexdigest()
    assert "may exist" in str(error)
    assert error.__context__ is None


@KINDS
@pytest.mark.parametrize("failures", [1, 2, 3])
def test_nothing_is_sent_after_a_submit_may_have_been_accepted(kind: str, failures: int) -> None:
    server = ScriptedServer(submit=[*[httpx.ConnectError("down")] * failures, httpx.ReadTimeout("slow"), ACCEPTED])
    with pytest.raises(SubmitUnknown):
        ClientHarness(kind, server).submit()
    assert server.count("submit") == failures + 1


@KINDS
@pytest.mark.parametrize(
    "say",
    [
        json_reply(202, request_id="r-1", status="in_queue"),
        json_reply(201, request_id="r-1", error_code=None),
        json_reply(200, request_id="r-1", error_code=0),
        json_reply(200, request_id="r-1", status_url="https://evil.example.com/"),
        lambda _request: httpx.Response(200, stream=BrokenStream(b'{"request_id": "r-1"}')),
    ],
)
def test_any_2xx_with_an_id_is_a_job(kind: str, say: Reply) -> None:
    server = ScriptedServer(submit=say)
    assert ClientHarness(kind, server).submit().request_id == "r-1"
    assert server.count("submit") == 1


@KINDS
def test_a_numeric_id_is_accepted(kind: str) -> None:
    assert ClientHarness(kind, ScriptedServer(submit=json_reply(request_id=4711))).submit().request_id == "4711"


@KINDS
def test_a_compressed_response_is_read(kind: str) -> None:
    class Packed(BrokenStream):
        def __iter__(self) -> Any:
            yield gzip.compress(b'{"request_id": "r-1"}')

        async def __aiter__(self) -> Any:
            yield gzip.compress(b'{"request_id": "r-1"}')

    server = ScriptedServer(submit=lambda _request: httpx.Response(200, stream=Packed(), headers={"content-encoding": "gzip"}))
    assert ClientHarness(kind, server).submit().request_id == "r-1"


@KINDS
def test_the_retry_budget_is_shared_by_all_submits_of_a_client(kind: str) -> None:
    server = ScriptedServer(submit=httpx.ConnectError("down"))

    async def use_async(client: Any) -> int:
        failed = 0
        for _ in range(6):
            try:
                await client.submit(Film(prompt="x"))
            except ConnectionFailed:
                failed += 1
        return failed

    def use_sync(client: Any) -> int:
        failed = 0
        for _ in range(6):
            try:
                client.submit(Film(prompt="x"))
            except ConnectionFailed:
                failed += 1
        return failed

    policy = Policy(retry_budget=5, retry_budget_refill=1e9)
    assert ClientHarness(kind, server, policy=policy).call(use_sync if kind == "sync" else use_async) == 6
    assert server.count("submit") == 6 + 5


@KINDS
def test_a_submit_sends_the_payload_to_the_path_of_the_model(kind: str) -> None:
    server = ScriptedServer(submit=ACCEPTED)
    ClientHarness(kind, server).submit()
    request = server.requests("submit")[0]
    assert request.url.raw_path == b"/v1/models/studio/film-1.0/text%20to%20video"
    assert request.content == b'{"prompt":"x"}'
    assert request.headers["content-type"] == "application/json"

"""One submit, every way it can go: how often the POST leaves, and what the caller is told. The table is the promise of the package."""

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

from tests.runtime.kit import ACCEPTED, START, Film, Rig, Say, Server, Torn, raw, says

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])

NOT_SENT = [httpx.ConnectError("name lookup"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full"), httpx.ProxyError("no")]

REFUSED: list[tuple[Any, type[RunComfyError]]] = [
    (says(400, error_code=400001, error_message="bad id"), UnknownModel),
    (says(400, error_code=400002), InsufficientBalance),
    (says(400, code=400004, error="UserAccountError"), AuthenticationError),
    (says(400, message="bad input"), InvalidRequest),
    (raw(b"no", 401), AuthenticationError),
    (says(402), InsufficientBalance),
    (says(403, error_code=403001), PermissionDenied),
    (says(404), UnknownModel),
    (says(422, detail=[{"loc": ["body", "seconds"], "msg": "too long"}]), InvalidRequest),
    (says(200, error_code=403003, error_message="..."), PermissionDenied),
    (says(200, error_code="400002"), InsufficientBalance),
]

UNKNOWN: list[Say] = [
    httpx.WriteError("broken pipe"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.ReadTimeout("slow"),
    httpx.CloseError("closing"),
    httpx.RemoteProtocolError("server disconnected without sending a response"),
    httpx.LocalProtocolError("too much data"),
    ConnectionRefusedError("from a transport that is not httpx's own"),
    RuntimeError("a bug of a transport"),
    *(says(status, headers={"location": "https://elsewhere.example.com/"}) for status in (300, 301, 302, 303, 307, 308)),
    *(says(status) for status in (405, 408, 409, 410, 413, 418, 425, 500, 502, 503, 504, 529)),
    *(says(status, error_code=400002) for status in (500, 503)),
    raw(b""),
    raw(b"OK"),
    raw(b"[]"),
    raw(b'{"request_id": "r-'),
    raw(b"<html>", 202),
    raw(b"\xff\xfe{}"),
    raw(b"[" * 100_000),
    raw(b"rubbish", content_encoding="gzip"),
    says(),
    says(request_id=""),
    says(request_id=None),
    says(request_id=True),
    says(request_id=["r-1"]),
    says(request_id="../../v1/models"),
    says(request_id=".."),
    says(request_id="a b"),
    says(request_id="x" * 300),
    says(status="in_queue", id="r-1"),
    lambda _request: httpx.Response(200, stream=Torn(b'{"request_id": "r')),
    lambda _request: httpx.Response(200, stream=Torn()),
]


@KINDS
@pytest.mark.parametrize("failure", NOT_SENT, ids=lambda error: type(error).__name__)
def test_a_submit_that_was_never_sent_is_tried_again(kind: str, failure: Exception) -> None:
    server = Server(submit=[failure, failure, ACCEPTED])
    assert Rig(kind, server).submit().request_id == "r-1"
    assert server.count("submit") == 3


@KINDS
def test_trying_again_ends(kind: str) -> None:
    server = Server(submit=httpx.ConnectError("name lookup failed"))
    rig = Rig(kind, server)
    with pytest.raises(ConnectionFailed, match="name lookup failed"):
        rig.submit()
    assert server.count("submit") == 4
    assert rig.clock.sleeps == [0.5, 1.0, 2.0]


@KINDS
@pytest.mark.parametrize(
    ("asked", "waited"), [("7", 7.0), ("0", 0.0), ("-3", 0.0), ("Fri, 02 Jan 2026 03:04:25 GMT", 20.0), ("soon", 0.5)]
)
def test_429_is_tried_again_when_the_server_says(kind: str, asked: str, waited: float) -> None:
    headers = {"retry-after": asked, "date": "Fri, 02 Jan 2026 03:04:05 GMT"}
    server = Server(submit=[says(429, headers=headers), ACCEPTED])
    rig = Rig(kind, server)
    assert rig.submit().request_id == "r-1"
    assert server.count("submit") == 2
    assert rig.clock.sleeps == [waited]


@KINDS
def test_429_for_ever_is_an_error_that_says_when(kind: str) -> None:
    server = Server(submit=says(429, headers={"retry-after": "3"}))
    with pytest.raises(RateLimited) as caught:
        Rig(kind, server).submit()
    assert server.count("submit") == 4
    assert caught.value.retry_after == 3


@KINDS
def test_429_for_longer_than_anyone_waits_is_an_error_at_once(kind: str) -> None:
    server = Server(submit=says(429, headers={"retry-after": "3600"}))
    rig = Rig(kind, server)
    with pytest.raises(RateLimited):
        rig.submit()
    assert (server.count("submit"), rig.clock.sleeps) == (1, [])


@KINDS
@pytest.mark.parametrize(("say", "error"), REFUSED)
def test_a_refusal_is_raised_and_not_tried_again(kind: str, say: Say, error: type[RunComfyError]) -> None:
    server = Server(submit=say)
    with pytest.raises(error) as caught:
        Rig(kind, server).submit()
    assert type(caught.value) is error
    assert caught.value.model_id == "studio/film-1.0/text to video"
    assert server.count("submit") == 1


@KINDS
@pytest.mark.parametrize("say", UNKNOWN)
def test_what_may_have_been_accepted_is_never_sent_again(kind: str, say: Say) -> None:
    server = Server(submit=say)
    rig = Rig(kind, server)
    with pytest.raises(SubmitUnknown) as caught:
        rig.submit()
    assert server.count("submit") == 1
    error = caught.value
    assert error.time == START
    assert error.model_id == "studio/film-1.0/text to video"
    assert error.body_sha256 == hashlib.sha256(server.requests("submit")[0].content).hexdigest()
    assert "may exist" in str(error)
    assert error.__context__ is None


@KINDS
@pytest.mark.parametrize("failures", [1, 2, 3])
def test_nothing_is_sent_again_once_something_may_have_been_accepted(kind: str, failures: int) -> None:
    server = Server(submit=[*[httpx.ConnectError("down")] * failures, httpx.ReadTimeout("slow"), ACCEPTED])
    with pytest.raises(SubmitUnknown):
        Rig(kind, server).submit()
    assert server.count("submit") == failures + 1


@KINDS
@pytest.mark.parametrize(
    "say",
    [
        says(202, request_id="r-1", status="in_queue"),
        says(201, request_id="r-1", error_code=None),
        says(200, request_id="r-1", error_code=0),
        says(200, request_id="r-1", status_url="https://evil.example.com/"),
        lambda _request: httpx.Response(200, stream=Torn(b'{"request_id": "r-1"}')),
    ],
)
def test_any_2xx_with_an_id_is_a_job(kind: str, say: Say) -> None:
    server = Server(submit=say)
    assert Rig(kind, server).submit().request_id == "r-1"
    assert server.count("submit") == 1


@KINDS
def test_an_id_that_is_a_number_is_an_id(kind: str) -> None:
    assert Rig(kind, Server(submit=says(request_id=4711))).submit().request_id == "4711"


@KINDS
def test_an_answer_that_is_packed_unasked_is_read_all_the_same(kind: str) -> None:
    class Packed(Torn):
        def __iter__(self) -> Any:
            yield gzip.compress(b'{"request_id": "r-1"}')

        async def __aiter__(self) -> Any:
            yield gzip.compress(b'{"request_id": "r-1"}')

    server = Server(submit=lambda _request: httpx.Response(200, stream=Packed(), headers={"content-encoding": "gzip"}))
    assert Rig(kind, server).submit().request_id == "r-1"


@KINDS
def test_the_retry_budget_is_shared_by_all_submits_of_a_client(kind: str) -> None:
    server = Server(submit=httpx.ConnectError("down"))

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
    assert Rig(kind, server, policy=policy).call(use_sync if kind == "sync" else use_async) == 6
    assert server.count("submit") == 6 + 5


@KINDS
def test_what_is_sent_is_the_payload_to_the_models_own_path(kind: str) -> None:
    server = Server(submit=ACCEPTED)
    Rig(kind, server).submit()
    request = server.requests("submit")[0]
    assert request.url.raw_path == b"/v1/models/studio/film-1.0/text%20to%20video"
    assert request.content == b'{"prompt":"x"}'
    assert request.headers["content-type"] == "application/json"

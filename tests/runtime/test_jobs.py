"""Jobs and clients: single calls, resuming, cancelling, and the options of a client."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.client import RunComfy
from runcomfy_client.errors import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    ConnectionFailed,
    InvalidInput,
    RequestNotFound,
    ServerError,
)
from runcomfy_client.requests import RawRequest
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.status import State

from tests.runtime.harness import (
    ACCEPTED,
    BASE,
    DONE,
    SUCCESS,
    TOKEN,
    ClientHarness,
    Film,
    FilmOutput,
    Reply,
    ScriptedServer,
    json_reply,
)

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


@KINDS
def test_status_makes_one_call(kind: str) -> None:
    server = ScriptedServer(status=json_reply(status="in_queue", queue_position=4))
    status = ClientHarness(kind, server).call(lambda client: client.job("r-1").status())
    assert (status.state, status.queue_position, status.request_id) == (State.QUEUED, 4, "r-1")
    assert server.count("status") == 1


@KINDS
@pytest.mark.parametrize("trouble", [json_reply(500), httpx.ReadTimeout("slow"), json_reply(429, headers={"retry-after": "5"})])
def test_status_retries_transient_failures(kind: str, trouble: Reply) -> None:
    server = ScriptedServer(status=[trouble, trouble, DONE])
    assert ClientHarness(kind, server).call(lambda client: client.job("r-1").status()).state is State.COMPLETED


@KINDS
@pytest.mark.parametrize(
    ("trouble", "error", "calls"),
    [
        (json_reply(500), ServerError, 4),
        (httpx.ConnectError("down"), ConnectionFailed, 4),
        (json_reply(401), AuthenticationError, 1),
        (json_reply(404, error_code=404001), RequestNotFound, 1),
    ],
)
def test_status_raises_a_final_error_with_the_id(kind: str, trouble: Reply, error: type[APIError], calls: int) -> None:
    server = ScriptedServer(status=trouble)
    with pytest.raises(error) as caught:
        ClientHarness(kind, server).call(lambda client: client.job("r-1").status())
    assert caught.value.request_id == "r-1"
    assert server.count("status") == calls


@KINDS
@pytest.mark.parametrize(
    ("cancel", "status", "cancelled"),
    [
        (json_reply(202, status="completed", outcome="cancelled"), json_reply(500), True),
        (json_reply(202, status="cancelled"), json_reply(500), True),
        (json_reply(202, status="in_progress", outcome="not_cancellable"), json_reply(status="in_progress"), False),
        ([httpx.ReadTimeout("lost"), json_reply(202, outcome="not_cancellable")], json_reply(status="cancelled"), True),
        (json_reply(202, outcome="not_cancellable"), json_reply(500), False),
    ],
)
def test_cancel_returns_whether_the_job_is_cancelled(kind: str, cancel: Any, status: Reply, cancelled: bool) -> None:
    server = ScriptedServer(cancel=cancel, status=status)
    assert ClientHarness(kind, server).call(lambda client: client.job("r-1").cancel()) is cancelled
    assert server.requests("cancel")[0].content == b""


@KINDS
def test_a_job_is_resumed_by_its_id_with_typed_output(kind: str) -> None:
    server = ScriptedServer(status=DONE, result=SUCCESS)
    result = ClientHarness(kind, server).call(lambda client: client.job("r-1", Film).result())
    assert isinstance(result.output, FilmOutput)
    assert result.model_id == Film.MODEL_ID
    result = ClientHarness(kind, server).call(lambda client: client.job("r-1").result())
    assert isinstance(result.output, MediaOutput)
    assert server.count("submit") == 0


@KINDS
def test_a_raw_request_runs(kind: str) -> None:
    server = ScriptedServer(submit=ACCEPTED, status=DONE, result=SUCCESS)
    result = ClientHarness(kind, server).run(RawRequest(model="studio/new", inputs={"a": 1}))
    assert result.output.video == "https://files.example.com/a.mp4?signature=s3cret"
    assert server.requests("submit")[0].url.path == "/v1/models/studio/new"
    assert server.requests("submit")[0].content == b'{"a":1}'


@KINDS
def test_updates_are_iterated(kind: str) -> None:
    server = ScriptedServer(status=[json_reply(status="in_queue", queue_position=1), json_reply(status="in_progress"), DONE])

    def sync(client: Any) -> Any:
        return [update.state for update in client.job("r-1").updates()]

    async def asynchronous(client: Any) -> Any:
        return [update.state async for update in client.job("r-1").updates()]

    states = ClientHarness(kind, server).call(sync if kind == "sync" else asynchronous)
    assert states == [State.QUEUED, State.RUNNING, State.COMPLETED]


@KINDS
def test_iterating_updates_can_stop_at_any_time(kind: str) -> None:
    server = ScriptedServer(status=json_reply(status="in_queue"))

    def sync(client: Any) -> Any:
        for update in client.job("r-1").updates():
            return update.state

    async def asynchronous(client: Any) -> Any:
        updates = client.job("r-1").updates()
        async for update in updates:
            await updates.aclose()
            return update.state

    assert ClientHarness(kind, server).call(sync if kind == "sync" else asynchronous) is State.QUEUED
    assert (server.count("status"), server.count("cancel")) == (1, 0)


def test_an_async_callback_is_awaited() -> None:
    seen: list[Any] = []

    async def show(update: Any) -> None:
        seen.append(update.word)

    ClientHarness("async", ScriptedServer(submit=ACCEPTED, status=DONE, result=SUCCESS)).run(on_status=show)
    assert seen == ["submitted", "completed"]


@KINDS
def test_the_attributes_of_a_result(kind: str) -> None:
    body = json_reply(status="succeeded", output="https://x/a", cost=2.85, created_at="2026-01-02", finished_at=None)
    server = ScriptedServer(submit=ACCEPTED, status=DONE, result=body)
    result = ClientHarness(kind, server, include_cost=True).run()
    assert (result.cost, result.created_at, result.finished_at) == (2.85, "2026-01-02", None)
    assert result.output.model_extra == {"value": "https://x/a"}
    assert server.requests("result")[0].url.query == b"include_cost=true"


def test_an_http_client_of_the_other_kind_is_rejected() -> None:
    with httpx.Client() as http, pytest.raises(ConfigurationError, match=r"httpx.AsyncClient"):
        AsyncRunComfy(TOKEN, base_url=BASE, http_client=http)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(ConfigurationError, match=r"httpx.Client"):
        RunComfy(TOKEN, base_url=BASE, http_client=httpx.AsyncClient())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_users_http_client_stays_open_and_a_closed_one_is_an_error() -> None:
    server = ScriptedServer(submit=ACCEPTED)
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        with RunComfy(TOKEN, base_url=BASE, http_client=http) as client:
            client.submit(Film(prompt="x"))
        assert not http.is_closed
        other = RunComfy(TOKEN, base_url=BASE, http_client=http)
    with pytest.raises(ConfigurationError, match="closed"):
        other.submit(Film(prompt="x"))
    assert server.count("submit") == 1


def test_the_base_url_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMFY_BASE_URL", "http://127.0.0.1:8123/")
    assert repr(RunComfy(TOKEN)) == "RunComfy(base_url='http://127.0.0.1:8123')"
    assert "elsewhere" in repr(RunComfy(TOKEN, base_url="https://elsewhere.example.com"))


@pytest.mark.parametrize("request_id", ["", "..", "a/b", "a?b", "a b", "x" * 300])
def test_an_invalid_request_id_is_rejected(request_id: str) -> None:
    with RunComfy(TOKEN, base_url=BASE) as client, pytest.raises(InvalidInput):
        client.job(request_id)

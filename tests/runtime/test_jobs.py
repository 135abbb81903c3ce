"""Jobs and clients, as they are used: single questions, picking up, cancelling, and the options of a client."""

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

from tests.runtime.kit import ACCEPTED, BASE, DONE, SUCCESS, TOKEN, Film, FilmOutput, Rig, Say, Server, says

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


@KINDS
def test_a_status_is_one_question(kind: str) -> None:
    server = Server(status=says(status="in_queue", queue_position=4))
    status = Rig(kind, server).call(lambda client: client.job("r-1").status())
    assert (status.state, status.queue_position, status.request_id) == (State.QUEUED, 4, "r-1")
    assert server.count("status") == 1


@KINDS
@pytest.mark.parametrize("trouble", [says(500), httpx.ReadTimeout("slow"), says(429, headers={"retry-after": "5"})])
def test_a_status_is_asked_for_through_passing_troubles(kind: str, trouble: Say) -> None:
    server = Server(status=[trouble, trouble, DONE])
    assert Rig(kind, server).call(lambda client: client.job("r-1").status()).state is State.COMPLETED


@KINDS
@pytest.mark.parametrize(
    ("trouble", "error", "calls"),
    [
        (says(500), ServerError, 4),
        (httpx.ConnectError("down"), ConnectionFailed, 4),
        (says(401), AuthenticationError, 1),
        (says(404, error_code=404001), RequestNotFound, 1),
    ],
)
def test_a_status_that_is_not_to_be_had_is_an_error_with_the_id(kind: str, trouble: Say, error: type[APIError], calls: int) -> None:
    server = Server(status=trouble)
    with pytest.raises(error) as caught:
        Rig(kind, server).call(lambda client: client.job("r-1").status())
    assert caught.value.request_id == "r-1"
    assert server.count("status") == calls


@KINDS
@pytest.mark.parametrize(
    ("cancel", "status", "cancelled"),
    [
        (says(202, status="completed", outcome="cancelled"), says(500), True),
        (says(202, status="cancelled"), says(500), True),
        (says(202, status="in_progress", outcome="not_cancellable"), says(status="in_progress"), False),
        ([httpx.ReadTimeout("lost"), says(202, outcome="not_cancellable")], says(status="cancelled"), True),
        (says(202, outcome="not_cancellable"), says(500), False),
    ],
)
def test_cancelling_says_whether_it_is_cancelled(kind: str, cancel: Any, status: Say, cancelled: bool) -> None:
    server = Server(cancel=cancel, status=status)
    assert Rig(kind, server).call(lambda client: client.job("r-1").cancel()) is cancelled
    assert server.requests("cancel")[0].content == b""


@KINDS
def test_a_job_is_picked_up_by_its_id_with_typed_output(kind: str) -> None:
    server = Server(status=DONE, result=SUCCESS)
    result = Rig(kind, server).call(lambda client: client.job("r-1", Film).result())
    assert isinstance(result.output, FilmOutput)
    assert result.model_id == Film.MODEL_ID
    result = Rig(kind, server).call(lambda client: client.job("r-1").result())
    assert isinstance(result.output, MediaOutput)
    assert server.count("submit") == 0


@KINDS
def test_a_raw_request_runs(kind: str) -> None:
    server = Server(submit=ACCEPTED, status=DONE, result=SUCCESS)
    result = Rig(kind, server).run(RawRequest(model="studio/new", inputs={"a": 1}))
    assert result.output.video == "https://files.example.com/a.mp4?signature=s3cret"
    assert server.requests("submit")[0].url.path == "/v1/models/studio/new"
    assert server.requests("submit")[0].content == b'{"a":1}'


@KINDS
def test_updates_are_iterated(kind: str) -> None:
    server = Server(status=[says(status="in_queue", queue_position=1), says(status="in_progress"), DONE])

    def sync(client: Any) -> Any:
        return [update.state for update in client.job("r-1").updates()]

    async def asynchronous(client: Any) -> Any:
        return [update.state async for update in client.job("r-1").updates()]

    states = Rig(kind, server).call(sync if kind == "sync" else asynchronous)
    assert states == [State.QUEUED, State.RUNNING, State.COMPLETED]


@KINDS
def test_updates_can_be_left_at_any_time(kind: str) -> None:
    server = Server(status=says(status="in_queue"))

    def sync(client: Any) -> Any:
        for update in client.job("r-1").updates():
            return update.state

    async def asynchronous(client: Any) -> Any:
        updates = client.job("r-1").updates()
        async for update in updates:
            await updates.aclose()
            return update.state

    assert Rig(kind, server).call(sync if kind == "sync" else asynchronous) is State.QUEUED
    assert (server.count("status"), server.count("cancel")) == (1, 0)


def test_an_async_callback_is_awaited() -> None:
    seen: list[Any] = []

    async def show(update: Any) -> None:
        seen.append(update.word)

    Rig("async", Server(submit=ACCEPTED, status=DONE, result=SUCCESS)).run(on_status=show)
    assert seen == ["submitted", "completed"]


@KINDS
def test_the_facts_of_a_result(kind: str) -> None:
    body = says(status="succeeded", output="https://x/a", cost=2.85, created_at="2026-01-02", finished_at=None)
    server = Server(submit=ACCEPTED, status=DONE, result=body)
    result = Rig(kind, server, include_cost=True).run()
    assert (result.cost, result.created_at, result.finished_at) == (2.85, "2026-01-02", None)
    assert result.output.model_extra == {"value": "https://x/a"}
    assert server.requests("result")[0].url.query == b"include_cost=true"


def test_an_http_client_of_the_other_kind_is_turned_down() -> None:
    with httpx.Client() as http, pytest.raises(ConfigurationError, match="httpx.AsyncClient"):
        AsyncRunComfy(TOKEN, base_url=BASE, http_client=http)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(ConfigurationError, match="httpx.Client"):
        RunComfy(TOKEN, base_url=BASE, http_client=httpx.AsyncClient())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_users_http_client_stays_open_and_a_closed_one_is_told_of() -> None:
    server = Server(submit=ACCEPTED)
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
def test_what_cannot_be_a_request_id_is_turned_down(request_id: str) -> None:
    with RunComfy(TOKEN, base_url=BASE) as client, pytest.raises(InvalidInput):
        client.job(request_id)

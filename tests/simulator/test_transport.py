"""The in-process transport: an httpx client, sync or async, sees the same as over a network."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from runcomfy_client.simulator import (
    Delay,
    Drip,
    Drop,
    Endless,
    Fault,
    Garbage,
    HalfBody,
    ManualClock,
    Reply,
    Simulator,
    Unreachable,
)
from runcomfy_client.simulator.faults import Effect

from tests.simulator.conftest import Build
from tests.simulator.schema_documents import FILM, GOOD, TOKEN

Send = Callable[..., httpx.Response]


def send_sync(sim: Simulator, method: str, url: str, **options: Any) -> httpx.Response:
    with httpx.Client(transport=sim.transport(), base_url=sim.base_url, headers=TOKEN) as client:
        return client.request(method, url, **options)


def send_async(sim: Simulator, method: str, url: str, **options: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=sim.transport(), base_url=sim.base_url, headers=TOKEN) as client:
            return await client.request(method, url, **options)

    return asyncio.run(send())


@pytest.fixture(params=[send_sync, send_async], ids=["sync", "async"])
def send(request: pytest.FixtureRequest) -> Send:
    chosen: Send = request.param
    return chosen


SUBMIT = f"/v1/models/{FILM['model_id']}"


def test_a_complete_job(build: Build, send: Send, clock: ManualClock) -> None:
    sim = build()
    links = send(sim, "POST", SUBMIT, json=GOOD).json()
    assert send(sim, "GET", links["status_url"]).json()["status"] == "in_queue"
    clock.sleep(10)
    result = send(sim, "GET", links["result_url"], params={"include_cost": "true"}).json()
    film = send(sim, "GET", result["output"]["video"])
    assert film.headers["content-type"] == "video/mp4"
    assert len(film.content) == int(film.headers["content-length"])
    assert [job.request_id for job in sim.accepted] == [links["request_id"]]


def test_ids_with_blanks(build: Build, send: Send) -> None:
    sim = build()
    assert send(sim, "POST", "/v1/models/acme/Film Live 01", json={}).status_code == 200
    assert sim.accepted[0].model_id == "acme/Film Live 01"


@pytest.mark.parametrize(
    ("effect", "error", "accepted"),
    [
        (Unreachable(), httpx.ConnectError, 0),
        (Drop(accepted=False), httpx.ReadError, 0),
        (Drop(accepted=True), httpx.ReadError, 1),
        (HalfBody(), httpx.RemoteProtocolError, 1),
        (Delay(6), httpx.ReadTimeout, 1),
        (Drip(0.01), httpx.ReadTimeout, 1),
    ],
)
def test_a_broken_call_is_an_error(build: Build, send: Send, effect: Effect, error: type[Exception], accepted: int) -> None:
    sim = build(faults=[Fault("submit", effect)])
    with pytest.raises(error):
        send(sim, "POST", SUBMIT, json=GOOD, timeout=5)
    assert len(sim.accepted) == accepted
    assert sim.calls[-1].point == "submit"


def test_time_passes_on_the_simulators_clock(build: Build, send: Send, clock: ManualClock) -> None:
    sim = build(faults=[Fault("catalog", Delay(4)), Fault("catalog", Drip(100))])
    answer = send(sim, "GET", "/v1/models", timeout=5)
    assert clock() == pytest.approx(1000 + 4 + len(answer.content) / 100, abs=1)


def test_a_read_that_times_out_takes_as_long_as_the_timeout(build: Build, send: Send, clock: ManualClock) -> None:
    sim = build(faults=[Fault("catalog", Delay(3600))])
    with pytest.raises(httpx.ReadTimeout):
        send(sim, "GET", "/v1/models", timeout=5)
    assert clock() == 1005


def test_a_client_without_a_timeout_waits(build: Build, send: Send, clock: ManualClock) -> None:
    sim = build(faults=[Fault("catalog", Delay(3600))])
    assert send(sim, "GET", "/v1/models", timeout=None).status_code == 200
    assert clock() == 4600


def test_faulty_responses_are_delivered(build: Build, send: Send) -> None:
    sim = build(faults=[Fault("catalog", Garbage()), Fault("catalog", Reply(429, retry_after=7), after=1)])
    assert send(sim, "GET", "/v1/models").headers["content-type"] == "text/html"
    assert send(sim, "GET", "/v1/models").headers["retry-after"] == "7"


def test_an_endless_body_never_ends(build: Build) -> None:
    sim = build(faults=[Fault("catalog", Endless())])
    taken = 0
    with sim.http_client().stream("GET", f"{sim.base_url}/v1/models", headers=TOKEN) as answer:
        assert "content-length" not in answer.headers
        for piece in answer.iter_raw():
            taken += len(piece)
            if taken > 1_000_000:
                break
    assert taken > 1_000_000


def test_calls_to_other_hosts_fail_and_are_recorded(build: Build, send: Send) -> None:
    sim = build()
    for url in (
        "https://model-api.runcomfy.net/v1/models",
        "http://simulator.invalid/v1/models",
        "https://simulator.invalid:8443/v1/models",
    ):
        with pytest.raises(httpx.ConnectError):
            send(sim, "GET", url)
    assert [(call.point, call.status) for call in sim.calls] == [("elsewhere", None)] * 3


def test_a_head_has_no_body(build: Build, send: Send) -> None:
    sim = build()
    request_id = send(sim, "POST", SUBMIT, json=GOOD).json()["request_id"]
    head = send(sim, "HEAD", f"/files/{request_id}/video.mp4")
    assert head.content == b""
    assert int(head.headers["content-length"]) > 1000


def test_the_simulator_closes_the_clients_it_created(build: Build) -> None:
    with build() as sim:
        client = sim.http_client()
        assert client.get(f"{sim.base_url}/v1/models", headers=TOKEN).status_code == 200
    assert client.is_closed


def test_the_simulator_creates_async_clients(build: Build) -> None:
    sim = build()

    async def ask() -> int:
        async with sim.async_http_client() as client:
            return (await client.get(f"{sim.base_url}/v1/models", headers=TOKEN)).status_code

    assert asyncio.run(ask()) == 200


def test_a_waiting_task_can_be_cancelled(build: Build) -> None:
    """The wait is real and endless; only the cancellation ends it."""
    sim = build(clock=time.monotonic, faults=[Fault("submit", Delay(3600))])

    async def give_up() -> None:
        async with sim.async_http_client() as client:
            task = asyncio.create_task(client.post(f"{sim.base_url}{SUBMIT}", json=GOOD, headers=TOKEN, timeout=None))
            while not sim.accepted:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(give_up())
    assert len(sim.accepted) == 1


def test_tasks_take_turns(build: Build) -> None:
    sim = build()

    async def work(name: str, log: list[str]) -> None:
        async with sim.async_http_client() as client:
            for _ in range(3):
                await client.get(f"{sim.base_url}/v1/models", headers=TOKEN)
                log.append(name)

    async def race() -> list[str]:
        log: list[str] = []
        await asyncio.gather(work("a", log), work("b", log))
        return log

    assert asyncio.run(race()) == ["a", "b"] * 3

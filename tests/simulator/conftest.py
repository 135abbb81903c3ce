"""A simulator with four small models and a manual clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from runcomfy_client.simulator import ManualClock, SimulatedResponse, Simulator

from tests.simulator.schema_documents import ALL, FILM, GOOD, TOKEN

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)

Build = Callable[..., Simulator]
Ask = Callable[..., SimulatedResponse]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def build(clock: ManualClock) -> Iterator[Build]:
    """Return a function that creates simulators: by default, jobs are queued for 6 s and run for 4 s."""
    built: list[Simulator] = []

    def build(**settings: Any) -> Simulator:
        usual: dict[str, Any] = {"seconds_in_queue": 6, "seconds_running": 4, "clock": clock, "started_at": NEW_YEAR}
        built.append(Simulator(**{"schemas": ALL, **usual, **settings}))
        return built[-1]

    yield build
    for simulator in built:
        simulator.close()


@pytest.fixture
def sim(build: Build) -> Simulator:
    return build()


@pytest.fixture
def ask(sim: Simulator) -> Ask:
    """Return a function that makes a call with a token: `ask("GET", "/v1/models")`."""
    return asker(sim)


def asker(sim: Simulator) -> Ask:
    def ask(method: str, url: str, body: Any = None, **options: Any) -> SimulatedResponse:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return sim.handle(method, url, headers=TOKEN, body=raw, **options)

    return ask


@pytest.fixture
def request_id(ask: Ask) -> str:
    """Return the id of a job that has just been accepted."""
    return submit(ask)


def submit(ask: Ask, model_id: str = FILM["model_id"], inputs: Any = GOOD) -> str:
    answer = ask("POST", f"/v1/models/{model_id}", inputs)
    assert answer.status == 200, answer.body
    request_id: str = answer.json()["request_id"]
    return request_id

"""The calls of the API: responses have the documented shape, and errors the documented codes."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest
from runcomfy_client.simulator import ManualClock, Simulator

from tests.simulator.conftest import Ask, Build, asker, submit
from tests.simulator.schema_documents import FILM, GOOD

HERE = "https://simulator.invalid"


def test_a_submit_returns_an_id_and_three_urls(ask: Ask) -> None:
    body = ask("POST", "/v1/models/acme/film-2.0/image-to-video", GOOD).json()
    request_id = body["request_id"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,128}", request_id)
    assert body == {
        "request_id": request_id,
        "status_url": f"{HERE}/v1/requests/{request_id}/status",
        "result_url": f"{HERE}/v1/requests/{request_id}/result",
        "cancel_url": f"{HERE}/v1/requests/{request_id}/cancel",
    }


def test_a_status_has_a_position_only_while_queued(ask: Ask, clock: ManualClock, request_id: str) -> None:
    links = {f"{name}_url": f"{HERE}/v1/requests/{request_id}/{name}" for name in ("status", "result")}
    queued = ask("GET", f"/v1/requests/{request_id}/status")
    assert queued.status == 200
    assert queued.json() == {"request_id": request_id, "status": "in_queue", "queue_position": 3, **links}
    clock.sleep(6)
    assert ask("GET", f"/v1/requests/{request_id}/status").json() == {"request_id": request_id, "status": "in_progress", **links}


def test_a_result_contains_the_state_until_it_has_an_output(ask: Ask, clock: ManualClock, request_id: str) -> None:
    unfinished = ask("GET", f"/v1/requests/{request_id}/result")
    assert (unfinished.status, unfinished.json()["status"]) == (200, "in_queue")
    clock.sleep(10)
    assert ask("GET", f"/v1/requests/{request_id}/result").json() == {
        "request_id": request_id,
        "status": "succeeded",
        "created_at": "2026-01-01T00:00:00Z",
        "finished_at": "2026-01-01T00:00:10Z",
        "output": {"video": f"{HERE}/files/{request_id}/video.mp4"},
    }


def test_the_cost_comes_on_request(build: Build, clock: ManualClock) -> None:
    ask = asker(build(price_usd=0.25))
    request_id = submit(ask)
    assert "cost" not in ask("GET", f"/v1/requests/{request_id}/result?include_cost=true").json()
    clock.sleep(10)
    assert ask("GET", f"/v1/requests/{request_id}/result?include_cost=true").json()["cost"] == 0.25
    assert "cost" not in ask("GET", f"/v1/requests/{request_id}/result?include_cost=false").json()


def test_the_balance(build: Build) -> None:
    answer = asker(build(balance_usd=-1.5))("GET", "/prod/v2/balance")
    assert answer.json() == {"balance_usd": -1.5, "balance_microdollars": -1_500_000, "currency": "USD"}


@pytest.mark.parametrize(
    ("method", "url", "body", "status", "code"),
    [
        ("POST", "/v1/models/acme/unknown", GOOD, 400, 400001),
        ("POST", "/v1/models/acme/picture/4k", {}, 400, 400001),
        ("GET", "/v1/models/acme/unknown", None, 400, 400001),
        ("POST", "/v1/models/acme/picture", b"{", 400, 400000),
        ("POST", "/v1/models/acme/picture", [1], 400, 400000),
        ("POST", "/v1/models/acme/picture", b'{"count": NaN}', 400, 400000),
        ("POST", "/v1/models/acme/picture", b'{"count": 1e999}', 400, 400000),
        ("POST", "/v1/models/acme/picture", b"\xff", 400, 400000),
        ("POST", "/v1/models/acme/picture", b'{"count":' + b"[" * 100_000, 400, 400000),
        ("POST", "/v1/models/acme/picture", {"count": "1"}, 422, 422001),
        ("GET", "/v1/requests/none/status", None, 404, 404001),
        ("GET", "/v1/requests/none/result", None, 404, 404001),
        ("POST", "/v1/requests/none/cancel", None, 404, 404001),
        ("GET", "/files/none/video.mp4", None, 404, 404000),
        ("GET", "/v1/nothing", None, 404, 404000),
        ("GET", "//[", None, 404, 404000),
        ("DELETE", "/v1/models/acme/picture", None, 405, 405000),
    ],
)
def test_errors_have_a_code_and_a_message(ask: Ask, method: str, url: str, body: Any, status: int, code: int) -> None:
    answer = ask(method, url, body)
    assert (answer.status, answer.json()["error_code"]) == (status, code)
    assert answer.json()["error_message"]


def test_a_wrong_method_gets_the_allowed_ones(ask: Ask) -> None:
    assert ask("PUT", "/v1/models/acme/picture").headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic dTpw", "test"])
def test_every_call_requires_a_token(sim: Simulator, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    calls = [
        ("POST", "/v1/models/acme/picture"),
        ("GET", "/v1/models"),
        ("GET", "/v1/requests/x/status"),
        ("GET", "/prod/v2/balance"),
    ]
    for method, url in calls:
        answer = sim.handle(method, url, headers=headers, body=b"{}")
        assert (answer.status, answer.json()["error_code"]) == (401, 400004)
    assert sim.accepted == ()


def test_only_the_configured_token_is_valid(build: Build) -> None:
    sim = build(token="good")
    assert sim.handle("GET", "/v1/models", headers={"Authorization": "Bearer good"}).status == 200
    bad = sim.handle("GET", "/v1/models", headers={"Authorization": "Bearer bad"})
    assert (bad.status, bad.json()["error_code"]) == (401, 400004)
    assert b"bad" not in bad.body.replace(b"bad or expired", b"")


def test_a_job_belongs_to_its_token(sim: Simulator, request_id: str) -> None:
    for method, name in [("GET", "status"), ("GET", "result"), ("POST", "cancel")]:
        answer = sim.handle(method, f"/v1/requests/{request_id}/{name}", headers={"Authorization": "Bearer other"})
        assert (answer.status, answer.json()["error_code"]) == (403, 403001)


def test_without_balance_no_job_is_accepted(build: Build) -> None:
    sim = build(balance_usd=0)
    answer = asker(sim)("POST", "/v1/models/acme/picture", {})
    assert (answer.status, answer.json()["error_code"]) == (402, 400002)
    assert sim.accepted == ()


@pytest.mark.parametrize(
    "url", ["/v1/models/acme/Film%20Live%2001", "/v1/models/acme/Film Live 01", "/v1/models/acme%2FFilm%20Live%2001"]
)
def test_ids_may_be_percent_encoded(sim: Simulator, ask: Ask, url: str) -> None:
    assert ask("POST", url, {}).status == 200
    assert sim.accepted[0].model_id == "acme/Film Live 01"


def test_the_record_of_accepted_jobs(sim: Simulator, ask: Ask, clock: ManualClock) -> None:
    first = submit(ask)
    before = sim.accepted
    clock.sleep(2)
    second = submit(ask)
    assert len(before) == 1, "a record that was read does not grow"
    one, two = sim.accepted
    assert (one.request_id, two.request_id) == (first, second)
    assert (one.at, two.at) == (1000.0, 1002.0)
    assert one.model_id == FILM["model_id"]
    assert one.inputs == GOOD
    assert one.body_sha256 == two.body_sha256 == hashlib.sha256(json.dumps(GOOD).encode()).hexdigest()


def test_the_record_of_calls(sim: Simulator, ask: Ask, request_id: str) -> None:
    ask("GET", f"/v1/requests/{request_id}/result?include_cost=true")
    ask("GET", "/nowhere")
    ask("GET", "https://elsewhere.example/v1/models")
    assert [(call.point, call.method, call.url, call.status) for call in sim.calls] == [
        ("submit", "POST", "/v1/models/acme/film-2.0/image-to-video", 200),
        ("result", "GET", f"/v1/requests/{request_id}/result?include_cost=true", 200),
        ("unknown", "GET", "/nowhere", 404),
        ("elsewhere", "GET", "https://elsewhere.example/v1/models", None),
    ]
    assert sim.calls[0].headers["authorization"] == "Bearer test"
    assert "Bearer" not in repr(sim.calls)


def test_ids_come_from_the_seed(build: Build) -> None:
    ids = [submit(asker(build(seed=seed))) for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]


def test_responses_are_dated_by_the_clock(ask: Ask, clock: ManualClock) -> None:
    clock.sleep(3661)
    assert ask("GET", "/v1/models").headers["Date"] == "Thu, 01 Jan 2026 01:01:01 GMT"


def test_an_error_response_can_name_any_input(ask: Ask) -> None:
    answer = ask("POST", "/v1/models/acme/picture", b'{"\\ud800": 1}')
    assert answer.json()["errors"] == [{"field": "\ud800", "message": "unknown input"}]

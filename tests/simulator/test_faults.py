"""Faults apply exactly where and as often as configured."""

from __future__ import annotations

from typing import Any

import pytest
from runcomfy_client.simulator import (
    Delay,
    Delivery,
    Drip,
    Drop,
    Endless,
    Fault,
    Garbage,
    HalfBody,
    JobFails,
    ManualClock,
    NeverFinishes,
    OutputIs,
    RefuseCancel,
    Reply,
    SimulatedResponse,
    StatusWord,
    Unreachable,
    read_fault,
)
from runcomfy_client.simulator.faults import Effect, Point
from runcomfy_client.simulator.responses import Break, Pause, bytes_response, chunks

from tests.simulator.conftest import Ask, Build, asker, submit
from tests.simulator.schema_documents import FILM, GOOD

SUBMIT = f"/v1/models/{FILM['model_id']}"


@pytest.mark.parametrize(
    ("effect", "delivery", "accepted"),
    [
        (Unreachable(), Delivery(lost="unsent"), 0),
        (Drop(accepted=False), Delivery(lost="unanswered"), 0),
        (Drop(accepted=True), Delivery(lost="unanswered"), 1),
        (Delay(2.5), Delivery(wait=2.5), 1),
        (Drip(10), Delivery(bytes_per_second=10), 1),
        (Endless(), Delivery(endless=True), 1),
        (Garbage(), Delivery(), 1),
        (Reply(503), Delivery(), 0),
        (Reply(502, accepted=True), Delivery(), 1),
    ],
)
def test_a_fault_at_a_submit(build: Build, effect: Effect, delivery: Delivery, accepted: int) -> None:
    sim = build(faults=[Fault("submit", effect)])
    ask = asker(sim)
    assert ask("POST", SUBMIT, GOOD).delivery == delivery
    assert len(sim.accepted) == accepted
    assert ask("POST", SUBMIT, GOOD).status == 200, "once is enough"
    assert len(sim.accepted) == accepted + 1


def test_half_a_body_is_half_of_the_body(build: Build) -> None:
    ask = asker(build(faults=[Fault("submit", HalfBody())]))
    answer = ask("POST", SUBMIT, GOOD)
    assert answer.delivery.cut == len(answer.body) // 2 > 0
    assert answer.headers["Content-Length"] == str(len(answer.body))


@pytest.mark.parametrize(
    ("effect", "status", "body", "retry_after"),
    [
        (Reply(429, retry_after=2), 429, {"error_code": 429000, "error_message": "a simulated fault"}, "2"),
        (Reply(429, retry_after="Thu, 01 Jan 2026 00:00:09 GMT"), 429, None, "Thu, 01 Jan 2026 00:00:09 GMT"),
        (Reply(200, {"error_code": 403003, "error_message": "no"}), 200, {"error_code": 403003, "error_message": "no"}, None),
        (Reply(202, {"request_id": "r1", "status": "in_queue"}), 202, {"request_id": "r1", "status": "in_queue"}, None),
        (Reply(200, []), 200, [], None),
    ],
)
def test_any_response_can_be_configured(build: Build, effect: Reply, status: int, body: Any, retry_after: str | None) -> None:
    answer = asker(build(faults=[Fault("submit", effect)]))("POST", SUBMIT, GOOD)
    assert answer.status == status
    assert body is None or answer.json() == body
    assert answer.headers.get("Retry-After") == retry_after


def test_a_response_can_be_bytes_or_a_redirect(build: Build) -> None:
    redirect = Reply(307, b"gone", headers={"Location": "https://elsewhere.example/"})
    answer = asker(build(faults=[Fault("submit", redirect)]))("POST", SUBMIT, GOOD)
    assert (answer.status, answer.body, answer.headers["Location"]) == (307, b"gone", "https://elsewhere.example/")


def test_garbage_is_not_json(build: Build) -> None:
    answer = asker(build(faults=[Fault("submit", Garbage())]))("POST", SUBMIT, GOOD)
    assert answer.status == 200
    with pytest.raises(ValueError):
        answer.json()


@pytest.mark.parametrize("point", ["submit", "status", "result", "cancel", "catalog", "balance", "download", "any"])
def test_a_fault_applies_only_to_its_call(build: Build, point: Point) -> None:
    sim = build(seconds_in_queue=0, seconds_running=0)
    ask = asker(sim)
    request_id = submit(ask)
    sim.inject(Fault(point, Reply(500), times=None))
    calls = {
        "submit": ("POST", SUBMIT),
        "status": ("GET", f"/v1/requests/{request_id}/status"),
        "result": ("GET", f"/v1/requests/{request_id}/result"),
        "cancel": ("POST", f"/v1/requests/{request_id}/cancel"),
        "catalog": ("GET", "/v1/models"),
        "balance": ("GET", "/prod/v2/balance"),
        "download": ("GET", f"/files/{request_id}/video.mp4"),
    }
    struck = {name for name, (method, url) in calls.items() if ask(method, url, GOOD).status == 500}
    assert struck == (set(calls) if point == "any" else {point})


def polls(ask: Ask, count: int) -> str:
    """Make calls; return a character for each, `x` if a fault applied."""
    return "".join("x" if ask("GET", "/v1/models").status == 503 else "." for _ in range(count))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "x......."),
        ({"times": 3}, "xxx....."),
        ({"times": 0}, "........"),
        ({"times": None}, "xxxxxxxx"),
        ({"after": 2}, "..x....."),
        ({"after": 2, "times": 2}, "..xx...."),
        ({"times": None, "probability": 0}, "........"),
        ({"times": None, "probability": 1}, "xxxxxxxx"),
    ],
)
def test_a_fault_applies_as_often_as_configured(build: Build, settings: dict[str, Any], expected: str) -> None:
    assert polls(asker(build(faults=[Fault("catalog", Reply(503), **settings)])), 8) == expected


def test_random_faults_depend_on_the_seed(build: Build) -> None:
    fault = Fault("catalog", Reply(503), times=None, probability=0.3)
    one, same, other = (polls(asker(build(faults=[fault], seed=seed)), 200) for seed in (1, 1, 2))
    assert one == same != other
    assert 40 <= one.count("x") <= 80


def test_an_outage_lasts_as_long_as_configured(build: Build, clock: ManualClock) -> None:
    ask = asker(build(faults=[Fault("any", Reply(503), times=None, during=(2, 5))]))
    seen = ""
    for _ in range(8):
        seen += polls(ask, 1)
        clock.sleep(1)
    assert seen == "..xxx..."


def test_several_faults_apply_to_one_call(build: Build) -> None:
    ask = asker(
        build(faults=[Fault("submit", Delay(1)), Fault("any", Delay(2)), Fault("submit", Reply(429)), Fault("submit", Reply(500))])
    )
    answer = ask("POST", SUBMIT, GOOD)
    assert (answer.status, answer.delivery.wait) == (429, 3)


def test_a_failing_job_is_completed_and_failed(build: Build, clock: ManualClock) -> None:
    ask = asker(build(faults=[Fault("submit", JobFails({"reason": "no faces"}))]))
    request_id = submit(ask)
    assert "error" not in ask("GET", f"/v1/requests/{request_id}/result").json()
    clock.sleep(10)
    assert ask("GET", f"/v1/requests/{request_id}/status").json()["status"] == "completed"
    result = ask("GET", f"/v1/requests/{request_id}/result?include_cost=true").json()
    assert (result["status"], result["error"]) == ("failed", {"reason": "no faces"})
    assert not result.keys() & {"output", "cost"}


def test_a_job_can_run_for_ever(build: Build, clock: ManualClock) -> None:
    ask = asker(build(faults=[Fault("submit", NeverFinishes())]))
    request_id = submit(ask)
    assert ask("GET", f"/v1/requests/{request_id}/status").json()["status"] == "in_queue"
    clock.sleep(1_000_000)
    assert ask("GET", f"/v1/requests/{request_id}/status").json()["status"] == "in_progress"


@pytest.mark.parametrize(
    "output", ["https://a.example/x.mp4", ["https://a.example/x.mp4"], {"video": "file:///etc/passwd"}, {}, None]
)
def test_a_job_can_have_any_output(build: Build, clock: ManualClock, output: Any) -> None:
    ask = asker(build(faults=[Fault("submit", OutputIs(output))]))
    request_id = submit(ask)
    clock.sleep(10)
    assert ask("GET", f"/v1/requests/{request_id}/result").json()["output"] == output


def test_a_result_can_lag_behind_the_status(build: Build, clock: ManualClock) -> None:
    ask = asker(build(faults=[Fault("result", StatusWord("in_progress"))]))
    request_id = submit(ask)
    clock.sleep(10)
    assert ask("GET", f"/v1/requests/{request_id}/status").json()["status"] == "completed"
    early = ask("GET", f"/v1/requests/{request_id}/result").json()
    assert early["status"] == "in_progress"
    assert not early.keys() & {"output", "finished_at"}
    assert ask("GET", f"/v1/requests/{request_id}/result").json()["status"] == "succeeded"


def test_a_status_can_be_any_word(build: Build) -> None:
    ask = asker(build(faults=[Fault("status", StatusWord("Warming_Up"))]))
    body = ask("GET", f"/v1/requests/{submit(ask)}/status").json()
    assert body["status"] == "Warming_Up"
    assert body["status_url"]


def test_a_status_word_does_not_change_an_error(build: Build) -> None:
    answer = asker(build(faults=[Fault("status", StatusWord("completed"))]))("GET", "/v1/requests/none/status")
    assert (answer.status, answer.json()["error_code"]) == (404, 404001)


def test_a_cancel_can_be_refused(build: Build) -> None:
    ask = asker(build(faults=[Fault("cancel", RefuseCancel())]))
    request_id = submit(ask)
    first, second = (ask("POST", f"/v1/requests/{request_id}/cancel") for _ in range(2))
    assert (first.status, first.json()["status"], first.json()["outcome"]) == (202, "in_queue", "not_cancellable")
    assert second.json()["outcome"] == "cancelled"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Fault("status", JobFails()), "JobFails is possible only at submit, not at status"),
        (lambda: Fault("submit", StatusWord("x")), "StatusWord is possible only at status or result"),
        (lambda: Fault("submit", RefuseCancel()), "RefuseCancel is possible only at cancel"),
        (lambda: Fault("poll", Reply(500)), "unknown point 'poll'"),  # type: ignore[arg-type]  # the mistake under test
        (lambda: Fault("submit", Reply(500), probability=2), "between 0 and 1"),
        (lambda: Fault("submit", Reply(500), after=-1), "must not be negative"),
        (lambda: Drip(0), "speed must be positive"),
    ],
)
def test_invalid_faults_are_rejected(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def delivered(body: bytes, delivery: Delivery) -> SimulatedResponse:
    return SimulatedResponse(200, {}, body, delivery)


def test_a_body_is_delivered_in_chunks() -> None:
    assert list(chunks(bytes_response(b"abc", media_type="text/plain"))) == [b"abc"]
    assert list(chunks(delivered(b"abcd", Delivery(cut=2)))) == [b"ab", Break()]
    assert list(chunks(delivered(b"abc", Delivery(bytes_per_second=2)))) == [Pause(1), b"ab", Pause(1), b"c"]
    assert list(chunks(delivered(b"ab", Delivery(bytes_per_second=0.5)))) == [Pause(2), b"a", Pause(2), b"b"]
    assert list(chunks(delivered(b"", Delivery(endless=True)))) == []
    endless = chunks(delivered(b"ab", Delivery(endless=True)))
    assert [next(endless) for _ in range(3)] == [b"ab"] * 3
    large = list(chunks(delivered(bytes(200_000), Delivery())))
    assert max(len(piece) for piece in large if isinstance(piece, bytes)) < 100_000


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("submit:429", Fault("submit", Reply(429))),
        ("submit:429,retry-after=2,times=3", Fault("submit", Reply(429, retry_after="2"), times=3)),
        ("any:503,times=always,probability=0.1", Fault("any", Reply(503), times=None, probability=0.1)),
        ("submit:drop-after,after=4", Fault("submit", Drop(accepted=True), after=4)),
        ("submit:drop-before", Fault("submit", Drop(accepted=False))),
        ("status:delay=2.5", Fault("status", Delay(2.5))),
        ("download:drip=1000", Fault("download", Drip(1000))),
        ("result:says=in_progress", Fault("result", StatusWord("in_progress"))),
        ("submit:job-fails", Fault("submit", JobFails())),
        ("submit:job-fails=no faces", Fault("submit", JobFails("no faces"))),
        ("cancel:refuse-cancel", Fault("cancel", RefuseCancel())),
    ],
)
def test_faults_can_be_written_as_text(text: str, fault: Fault) -> None:
    assert read_fault(text) == fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "submit",
        "submit:",
        "submit:explode",
        "poll:500",
        "submit:500,often=1",
        "submit:500,times=x",
        "submit:delay",
        "submit:garbage,retry-after=1",
    ],
)
def test_an_invalid_fault_text_gets_the_syntax(text: str) -> None:
    with pytest.raises(ValueError, match="write POINT:EFFECT"):
        read_fault(text)

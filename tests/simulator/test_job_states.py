"""Job states depend only on the clock, and only a queued job can be cancelled."""

from __future__ import annotations

import pytest
from runcomfy_client.simulator import ManualClock

from tests.simulator.conftest import Ask, Build, asker, submit


def test_a_job_is_queued_then_runs_then_is_complete(ask: Ask, clock: ManualClock, request_id: str) -> None:
    seen: list[tuple[str, int | None]] = []
    for _ in range(11):
        body = ask("GET", f"/v1/requests/{request_id}/status").json()
        seen.append((body["status"], body.get("queue_position")))
        clock.sleep(1)
    queued = [("in_queue", position) for position in (3, 3, 2, 2, 1, 1)]
    assert seen == [*queued, *[("in_progress", None)] * 4, ("completed", None)]


def test_status_and_result_use_their_own_words(ask: Ask, clock: ManualClock, request_id: str) -> None:
    clock.sleep(10)
    assert ask("GET", f"/v1/requests/{request_id}/status").json()["status"] == "completed"
    assert ask("GET", f"/v1/requests/{request_id}/result").json()["status"] == "succeeded"


def test_without_waiting_times_a_job_is_complete_at_once(build: Build) -> None:
    ask = asker(build(seconds_in_queue=0, seconds_running=0))
    assert ask("GET", f"/v1/requests/{submit(ask)}/result").json()["status"] == "succeeded"


def test_jobs_do_not_wait_for_each_other(ask: Ask, clock: ManualClock, request_id: str) -> None:
    clock.sleep(7)
    later = submit(ask)
    assert ask("GET", f"/v1/requests/{request_id}/status").json()["status"] == "in_progress"
    assert ask("GET", f"/v1/requests/{later}/status").json()["status"] == "in_queue"


def test_a_queued_job_can_be_cancelled(ask: Ask, clock: ManualClock, request_id: str) -> None:
    clock.sleep(5)
    answer = ask("POST", f"/v1/requests/{request_id}/cancel")
    assert answer.status == 202
    assert answer.json() == {"request_id": request_id, "status": "cancelled", "outcome": "cancelled"}
    clock.sleep(60)
    assert ask("GET", f"/v1/requests/{request_id}/status").json()["status"] == "cancelled"
    result = ask("GET", f"/v1/requests/{request_id}/result").json()
    assert result["status"] == "cancelled"
    assert result["finished_at"] == "2026-01-01T00:00:05Z"
    assert "output" not in result
    again = ask("POST", f"/v1/requests/{request_id}/cancel").json()
    assert again["status"] == again["outcome"] == "cancelled"


@pytest.mark.parametrize(("age", "status"), [(6, "in_progress"), (10, "completed")])
def test_a_job_that_left_the_queue_cannot_be_cancelled(
    ask: Ask, clock: ManualClock, request_id: str, age: int, status: str
) -> None:
    clock.sleep(age)
    answer = ask("POST", f"/v1/requests/{request_id}/cancel")
    assert answer.status == 202
    assert answer.json() == {"request_id": request_id, "status": status, "outcome": "not_cancellable"}
    clock.sleep(60)
    assert ask("GET", f"/v1/requests/{request_id}/result").json()["status"] == "succeeded"

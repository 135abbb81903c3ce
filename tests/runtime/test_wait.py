"""Waiting for a job: through every outage, to the right end, within the timeout. Played without network, clock or client."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from runcomfy_client._core.flows.effects import Monotonic, Send, Sleep
from runcomfy_client._core.flows.polling import JobState, wait_for_result
from runcomfy_client._core.flows.run import iter_statuses, resume
from runcomfy_client._core.protocol.parsing import ResultBody
from runcomfy_client._core.protocol.response import Response, TransportError
from runcomfy_client.errors import AuthenticationError, JobCancelled, JobFailed, PermissionDenied, RequestNotFound, WaitTimeout
from runcomfy_client.policy import Policy
from runcomfy_client.status import State

from tests.runtime.kit import ACCEPTED, DONE, SUCCESS, Rig, Server, Stage, answer, says, terms

QUEUED = answer(status="in_queue", queue_position=2)
RUNNING = answer(status="in_progress")
COMPLETED = answer(status="completed")
SUCCEEDED = answer(status="succeeded", output={"video": "https://files.example.com/a.mp4"})
NOT_FOUND = answer(404, error_code=404001)
KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


def play_resume(
    *told: Response | TransportError, timeout: float | None = None, fresh: bool = False, **options: Any
) -> tuple[ResultBody, Stage]:
    stage = Stage(*told)
    job = JobState("r-1", "studio/film", started=stage.clock.now() if fresh else None)
    body: ResultBody = stage.play(resume(job, terms(**options), timeout=timeout))
    return body, stage


def test_the_whole_way() -> None:
    body, stage = play_resume(QUEUED, RUNNING, COMPLETED, SUCCEEDED)
    assert body.state is State.COMPLETED
    assert [send.path for send in stage.sent] == ["/v1/requests/r-1/status"] * 3 + ["/v1/requests/r-1/result"]
    assert [(update.state, update.queue_position) for update in stage.shown] == [
        (State.QUEUED, 2),
        (State.RUNNING, None),
        (State.COMPLETED, None),
    ]


def test_looks_come_soon_and_then_ever_more_rarely() -> None:
    _body, stage = play_resume(*[RUNNING] * 12, COMPLETED, SUCCEEDED, fresh=True)
    pauses = [sleep.seconds for sleep in stage.slept]
    assert pauses[:5] == [0.5, 0.75, 1.125, 1.6875, 2.53125]
    assert pauses[8:] == [10.0] * 5
    assert all(sleep.spread == 0.2 for sleep in stage.slept)


def test_a_job_that_was_picked_up_is_looked_at_at_once() -> None:
    _body, stage = play_resume(COMPLETED, SUCCEEDED)
    assert stage.slept == []


TROUBLES = [
    *(answer(status) for status in (300, 302, 307, 408, 409, 425, 429, 500, 502, 503, 504)),
    TransportError(maybe_sent=True, reason="ReadTimeout"),
    TransportError(maybe_sent=False, reason="ConnectError"),
    Response(200, {}, b"<html>"),
    Response(200, {}, b'{"status": "comp', "RemoteProtocolError"),
    answer(400, error_code=400005),
    answer(200, error_code=500001),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_no_passing_trouble_ends_the_waiting(trouble: Response | TransportError) -> None:
    body, _stage = play_resume(QUEUED, *[trouble] * 50, COMPLETED, *[trouble] * 50, SUCCEEDED)
    assert body.state is State.COMPLETED


def test_retry_after_is_kept_while_waiting() -> None:
    _body, stage = play_resume(answer(429, headers={"retry-after": "33"}), COMPLETED, SUCCEEDED)
    assert [(sleep.seconds, sleep.spread) for sleep in stage.slept] == [(33.0, 0.0)]


@pytest.mark.parametrize(
    ("told", "error"),
    [(answer(401), AuthenticationError), (answer(400, error_code=400004), AuthenticationError), (answer(403), PermissionDenied)],
)
def test_what_no_waiting_cures_is_raised_with_the_id(told: Response, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        play_resume(QUEUED, told)
    assert getattr(caught.value, "request_id") == "r-1"  # the parameter is any of them


def test_a_job_that_is_not_found_right_after_its_submit_is_given_time() -> None:
    body, stage = play_resume(*[NOT_FOUND] * 6, RUNNING, COMPLETED, SUCCEEDED, fresh=True)
    assert body.state is State.COMPLETED
    assert 10 < stage.clock.now() - 1000 < 30


def test_a_job_that_stays_unknown_is_told_of() -> None:
    with pytest.raises(RequestNotFound) as caught:
        play_resume(NOT_FOUND)
    assert caught.value.request_id == "r-1"


def test_the_time_for_an_unknown_job_starts_anew_when_it_was_seen() -> None:
    body, _stage = play_resume(*[*[NOT_FOUND] * 3, RUNNING] * 8, COMPLETED, SUCCEEDED)
    assert body.state is State.COMPLETED


@pytest.mark.parametrize("early", ["in_progress", "in_queue", "finalizing", None])
def test_a_result_that_is_not_there_yet_is_asked_for_again(early: str | None) -> None:
    body, stage = play_resume(COMPLETED, *[answer(status=early)] * 3, SUCCEEDED)
    assert body.state is State.COMPLETED
    assert len(stage.sent) == 5


def test_completed_is_no_success_the_result_decides() -> None:
    with pytest.raises(JobFailed) as caught:
        play_resume(COMPLETED, answer(status="failed", error={"reason": "refused the prompt"}))
    assert caught.value.error == {"reason": "refused the prompt"}
    assert caught.value.request_id == "r-1"
    assert "refused the prompt" in str(caught.value)


def test_a_result_that_calls_an_error_a_success_is_a_failure() -> None:
    with pytest.raises(JobFailed, match="out of memory"):
        play_resume(COMPLETED, answer(status="completed", error="out of memory"))


def test_failed_is_no_failure_when_the_result_says_otherwise() -> None:
    body, _stage = play_resume(answer(status="failed"), SUCCEEDED)
    assert body.state is State.COMPLETED


@pytest.mark.parametrize(
    "told", [answer(400, message="no result"), NOT_FOUND, RUNNING, TransportError(maybe_sent=True, reason="gone")], ids=str
)
def test_a_failure_whose_result_will_not_come_is_told_all_the_same(told: Response | TransportError) -> None:
    with pytest.raises(JobFailed, match="too long a prompt"):
        play_resume(answer(status="failed", error="too long a prompt"), told)


@pytest.mark.parametrize("word", ["cancelled", "canceled", "CANCELLED"])
def test_cancelled_by_either_spelling(word: str) -> None:
    with pytest.raises(JobCancelled):
        play_resume(answer(status=word))
    with pytest.raises(JobCancelled):
        play_resume(COMPLETED, answer(status=word))


def test_an_unknown_word_is_waited_through_and_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "runcomfy_client"):
        body, _stage = play_resume(*[answer(status="defrosting")] * 5, COMPLETED, SUCCEEDED)
    assert body.state is State.COMPLETED
    assert [record.getMessage() for record in caplog.records] == ["job r-1 has the unknown status 'defrosting'; waiting on"]


def test_the_timeout_ends_the_waiting_and_not_the_job() -> None:
    stage = Stage(QUEUED, RUNNING)
    with pytest.raises(WaitTimeout) as caught:
        stage.play(resume(JobState("r-1", "studio/film"), terms(), timeout=60))
    assert stage.clock.now() == 1060
    assert caught.value.request_id == "r-1"
    assert 'client.job("r-1"' in str(caught.value)
    assert {send.method for send in stage.sent} == {"GET"}


def test_no_exchange_may_outlast_the_timeout() -> None:
    stage = Stage(RUNNING)
    with pytest.raises(WaitTimeout):
        stage.play(resume(JobState("r-1", None), terms(), timeout=30))
    assert all(0 < send.timeout <= 30 for send in stage.sent)
    assert stage.sent[-1].timeout < 30


def test_a_timeout_of_nothing_still_grants_one_look() -> None:
    body, _stage = play_resume(COMPLETED, SUCCEEDED, timeout=0)
    assert body.state is State.COMPLETED


def test_elapsed_counts_from_the_submit() -> None:
    _body, stage = play_resume(RUNNING, COMPLETED, SUCCEEDED, fresh=True)
    assert [update.elapsed for update in stage.shown] == [0.5, 1.25]


def test_jobs_of_one_client_look_one_after_the_other() -> None:
    shared = terms(Policy(polls_per_second=2))
    first, second = Stage(COMPLETED, SUCCEEDED), Stage(COMPLETED, SUCCEEDED)
    first.play(resume(JobState("r-1", None), shared, timeout=None))
    second.play(resume(JobState("r-2", None), shared, timeout=None))
    assert [sleep.seconds for sleep in first.slept] == [0.5]
    assert [sleep.seconds for sleep in second.slept] == [1.0, 0.5]


def test_cost_is_asked_for_when_wanted() -> None:
    _body, stage = play_resume(COMPLETED, SUCCEEDED, include_cost=True)
    assert stage.sent[-1].path == "/v1/requests/r-1/result?include_cost=true"


@pytest.mark.parametrize("last", [COMPLETED, answer(status="failed"), answer(status="cancelled"), answer(status="succeeded")])
def test_following_ends_with_the_job_however_it_ends(last: Response) -> None:
    stage = Stage(QUEUED, last, AssertionError("one look too many"))
    stage.play(iter_statuses(JobState("r-1", None), terms(), timeout=None))
    assert [update.state.is_final for update in stage.shown] == [False, True]


@KINDS
def test_both_clients_from_submit_to_result(kind: str) -> None:
    seen: list[Any] = []
    server = Server(submit=ACCEPTED, status=[says(status="in_queue", queue_position=1), says(503), DONE], result=SUCCESS)
    result = Rig(kind, server).run(on_status=seen.append)
    assert result.request_id == "r-1"
    assert result.output.video == "https://files.example.com/a.mp4?signature=s3cret"
    assert result.raw["status"] == "succeeded"
    assert [update.word for update in seen] == ["submitted", "in_queue", "", "completed"]
    assert [update.trouble for update in seen] == ["", "", "The API answered 503", ""]
    assert [server.count(name) for name in ("submit", "status", "result", "cancel")] == [1, 3, 1, 0]


def test_those_who_leave_owe_no_one_their_looks() -> None:
    """Of 1,000 jobs that are left, each had a place in the line of looks ahead of it."""
    shared = terms(Policy(polls_per_second=20))
    flows = [wait_for_result(JobState(f"r-{number}", None), shared, timeout=None, deadline=None) for number in range(1000)]
    for flow in flows:
        assert isinstance(next(flow), Monotonic)
        assert isinstance(flow.send(0.0), (Sleep, Send))
    for flow in flows:
        flow.close()
    assert shared.rate_limiter.acquire(0.0) <= 1 / 20


def test_those_whose_timeout_passes_owe_no_one_their_looks_either() -> None:
    shared = terms(Policy(polls_per_second=20))
    flows = [wait_for_result(JobState(f"r-{number}", None), shared, timeout=5.0, deadline=5.0) for number in range(1000)]
    for flow in flows:
        next(flow)
        effect = flow.send(0.0)
        if isinstance(effect, Sleep):
            flow.send(None)
            try:
                if isinstance(flow.send(5.0), Send):
                    flow.send(answer(status="in_queue"))
            except WaitTimeout:
                pass
        flow.close()
    assert shared.rate_limiter.acquire(5.0) <= 5.0 + 1 / 20

"""Waiting for a job: despite outages, with the correct result, within the timeout. Without network, clock or client."""

from __future__ import annotations

import itertools
import logging
from typing import Any

import pytest
from runcomfy_client._core.flows.effects import Monotonic, Send, Sleep
from runcomfy_client._core.flows.options import CallOptions
from runcomfy_client._core.flows.polling import JobState, wait_for_result
from runcomfy_client._core.flows.run import iter_statuses, resume
from runcomfy_client._core.protocol.parsing import ResultBody
from runcomfy_client._core.protocol.response import Response, TransportError
from runcomfy_client.errors import AuthenticationError, JobCancelled, JobFailed, PermissionDenied, RequestNotFound, WaitTimeout
from runcomfy_client.policy import Policy
from runcomfy_client.status import State

from tests.runtime.harness import (
    ACCEPTED,
    DONE,
    SUCCESS,
    ClientHarness,
    FlowRunner,
    ScriptedServer,
    call_options,
    http_response,
    json_reply,
)

QUEUED = http_response(status="in_queue", queue_position=2)
RUNNING = http_response(status="in_progress")
COMPLETED = http_response(status="completed")
SUCCEEDED = http_response(status="succeeded", output={"video": "https://files.example.com/a.mp4"})
NOT_FOUND = http_response(404, error_code=404001)
KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


def play_resume(
    *replies: Response | TransportError, timeout: float | None = None, fresh: bool = False, **options: Any
) -> tuple[ResultBody, FlowRunner]:
    runner = FlowRunner(*replies)
    job = JobState("r-1", "studio/film", started=runner.clock.now() if fresh else None)
    body: ResultBody = runner.run(resume(job, call_options(**options), timeout=timeout))
    return body, runner


def test_from_queued_to_succeeded() -> None:
    body, runner = play_resume(QUEUED, RUNNING, COMPLETED, SUCCEEDED)
    assert body.state is State.COMPLETED
    assert [send.path for send in runner.sent] == ["/v1/requests/r-1/status"] * 3 + ["/v1/requests/r-1/result"]
    assert [(update.state, update.queue_position) for update in runner.shown] == [
        (State.QUEUED, 2),
        (State.RUNNING, None),
        (State.COMPLETED, None),
    ]


def test_the_poll_interval_follows_the_time_in_the_state() -> None:
    _body, runner = play_resume(*[RUNNING] * 120, COMPLETED, SUCCEEDED, fresh=True)
    pauses = [sleep.seconds for sleep in runner.slept]
    assert pauses[:14] == pytest.approx([0.6] * 14)
    for look, pause in enumerate(pauses[15:70], start=15):
        assert pause == pytest.approx(0.07 * sum(pauses[:look]))
    assert pauses[-20:] == pytest.approx([60.0] * 20)
    assert [sleep.spread for sleep in runner.slept] == [0.5, *[0.0] * 120]


def test_a_state_change_resets_the_interval() -> None:
    _body, runner = play_resume(*[http_response(status="in_queue")] * 40, *[RUNNING] * 3, COMPLETED, SUCCEEDED, fresh=True)
    pauses = [sleep.seconds for sleep in runner.slept]
    assert pauses[40] > 2.5
    assert pauses[41:] == pytest.approx([0.6] * 3)


def test_a_queue_that_moves_halves_the_interval() -> None:
    def pauses_at(*positions: int) -> list[float]:
        queue = [http_response(status="in_queue", queue_position=position) for position in positions]
        _body, runner = play_resume(*queue, COMPLETED, SUCCEEDED, fresh=True)
        return [sleep.seconds for sleep in runner.slept]

    still, moving = pauses_at(*[7] * 60), pauses_at(*[7] * 59, 6)
    assert still[-1] > 10 and moving[:-1] == still[:-1]
    assert moving[-1] == pytest.approx(still[-1] / 2)
    assert len(pauses_at(*range(700, 0, -1))) == 701


def test_polls_aim_at_the_expected_duration() -> None:
    shared = call_options()
    for _ in range(16):
        shared.durations.add("studio/film", 100.0, 100.0)
    runner = FlowRunner(*[RUNNING] * 30, COMPLETED, SUCCEEDED)
    runner.run(resume(JobState("r-1", "studio/film", started=1000.0), shared, timeout=None))
    polls = list(itertools.accumulate(sleep.seconds for sleep in runner.slept))
    before, around = [at for at in polls if at < 90], [at for at in polls if 90 <= at < 110]
    assert len(before) <= 20 and around[0] == pytest.approx(100 / 1.1)
    assert all(later - sooner < 0.036 * later for sooner, later in itertools.pairwise(around))
    assert [update.remaining for update in runner.shown[:2]] == pytest.approx([99.4, 98.8])


def test_durations_are_recorded_from_polls() -> None:
    shared = call_options()
    for _ in range(3):
        runner = FlowRunner(QUEUED, QUEUED, *[RUNNING] * 10, COMPLETED, SUCCEEDED)
        runner.run(resume(JobState("r-1", "studio/film", started=1000.0), shared, timeout=None))
    low, high = shared.durations.expected_range("studio/film") or (0.0, 0.0)
    assert low < 5.4 < 6.6 < high < 10
    assert shared.durations.median("studio/film") == pytest.approx(6.0)
    unseen = FlowRunner(RUNNING, COMPLETED, SUCCEEDED)
    unseen.run(resume(JobState("r-2", "studio/other"), shared, timeout=None))
    assert shared.durations.median("studio/other") is None


def test_a_resumed_job_is_polled_at_once() -> None:
    _body, runner = play_resume(COMPLETED, SUCCEEDED)
    assert runner.slept == []


TROUBLES = [
    *(http_response(status) for status in (300, 302, 307, 408, 409, 425, 429, 500, 502, 503, 504)),
    TransportError(maybe_sent=True, reason="ReadTimeout"),
    TransportError(maybe_sent=False, reason="ConnectError"),
    Response(200, {}, b"<html>"),
    Response(200, {}, b'{"status": "comp', "RemoteProtocolError"),
    http_response(400, error_code=400005),
    http_response(200, error_code=500001),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_transient_failures_never_end_the_wait(trouble: Response | TransportError) -> None:
    body, _stage = play_resume(QUEUED, *[trouble] * 50, COMPLETED, *[trouble] * 50, SUCCEEDED)
    assert body.state is State.COMPLETED


def test_retry_after_is_respected_while_waiting() -> None:
    _body, runner = play_resume(http_response(429, headers={"retry-after": "33"}), COMPLETED, SUCCEEDED)
    assert [(sleep.seconds, sleep.spread) for sleep in runner.slept] == [(33.0, 0.0)]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (http_response(401), AuthenticationError),
        (http_response(400, error_code=400004), AuthenticationError),
        (http_response(403), PermissionDenied),
    ],
)
def test_a_final_error_is_raised_with_the_id(reply: Response, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        play_resume(QUEUED, reply)
    assert getattr(caught.value, "request_id") == "r-1"  # the parameter is any of them


def test_a_job_not_found_right_after_its_submit_is_polled_again() -> None:
    body, runner = play_resume(*[NOT_FOUND] * 6, RUNNING, COMPLETED, SUCCEEDED, fresh=True)
    assert body.state is State.COMPLETED
    assert 10 < runner.clock.now() - 1000 < 30


def test_failed_polls_back_off_and_recover_quickly() -> None:
    trouble = http_response(503)
    _body, runner = play_resume(*[RUNNING] * 80, *[trouble] * 8, COMPLETED, SUCCEEDED, fresh=True)
    assert [sleep.seconds for sleep in runner.slept[81:]] == pytest.approx([0.6, 1, 2, 4, 8, 8, 8, 8])
    _body, runner = play_resume(*[RUNNING] * 80, http_response(429), COMPLETED, SUCCEEDED, fresh=True)
    assert runner.slept[-1].seconds > 40  # a rate limit does not shorten the interval


def test_a_job_that_stays_not_found_is_an_error() -> None:
    with pytest.raises(RequestNotFound) as caught:
        play_resume(NOT_FOUND)
    assert caught.value.request_id == "r-1"


def test_the_not_found_grace_restarts_after_a_successful_poll() -> None:
    body, _stage = play_resume(*[*[NOT_FOUND] * 3, RUNNING] * 8, COMPLETED, SUCCEEDED)
    assert body.state is State.COMPLETED


@pytest.mark.parametrize("early", ["in_progress", "in_queue", "finalizing", None])
def test_a_result_that_is_not_ready_is_polled_again(early: str | None) -> None:
    body, runner = play_resume(COMPLETED, *[http_response(status=early)] * 3, SUCCEEDED)
    assert body.state is State.COMPLETED
    assert len(runner.sent) == 5
    assert [sleep.seconds for sleep in runner.slept] == pytest.approx([0.15, 0.225, 0.3375])


def test_a_completed_status_with_a_failed_result_is_a_failure() -> None:
    with pytest.raises(JobFailed) as caught:
        play_resume(COMPLETED, http_response(status="failed", error={"reason": "refused the prompt"}))
    assert caught.value.error == {"reason": "refused the prompt"}
    assert caught.value.request_id == "r-1"
    assert "refused the prompt" in str(caught.value)


def test_a_completed_result_with_an_error_is_a_failure() -> None:
    with pytest.raises(JobFailed, match="out of memory"):
        play_resume(COMPLETED, http_response(status="completed", error="out of memory"))


def test_a_failed_status_with_a_successful_result_is_success() -> None:
    body, _stage = play_resume(http_response(status="failed"), SUCCEEDED)
    assert body.state is State.COMPLETED


@pytest.mark.parametrize(
    "reply",
    [http_response(400, message="no result"), NOT_FOUND, RUNNING, TransportError(maybe_sent=True, reason="gone")],
    ids=str,
)
def test_a_failure_without_a_result_is_still_reported(reply: Response | TransportError) -> None:
    with pytest.raises(JobFailed, match="too long a prompt"):
        play_resume(http_response(status="failed", error="too long a prompt"), reply)


@pytest.mark.parametrize("word", ["cancelled", "canceled", "CANCELLED"])
def test_cancelled_by_either_spelling(word: str) -> None:
    with pytest.raises(JobCancelled):
        play_resume(http_response(status=word))
    with pytest.raises(JobCancelled):
        play_resume(COMPLETED, http_response(status=word))


def test_an_unknown_status_word_is_warned_about_once_and_polling_continues(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "runcomfy_client"):
        body, _stage = play_resume(*[http_response(status="defrosting")] * 5, COMPLETED, SUCCEEDED)
    assert body.state is State.COMPLETED
    assert [record.getMessage() for record in caplog.records] == ["job r-1 has the unknown status 'defrosting'; polling continues"]


def test_the_timeout_ends_the_waiting_and_not_the_job() -> None:
    runner = FlowRunner(QUEUED, RUNNING)
    with pytest.raises(WaitTimeout) as caught:
        runner.run(resume(JobState("r-1", "studio/film"), call_options(), timeout=60))
    assert runner.clock.now() == 1060
    assert caught.value.request_id == "r-1"
    assert 'client.job("r-1"' in str(caught.value)
    assert {send.method for send in runner.sent} == {"GET"}


def test_no_http_call_outlasts_the_timeout() -> None:
    runner = FlowRunner(RUNNING)
    with pytest.raises(WaitTimeout):
        runner.run(resume(JobState("r-1", None), call_options(), timeout=30))
    assert all(0 < send.timeout <= 30 for send in runner.sent)
    assert runner.sent[-1].timeout < 30


def test_a_timeout_of_zero_still_polls_once() -> None:
    body, _stage = play_resume(COMPLETED, SUCCEEDED, timeout=0)
    assert body.state is State.COMPLETED


def test_elapsed_counts_from_the_submit() -> None:
    _body, runner = play_resume(RUNNING, COMPLETED, SUCCEEDED, fresh=True)
    assert [update.elapsed for update in runner.shown] == pytest.approx([0.6, 1.2])


def test_polls_of_one_client_are_rate_limited() -> None:
    shared = call_options(Policy(polls_per_second=2))
    first, second = FlowRunner(COMPLETED, SUCCEEDED), FlowRunner(COMPLETED, SUCCEEDED)
    first.run(resume(JobState("r-1", None), shared, timeout=None))
    second.run(resume(JobState("r-2", None), shared, timeout=None))
    assert [sleep.seconds for sleep in first.slept] == []  # the result does not wait
    assert [sleep.seconds for sleep in second.slept] == pytest.approx([0.99])


def test_include_cost_is_sent() -> None:
    _body, runner = play_resume(COMPLETED, SUCCEEDED, include_cost=True)
    assert runner.sent[-1].path == "/v1/requests/r-1/result?include_cost=true"


@pytest.mark.parametrize(
    "last", [COMPLETED, http_response(status="failed"), http_response(status="cancelled"), http_response(status="succeeded")]
)
def test_iterating_statuses_ends_with_any_final_state(last: Response) -> None:
    runner = FlowRunner(QUEUED, last, AssertionError("one look too many"))
    runner.run(iter_statuses(JobState("r-1", None), call_options(), timeout=None))
    assert [update.state.is_final for update in runner.shown] == [False, True]


@KINDS
def test_both_clients_from_submit_to_result(kind: str) -> None:
    seen: list[Any] = []
    server = ScriptedServer(
        submit=ACCEPTED, status=[json_reply(status="in_queue", queue_position=1), json_reply(503), DONE], result=SUCCESS
    )
    result = ClientHarness(kind, server).run(on_status=seen.append)
    assert result.request_id == "r-1"
    assert result.output.video == "https://files.example.com/a.mp4?signature=s3cret"
    assert result.raw["status"] == "succeeded"
    assert [update.word for update in seen] == ["submitted", "in_queue", "", "completed"]
    assert [update.trouble for update in seen] == ["", "", "The API responded with status 503", ""]
    assert [server.count(name) for name in ("submit", "status", "result", "cancel")] == [1, 3, 1, 0]


def assert_empty_queue(options: CallOptions, now: float) -> None:
    limiter = options.rate_limiter
    assert limiter.wait(limiter.join(now), now) <= 1 / 20


def test_interrupted_waits_release_their_poll_slots() -> None:
    """1,000 interrupted jobs were each waiting in the queue for a poll."""
    shared = call_options(Policy(polls_per_second=20))
    flows = [wait_for_result(JobState(f"r-{number}", None), shared, timeout=None, deadline=None) for number in range(1000)]
    for flow in flows:
        assert isinstance(next(flow), Monotonic)
        assert isinstance(flow.send(0.0), (Sleep, Send))
    for flow in flows:
        flow.close()
    assert_empty_queue(shared, 0.0)


def test_timed_out_waits_release_their_poll_slots() -> None:
    shared = call_options(Policy(polls_per_second=20))
    flows = [wait_for_result(JobState(f"r-{number}", None), shared, timeout=5.0, deadline=5.0) for number in range(1000)]
    for flow in flows:
        next(flow)
        effect = flow.send(0.0)
        if isinstance(effect, Sleep):
            flow.send(None)
            try:
                if isinstance(flow.send(5.0), Send):
                    flow.send(http_response(status="in_queue"))
            except WaitTimeout:
                pass
        flow.close()
    assert_empty_queue(shared, 5.0)

"""Ctrl-C, cancelled tasks, timeouts and failing callbacks never lose a job's id, and never submit twice."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from runcomfy_client._core.flows.effects import Send
from runcomfy_client._core.flows.polling import JobState
from runcomfy_client._core.flows.run import resume, run, submit_job
from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client._core.protocol.response import TransportError
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.client import RunComfy
from runcomfy_client.errors import ConfigurationError, SubmitUnknown, WaitTimeout
from runcomfy_client.orphans import OrphanedJob, orphaned_job
from runcomfy_client.policy import Policy

from tests.runtime.harness import (
    ACCEPTED,
    BASE,
    TOKEN,
    AsyncFakeClock,
    ClientHarness,
    Film,
    FlowRunner,
    ScriptedServer,
    call_options,
    http_response,
    json_reply,
)

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
STOPS = pytest.mark.parametrize("stop", [KeyboardInterrupt, asyncio.CancelledError, SystemExit])
OURS = http_response(request_id="r-1")
QUEUED = http_response(status="in_queue")
RUNNING = http_response(status="in_progress")
CANCELLED = http_response(202, status="completed", outcome="cancelled")
TOO_LATE = http_response(202, status="in_progress", outcome="not_cancellable")


def prepared() -> PreparedRequest:
    return PreparedRequest.of(Film(prompt="x"))


def play_until_interrupted(runner: FlowRunner, stop: type[BaseException], **options: Any) -> OrphanedJob:
    """Play `run` until it is interrupted; return the orphaned job."""
    with pytest.raises(stop) as caught:
        runner.run(run(prepared(), call_options(**options), timeout=None))
    left = orphaned_job(caught.value)
    assert left is not None
    assert str(left) in getattr(caught.value, "__notes__", [])
    return left


@STOPS
def test_an_interrupt_during_the_submit_reports_an_unknown_job(stop: type[BaseException]) -> None:
    runner = FlowRunner(stop())
    left = play_until_interrupted(runner, stop)
    assert left.request_id is None
    assert left.unknown is not None
    assert left.unknown.body_sha256 == prepared().body_sha256
    assert len(runner.sent) == 1


@STOPS
@pytest.mark.parametrize("seen", [[], [QUEUED], [QUEUED, http_response(503)]], ids=len)
def test_an_interrupt_cancels_a_queued_job_once(stop: type[BaseException], seen: list[Any]) -> None:
    runner = FlowRunner(OURS, *seen, stop(), CANCELLED)
    left = play_until_interrupted(runner, stop)
    assert left == OrphanedJob("studio/film-1.0/text to video", "r-1", cancelled=True)
    assert [send.method for send in runner.sent] == ["POST", *["GET"] * (len(seen) + 1), "POST"]
    assert (runner.sent[-1].path, runner.sent[-1].total_timeout) == ("/v1/requests/r-1/cancel", 0.8)


@STOPS
@pytest.mark.parametrize(
    "reply", [TOO_LATE, http_response(500), TransportError(maybe_sent=True, reason="slow"), http_response(404)], ids=str
)
def test_a_job_that_could_not_be_cancelled_is_reported_with_how_to_resume(stop: type[BaseException], reply: Any) -> None:
    runner = FlowRunner(OURS, QUEUED, stop(), reply)
    left = play_until_interrupted(runner, stop)
    assert left.request_id == "r-1"
    assert not left.cancelled
    assert 'client.job("r-1"' in str(left)
    assert len(runner.sent) == 4


@STOPS
def test_an_interrupt_does_not_cancel_a_running_job(stop: type[BaseException]) -> None:
    runner = FlowRunner(OURS, RUNNING, stop())
    assert play_until_interrupted(runner, stop).request_id == "r-1"
    assert [send.method for send in runner.sent] == ["POST", "GET", "GET"]


@STOPS
def test_an_interrupt_does_not_cancel_if_cancel_queued_is_false(stop: type[BaseException]) -> None:
    runner = FlowRunner(OURS, QUEUED, stop())
    assert play_until_interrupted(runner, stop, cancel_queued=False).request_id == "r-1"
    assert len(runner.sent) == 3


def test_a_second_interrupt_during_the_cancel_still_names_the_job() -> None:
    runner = FlowRunner(OURS, QUEUED, KeyboardInterrupt(), KeyboardInterrupt())
    assert play_until_interrupted(runner, KeyboardInterrupt).request_id == "r-1"
    assert len(runner.sent) == 4


@STOPS
def test_an_interrupted_result_never_cancels_the_job(stop: type[BaseException]) -> None:
    runner = FlowRunner(QUEUED, stop())
    with pytest.raises(stop) as caught:
        runner.run(resume(JobState("r-1", None), call_options(), timeout=None))
    assert orphaned_job(caught.value) == OrphanedJob(None, "r-1")
    assert [send.method for send in runner.sent] == ["GET", "GET"]


def test_an_interrupt_deferred_until_the_submits_response_has_the_id() -> None:
    """The engines defer an interrupt until the response has arrived; the flow receives it at its next effect."""
    flow = submit_job(prepared(), call_options())
    effect = next(flow)
    while not isinstance(effect, Send):
        effect = flow.send(FlowRunner(OURS)._perform(effect))
    flow.send(OURS)
    cancel_timeout = flow.throw(KeyboardInterrupt())
    assert isinstance(cancel_timeout, Send)
    assert cancel_timeout.path == "/v1/requests/r-1/cancel"
    with pytest.raises(KeyboardInterrupt) as caught:
        flow.send(CANCELLED)
    assert orphaned_job(caught.value) == OrphanedJob("studio/film-1.0/text to video", "r-1", cancelled=True)


def test_closing_a_flow_sends_nothing_more() -> None:
    runner = FlowRunner(OURS, QUEUED)
    flow = run(prepared(), call_options(), timeout=None)
    effect = next(flow)
    for _ in range(12):
        effect = flow.send(runner._perform(effect))
    flow.close()
    assert "POST" not in {send.method for send in runner.sent[1:]}


@KINDS
def test_after_the_timeout_a_queued_job_is_cancelled(kind: str) -> None:
    server = ScriptedServer(
        submit=ACCEPTED, status=json_reply(status="in_queue"), cancel=json_reply(202, status="completed", outcome="cancelled")
    )
    with pytest.raises(WaitTimeout, match="has been cancelled") as caught:
        ClientHarness(kind, server).run(timeout=20)
    assert (caught.value.request_id, caught.value.cancelled) == ("r-1", True)
    assert server.count("cancel") == 1


@KINDS
def test_after_the_timeout_a_running_job_continues(kind: str) -> None:
    server = ScriptedServer(submit=ACCEPTED, status=json_reply(status="in_progress"))
    with pytest.raises(WaitTimeout, match=r'client\.job\("r-1"') as caught:
        ClientHarness(kind, server).run(timeout=20)
    assert orphaned_job(caught.value) == OrphanedJob("studio/film-1.0/text to video", "r-1")


@KINDS
def test_a_callback_that_fails_does_not_lose_the_job(kind: str) -> None:
    def fail(_update: Any) -> None:
        raise ZeroDivisionError("a bug of the user's")

    server = ScriptedServer(
        submit=ACCEPTED, status=json_reply(status="in_queue"), cancel=json_reply(202, outcome="not_cancellable")
    )
    with pytest.raises(ZeroDivisionError) as caught:
        ClientHarness(kind, server).run(on_status=fail)
    left = orphaned_job(caught.value)
    assert left is not None
    assert left.request_id == "r-1"
    assert server.count("submit") == 1


def press_ctrl_c_then(say: Callable[[httpx.Request], httpx.Response]) -> Callable[[httpx.Request], httpx.Response]:
    """Press Ctrl-C while the server processes the call."""
    main = threading.main_thread().ident
    assert main is not None

    def interrupted(request: httpx.Request) -> httpx.Response:
        signal.pthread_kill(main, signal.SIGINT)
        return say(request)

    return interrupted


def test_a_real_ctrl_c_during_the_submit_waits_for_its_response() -> None:
    server = ScriptedServer(submit=press_ctrl_c_then(ACCEPTED), cancel=json_reply(202, status="completed", outcome="cancelled"))
    with pytest.raises(KeyboardInterrupt) as caught:
        ClientHarness("sync", server).run()
    assert orphaned_job(caught.value) == OrphanedJob("studio/film-1.0/text to video", "r-1", cancelled=True)
    assert (server.count("submit"), server.count("cancel"), server.count("status")) == (1, 1, 0)


def test_a_real_ctrl_c_during_a_submit_that_hangs_is_reported_as_unknown() -> None:
    release = threading.Event()

    def hang(request: httpx.Request) -> httpx.Response:
        release.wait(20)
        return ACCEPTED(request)

    server = ScriptedServer(submit=press_ctrl_c_then(hang))
    with pytest.raises(KeyboardInterrupt) as caught:
        try:
            ClientHarness("sync", server, policy=Policy(submit_grace_period=0.01)).run()
        finally:
            release.set()
    left = orphaned_job(caught.value)
    assert left is not None
    assert isinstance(left.unknown, SubmitUnknown)


def test_a_real_ctrl_c_while_waiting_names_the_job() -> None:
    server = ScriptedServer(
        submit=ACCEPTED, status=[json_reply(status="in_progress"), press_ctrl_c_then(json_reply(status="in_progress"))]
    )
    with pytest.raises(KeyboardInterrupt) as caught:
        ClientHarness("sync", server).run()
    assert orphaned_job(caught.value) == OrphanedJob("studio/film-1.0/text to video", "r-1")


def cancel_task(server: ScriptedServer, *, at: str, then: Callable[[], Any], policy: Policy | None = None) -> BaseException:
    """Run a job in a task that is cancelled while it makes its first call of the kind `at`; return how it ended."""

    async def main() -> BaseException | None:
        async def handler(request: httpx.Request) -> httpx.Response:
            response = server(request)
            if server.calls[-1][0] == at and server.count(at) == 1:
                task.cancel()
                await then()
            return response

        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http,
            AsyncRunComfy(TOKEN, base_url=BASE, http_client=http, clock=AsyncFakeClock(), policy=policy) as client,
        ):
            task = asyncio.ensure_future(client.run(Film(prompt="x")))
            await asyncio.wait({task})
            assert task.cancelled()
            try:
                task.result()
            except asyncio.CancelledError as stop:
                return stop
        return None

    stop = asyncio.run(main())
    assert stop is not None
    return stop


def test_a_task_cancelled_during_the_submit_waits_for_its_response() -> None:
    server = ScriptedServer(submit=ACCEPTED, cancel=json_reply(202, status="completed", outcome="cancelled"))
    stop = cancel_task(server, at="submit", then=lambda: asyncio.sleep(0))
    assert orphaned_job(stop) == OrphanedJob("studio/film-1.0/text to video", "r-1", cancelled=True)
    assert (server.count("submit"), server.count("cancel"), server.count("status")) == (1, 1, 0)


def test_a_task_cancelled_during_a_submit_that_hangs_is_reported_as_unknown() -> None:
    stop = cancel_task(
        ScriptedServer(submit=ACCEPTED), at="submit", then=lambda: asyncio.sleep(60), policy=Policy(submit_grace_period=0.01)
    )
    left = orphaned_job(stop)
    assert left is not None
    assert isinstance(left.unknown, SubmitUnknown)


def test_a_task_cancelled_while_waiting_names_the_job() -> None:
    server = ScriptedServer(submit=ACCEPTED, status=json_reply(status="in_queue"), cancel=json_reply(202, outcome="cancelled"))
    stop = cancel_task(server, at="status", then=lambda: asyncio.sleep(60))
    assert orphaned_job(stop) == OrphanedJob("studio/film-1.0/text to video", "r-1", cancelled=True)
    assert server.count("cancel") == 1


def test_a_closed_client_raises_and_sends_nothing() -> None:
    client = RunComfy(TOKEN, base_url=BASE)
    client.close()
    with pytest.raises(ConfigurationError, match="closed"):
        client.submit(Film(prompt="x"))

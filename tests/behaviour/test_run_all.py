"""`run_all`: each job is submitted once, submits are limited, and every id is reported, however the iteration ends."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from runcomfy_client import AsyncRunComfy, Policy, Result, RunComfy, RunComfyError, errors, orphaned_jobs
from runcomfy_client.models import Kling3_0StandardImageToVideo
from runcomfy_client.result import ResultData
from runcomfy_client.simulator import Drop, Fault, JobFails, Reply, Simulator, Unreachable

from tests.behaviour.harness import ClientHarness, both, clip, run_all


def clips(count: int) -> list[Kling3_0StandardImageToVideo]:
    return [clip(prompt=f"clip {number}") for number in range(count)]


@both
@pytest.mark.parametrize("max_in_flight", [1, 3, 50])
def test_each_request_runs_once_and_has_its_own_result(kind: str, max_in_flight: int) -> None:
    harness, requests = ClientHarness(kind), clips(20)
    seen: list[Any] = []
    outcomes, runs = run_all(
        harness, requests, max_in_flight=max_in_flight, on_status=lambda request, status: seen.append((request, status))
    )
    assert {id(request) for request, _ in outcomes} == {id(request) for request in requests}
    assert all(isinstance(result, ResultData) and result.output.video for _, result in outcomes)
    by_id = {job.request_id: job.inputs["prompt"] for job in harness.simulator.accepted}
    assert {result.request_id: request.prompt for request, result in outcomes} == by_id
    assert harness.count("submit") == 20 and harness.count("cancel") == 0
    assert {(status.request_id, request.prompt) for request, status in seen} == set(by_id.items())
    assert runs.orphaned == ()


@both
def test_a_failure_is_an_outcome_and_does_not_stop_other_jobs(kind: str) -> None:
    faults = [Fault("submit", Drop(accepted=True), after=2), Fault("submit", JobFails("no"), after=3)]
    requests = [*clips(6), clip().with_extra_inputs({"sed": 1}), clip().with_extra_inputs({"bad": {1, 2}})]  # type: ignore[dict-item]  # no JSON
    harness = ClientHarness(kind, faults=faults)
    outcomes, _ = run_all(harness, requests, max_concurrent_submits=1)  # so that each fault hits the request that it is meant for
    kinds = sorted(type(outcome).__name__ for _, outcome in outcomes if isinstance(outcome, RunComfyError))
    assert kinds == ["InvalidInput", "InvalidRequest", "JobFailed", "SubmitUnknown"]
    assert len(outcomes) == 8 and harness.count("submit") == 7


@both
def test_requests_are_read_when_capacity_is_free(kind: str) -> None:
    taken = 0

    def endless() -> Iterator[Kling3_0StandardImageToVideo]:
        nonlocal taken
        while True:
            taken += 1
            yield clip()

    harness = ClientHarness(kind)
    outcomes, _ = run_all(harness, endless(), most=5, max_in_flight=3)
    assert len(outcomes) == 5 and taken <= 5 + 3 + 1
    assert taken - 1 <= len(harness.simulator.accepted) <= taken  # the last submit may be accepted while the run is closed


@both
def test_closing_early_stops_submits_cancels_queued_jobs_and_names_every_id(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    harness = ClientHarness(kind, queued=1000)

    def fail(request: Any, status: Any) -> None:
        if status.word == "submitted" and len(harness.simulator.accepted) >= 12:
            raise ZeroDivisionError("a bug of the user's")

    with pytest.raises(ZeroDivisionError) as caught, caplog.at_level(logging.WARNING):
        run_all(harness, clips(40), on_status=fail)
    left = orphaned_jobs(caught.value)
    ids = {job.request_id for job in harness.simulator.accepted}
    assert {one.request_id for one in left} == ids
    assert len(ids) < 40
    assert harness.count("cancel") == len(ids) and all(one.cancelled for one in left)


@both
def test_a_finished_job_whose_outcome_was_not_returned_is_orphaned(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    harness = ClientHarness(kind, queued=0, running=0)
    with caplog.at_level(logging.WARNING):
        outcomes, runs = run_all(harness, clips(10), most=1)
    handed = {result.request_id for _, result in outcomes}
    accepted = {job.request_id for job in harness.simulator.accepted}
    assert {one.request_id for one in runs.orphaned} == accepted - handed
    assert all(str(request_id) in caplog.text for request_id in accepted - handed)


@both
def test_an_iterable_that_fails_ends_the_run_and_loses_no_job(kind: str) -> None:
    def failing() -> Iterator[Kling3_0StandardImageToVideo]:
        yield from clips(3)
        raise LookupError("the user's file ended")

    harness = ClientHarness(kind, queued=1000)
    with pytest.raises(LookupError) as caught:
        run_all(harness, failing())
    assert {one.request_id for one in orphaned_jobs(caught.value)} == {job.request_id for job in harness.simulator.accepted}


def test_a_real_ctrl_c_names_every_job() -> None:
    harness = ClientHarness("sync", queued=10**6)
    main = threading.main_thread().ident
    assert main is not None

    def stop(request: Any, status: Any) -> None:
        if len(harness.simulator.accepted) == 10 and status.word == "in_queue":
            signal.pthread_kill(main, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        run_all(harness, clips(10), on_status=stop)
    assert {one.request_id for one in orphaned_jobs(caught.value)} == {job.request_id for job in harness.simulator.accepted}


def test_a_cancelled_task_names_every_job() -> None:
    harness = ClientHarness("async", queued=10**6)

    async def use(client: Any) -> BaseException:
        async def everything() -> None:
            async for _ in client.run_all(clips(10), on_status=lambda request, status: reached.set()):
                pass

        reached = asyncio.Event()
        task = asyncio.ensure_future(everything())
        await reached.wait()
        task.cancel()
        await asyncio.wait({task})
        try:
            task.result()
        except asyncio.CancelledError as stop:
            return stop
        raise AssertionError("it was not cancelled")

    stop = harness.call(use)
    accepted = {job.request_id for job in harness.simulator.accepted}
    assert accepted and {one.request_id for one in orphaned_jobs(stop)} == accepted


def test_a_garbage_collected_iterator_stops_its_jobs(caplog: pytest.LogCaptureFixture) -> None:
    harness = ClientHarness("sync", queued=1000)

    def use(client: RunComfy) -> None:
        iter_ = client.run_all(clips(50), timeout=5)
        assert isinstance(next(iter_)[1], errors.WaitTimeout)
        del iter_

    with caplog.at_level(logging.WARNING):
        harness.call(use)
    submitted = harness.count("submit")
    assert submitted == len(harness.simulator.accepted)


def test_concurrent_submits_are_limited() -> None:
    """The server responds only while it has three concurrent submits: with fewer, the test would hang; more are detected."""
    barrier, lock, under_way, most = threading.Barrier(3), threading.Lock(), 0, 0

    def serve(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        if request.method == "POST":
            with lock:
                under_way += 1
                most = max(most, under_way)
            barrier.wait(20)
            with lock:
                under_way -= 1
        status = "succeeded" if request.url.path.endswith("result") else "completed"
        return httpx.Response(200, json={"request_id": "r-1", "status": status, "output": {}})

    with httpx.Client(transport=httpx.MockTransport(serve)) as http:
        client = RunComfy(
            "canary-0815",
            base_url="https://api.example.com",
            http_client=http,
            policy=Policy(poll_initial=0.001, polls_per_second=1e9),
        )
        outcomes = list(client.run_all(clips(9), max_concurrent_submits=3, timeout=60))
    assert most == 3 and all(isinstance(result, Result) for _, result in outcomes)


@both
def test_an_outage_causes_no_retry_storm(kind: str) -> None:
    """No server is reachable for ten seconds, while 200 jobs wait."""
    harness = ClientHarness(kind, queued=0, running=45)
    harness.simulator.inject(Fault("any", Unreachable(), times=None, during=(20, 30)))
    outcomes, _ = run_all(harness, clips(200), max_in_flight=200)
    assert len(outcomes) == 200 and all(isinstance(result, ResultData) for _, result in outcomes)
    assert harness.count("submit") == 200
    calls = [call for call in harness.simulator.calls if 20 <= call.at < 30]
    assert 0 < len(calls) <= 10 * 20 + 20, "more than the poll gate lets through"


@both
def test_an_outage_during_submits_uses_only_the_retry_budget(kind: str) -> None:
    harness = ClientHarness(kind, queued=0, running=1)
    harness.simulator.inject(Fault("any", Unreachable(), times=None, during=(0, 10)))
    outcomes, _ = run_all(harness, clips(200), max_in_flight=200)
    failed = [outcome for _, outcome in outcomes if isinstance(outcome, errors.ConnectionFailed)]
    assert len(outcomes) == 200 and len(harness.simulator.accepted) == 200 - len(failed)
    in_vain = sum(call.point == "submit" and call.status is None for call in harness.simulator.calls)
    assert in_vain - len(failed) <= 20 + 10, "more retries than the budget gives"


def test_a_job_takes_little_memory() -> None:
    """The memory per job, without its request, measured with 400 waiting jobs."""

    async def measure() -> float:
        polls = 0

        async def serve(request: httpx.Request) -> httpx.Response:
            nonlocal polls
            polls += request.method == "GET"
            if polls > 1200:
                task.cancel()
            return httpx.Response(200, json={"request_id": f"r-{id(request)}", "status": "in_progress"})

        async with httpx.AsyncClient(transport=httpx.MockTransport(serve)) as http:
            policy = Policy(polls_per_second=1e9, poll_initial=0.001, poll_max=0.001)
            client = AsyncRunComfy("canary-0815", base_url="https://api.example.com", http_client=http, policy=policy)
            requests = clips(400)
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            task = asyncio.ensure_future(anext(client.run_all(requests, max_in_flight=400)))
            await asyncio.wait({task}, timeout=0)
            while not task.done() and polls < 1000:
                await asyncio.sleep(0)
            grown = tracemalloc.get_traced_memory()[0] - before
            await asyncio.wait({task})
            tracemalloc.stop()
        return grown / 400

    assert asyncio.run(measure()) < 8 * 1024


@both
def test_limits_below_one_are_rejected(kind: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="1 or more"):
        run_all(ClientHarness(kind), clips(1), max_in_flight=0)


@both
def test_a_shared_limit_slows_all_submits(kind: str) -> None:
    harness = ClientHarness(kind, queued=0, running=1)
    harness.simulator.inject(Fault("submit", Reply(429, retry_after=5), times=2))
    outcomes, _ = run_all(harness, clips(12), max_concurrent_submits=2)
    assert len(outcomes) == 12 and harness.count("submit") == 14 and harness.clock() >= 5


def test_connections_are_released_and_shared() -> None:
    """Over a real socket, with many more calls than connections, concurrently and in sequence, and with an outage."""

    async def use(base_url: str) -> set[str]:
        async with AsyncRunComfy(base_url=base_url, policy=Policy(backoff_initial=0.001)) as client:
            job = await client.submit(clip())
            seen = [*await asyncio.gather(*(job.status() for _ in range(40))), *[await job.status() for _ in range(15)]]
            (http,) = client._session.http_clients.opened.values()
            assert len(http._routes) == len(http._free) == 10  # type: ignore[attr-defined]  # our own, in the place of httpx's
        return {status.word for status in seen}

    faults = [Fault("status", Drop(accepted=False), times=5), Fault("status", Reply(503), after=10, times=5)]
    with Simulator(seconds_in_queue=10**6, faults=faults).serve() as server:
        assert asyncio.run(asyncio.wait_for(use(server.base_url), 60)) == {"in_queue"}

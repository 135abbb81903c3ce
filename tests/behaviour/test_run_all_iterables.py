"""The iterables of `run_all` may block: running jobs continue, outcomes are returned, and closing is quick."""

from __future__ import annotations

import asyncio
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from runcomfy_client import AsyncRunComfy, Policy, RunComfy, RunComfyError, errors, orphaned_jobs
from runcomfy_client.models import Kling3_0StandardImageToVideo
from runcomfy_client.result import ResultData
from runcomfy_client.simulator import Simulator

from tests.behaviour.harness import ClientHarness, both, clip, run_all

QUICK = Policy(poll_initial=0.01, poll_max=0.01, polls_per_second=1e6, submit_grace_period=0.2, cancel_timeout=0.1)


def test_an_iterable_that_blocks_does_not_delay_outcomes() -> None:
    """The iterable yields its third request only after the outcomes of the first two were returned."""
    more: queue.SimpleQueue[int] = queue.SimpleQueue()

    def feed() -> Iterator[Kling3_0StandardImageToVideo]:
        yield clip(prompt="1")
        yield clip(prompt="2")
        yield clip(prompt=str(more.get(timeout=10)))

    with Simulator(seconds_in_queue=0, seconds_running=0) as simulator:
        client = RunComfy("test", base_url=simulator.base_url, http_client=simulator.http_client(), policy=QUICK)
        runs = client.run_all(feed())
        assert all(isinstance(outcome, ResultData) for _, outcome in (next(runs), next(runs)))
        more.put(3)
        assert next(runs)[0].payload()["prompt"] == "3"
        assert list(runs) == []


@pytest.mark.parametrize("held_up_by", ["the feed", "the callback"])
def test_ctrl_c_names_all_jobs_even_if_user_code_never_returns(held_up_by: str) -> None:
    released, accepted = threading.Event(), threading.Event()

    def feed() -> Iterator[Kling3_0StandardImageToVideo]:
        yield clip(prompt="1")
        yield clip(prompt="2")
        if held_up_by == "the feed":
            accepted.wait(10)
            signal.raise_signal(signal.SIGINT)
            released.wait(10)

    def show(_request: Any, _status: Any) -> None:
        accepted.set()
        if held_up_by == "the callback" and len(simulator.accepted) == 2:
            signal.raise_signal(signal.SIGINT)
            released.wait(10)

    with Simulator(seconds_in_queue=0, seconds_running=1000) as simulator:
        client = RunComfy("test", base_url=simulator.base_url, http_client=simulator.http_client(), policy=QUICK)
        runs = client.run_all(feed(), on_status=show)
        with pytest.raises(KeyboardInterrupt) as caught:
            list(runs)
        released.set()
        named = {left.request_id for left in orphaned_jobs(caught.value)}
        assert named == {job.request_id for job in simulator.accepted} == {left.request_id for left in runs.orphaned}


async def from_queue(count: int) -> AsyncIterator[Kling3_0StandardImageToVideo]:
    for number in range(count):
        await asyncio.sleep(0)
        yield clip(prompt=str(number))


def test_requests_may_come_from_an_async_iterable() -> None:
    harness = ClientHarness("async")

    async def use(client: AsyncRunComfy) -> list[object]:
        runs = client.run_all(from_queue(9))
        return [request.payload()["prompt"] async for request, outcome in runs if isinstance(outcome, ResultData)]

    assert sorted(harness.call(use)) == [str(number) for number in range(9)]
    assert harness.count("submit") == 9


def test_an_async_iterable_that_fails_ends_the_run_and_loses_no_job() -> None:
    async def feed() -> AsyncIterator[Kling3_0StandardImageToVideo]:
        yield clip()
        raise LookupError("no more")

    harness = ClientHarness("async")

    async def use(client: AsyncRunComfy) -> Any:
        runs = client.run_all(feed())
        with pytest.raises(LookupError):
            async for _ in runs:
                pass
        return runs.orphaned

    assert [left.request_id for left in harness.call(use)] == [job.request_id for job in harness.simulator.accepted]


def test_closing_does_not_wait_for_an_async_iterable_that_blocks() -> None:
    async def feed() -> AsyncIterator[Kling3_0StandardImageToVideo]:
        yield clip()
        await asyncio.Event().wait()

    harness = ClientHarness("async")

    async def use(client: AsyncRunComfy) -> int:
        taken = 0
        async with client.run_all(feed()) as runs:
            async for _ in runs:
                taken += 1
                break
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return taken

    assert harness.call(use) == 1


def test_a_callback_that_hangs_does_not_stop_other_jobs() -> None:
    async def hang(request: Any, _status: Any) -> None:
        if request.prompt != "last":
            await asyncio.Event().wait()

    async def main() -> None:
        requests = [*(clip(prompt=str(number)) for number in range(12)), clip(prompt="last")]
        async with (
            simulator.async_http_client() as http,
            AsyncRunComfy("test", base_url=simulator.base_url, http_client=http, policy=QUICK) as client,
            client.run_all(requests, max_concurrent_submits=20, on_status=hang) as runs,
        ):
            assert (await anext(runs))[0].payload()["prompt"] == "last"

    with Simulator(seconds_in_queue=0, seconds_running=0) as simulator:
        asyncio.run(main())


@both
def test_an_item_that_is_not_a_request_does_not_affect_other_jobs(kind: str) -> None:
    harness = ClientHarness(kind)
    outcomes, _ = run_all(harness, [clip(), None, "clip", clip()])
    wrong = {type(request).__name__: outcome for request, outcome in outcomes if isinstance(outcome, RunComfyError)}
    assert set(wrong) == {"NoneType", "str"} and all(isinstance(error, errors.InvalidInput) for error in wrong.values())
    assert "a request is expected, not NoneType" in str(wrong["NoneType"])
    assert sum(isinstance(outcome, ResultData) for _, outcome in outcomes) == 2


@both
@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), ZeroDivisionError()], ids=repr)
def test_any_exception_from_a_callback_ends_the_run_and_names_the_jobs(kind: str, error: BaseException) -> None:
    def fail(_request: Any, status: Any) -> None:
        if status.word != "submitted":
            raise error

    harness = ClientHarness(kind, queued=1000)
    with pytest.raises(type(error)) as caught:
        run_all(harness, [clip(prompt=str(number)) for number in range(6)], on_status=fail)
    assert caught.value is error
    accepted = {job.request_id for job in harness.simulator.accepted}
    assert accepted and {left.request_id for left in orphaned_jobs(error)} == accepted


@both
def test_a_callback_that_raises_stop_iteration_causes_no_hang(kind: str) -> None:
    def fail(_request: Any, _status: Any) -> None:
        next(iter(()))

    with pytest.raises(RuntimeError, match="StopIteration"):
        run_all(ClientHarness(kind), [clip()], on_status=fail)


def test_a_hook_of_the_users_http_client_that_raises_system_exit_causes_no_hang() -> None:
    def leave(response: httpx.Response) -> None:
        if response.request.method == "POST" and len(simulator.accepted) == 2:
            raise SystemExit(3)

    with Simulator(seconds_in_queue=0, seconds_running=0) as simulator:
        http = simulator.http_client()
        http.event_hooks = {"response": [leave]}
        client = RunComfy("test", base_url=simulator.base_url, http_client=http, policy=QUICK)
        outcomes = list(client.run_all([clip(prompt=str(number)) for number in range(4)], max_concurrent_submits=1))
        assert len(simulator.accepted) == 4
    assert [type(outcome).__name__ for _, outcome in outcomes if isinstance(outcome, RunComfyError)] == ["SubmitUnknown"]


def test_an_iterator_that_is_open_at_exit_names_its_jobs() -> None:
    program = """
import logging
import time
from runcomfy_client import Policy, RunComfy
from runcomfy_client.simulator import Simulator
from tests.behaviour.harness import clip

logging.basicConfig()
simulator = Simulator(seconds_in_queue=0, seconds_running=0)
client = RunComfy("test", base_url=simulator.base_url, http_client=simulator.http_client(), policy=Policy(poll_initial=0.01))
runs = client.run_all([clip(prompt=str(number)) for number in range(3)], max_in_flight=3)
returned = next(runs)[1].request_id
while len({call.url for call in simulator.calls if call.point == "status"}) < 3:
    time.sleep(0.001)
print(*(job.request_id for job in simulator.accepted if job.request_id != returned))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    left = ended.stdout.split()
    assert ended.returncode == 0 and len(left) == 2
    assert all(f"orphaned job: RunComfy job {request_id}" in ended.stderr for request_id in left), ended.stderr


def test_the_sync_run_all_has_a_thread_per_call_not_per_job() -> None:
    seen: set[str] = set()
    threads: list[int] = []
    before = threading.active_count()

    def count(_request: Any, status: Any) -> None:
        seen.add(status.request_id)
        if len(seen) == 60:
            threads.append(threading.active_count() - before)
            raise ZeroDivisionError

    with Simulator(seconds_in_queue=1000, seconds_running=0) as simulator:
        client = RunComfy("test", base_url=simulator.base_url, http_client=simulator.http_client(), policy=QUICK)
        with pytest.raises(ZeroDivisionError) as caught:
            list(client.run_all((clip(prompt=str(number)) for number in range(60)), on_status=count))
        assert len(orphaned_jobs(caught.value)) == len(simulator.accepted) >= 60
    assert threads[0] < 40

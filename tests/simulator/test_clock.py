"""The manual clock advances when a caller sleeps, and during `run_all` when all its jobs sleep."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from runcomfy_client import AsyncRunComfy, RunComfy
from runcomfy_client.models import Kling3_0StandardImageToVideo
from runcomfy_client.result import ResultData
from runcomfy_client.simulator import Delay, Fault, ManualClock, Simulator

REQUESTS = [Kling3_0StandardImageToVideo(prompt=str(number), start_image_url="https://example.com/a.png") for number in range(30)]
KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


def run_all(kind: str, simulator: Simulator, clock: ManualClock, most: int | None = None, **options: Any) -> list[Any]:
    """Return at most the given number of outcomes of `REQUESTS`."""
    if kind == "sync":
        client = RunComfy("test", base_url=simulator.base_url, http_client=simulator.http_client(), clock=clock)
        with client.run_all(REQUESTS, **options) as runs:
            return [next(runs)[1] for _ in REQUESTS[:most]]

    async def main() -> list[Any]:
        async with simulator.async_http_client() as http:
            aclient = AsyncRunComfy("test", base_url=simulator.base_url, http_client=http, clock=clock)
            async with aclient.run_all(REQUESTS, **options) as runs:
                return [(await anext(runs))[1] for _ in REQUESTS[:most]]

    return asyncio.run(main())


def test_without_jobs_a_sleep_advances_the_clock_at_once() -> None:
    clock = ManualClock(10.0)
    clock.sleep(5)
    clock.sleep(-5)
    clock.advance(2)
    clock.advance(-2)
    assert clock() == clock.now() == 17

    async def main() -> None:
        await clock.sleep(3)

    asyncio.run(main())
    assert clock() == 20


def test_the_clock_waits_while_a_job_is_awake() -> None:
    clock = ManualClock()
    woken: list[tuple[int, float]] = []

    def sleep(seconds: int) -> None:
        clock.sleep(seconds)
        woken.append((seconds, clock()))
        clock.job_ended()

    for _ in range(3):
        clock.job_started()
    threads = [threading.Thread(target=sleep, args=(seconds,)) for seconds in (7, 5)]
    for thread in threads:
        thread.start()
    clock.advance(1)
    assert not woken and clock() == 1
    clock.job_ended()
    for thread in threads:
        thread.join(20)
    assert [seconds for seconds, _ in woken] == [5, 7] and clock() in (7, 8)  # 8: one of them slept after the advance


def test_a_cancelled_sleep_does_not_advance_the_clock() -> None:
    clock = ManualClock()

    async def main() -> None:
        for _ in range(2):
            clock.job_started()
        sleeping = asyncio.ensure_future(clock.sleep(1000))
        sleeping.cancel()
        await asyncio.wait({sleeping})
        await asyncio.sleep(0)
        clock.job_ended()
        await clock.sleep(5)

    asyncio.run(main())
    assert clock() == 5


@KINDS
def test_the_jobs_of_a_run_sleep_concurrently(kind: str) -> None:
    """Also if a call of one job takes long: the time passes for all jobs."""
    clock = ManualClock()
    delayed = Fault("status", Delay(30), times=1)
    with Simulator(seconds_in_queue=10, seconds_running=90, clock=clock, faults=[delayed]) as simulator:
        outcomes = run_all(kind, simulator, clock, timeout=200)
    assert all(isinstance(outcome, ResultData) for outcome in outcomes)
    assert 100 <= clock() < 150  # one after the other, they would take 3000 seconds


@KINDS
def test_the_clock_advances_again_after_a_run_was_closed_early(kind: str) -> None:
    clock = ManualClock()
    with Simulator(seconds_in_queue=10, seconds_running=90, clock=clock) as simulator:
        run_all(kind, simulator, clock, most=2)
    before = clock()
    clock.sleep(5)
    assert clock() == before + 5

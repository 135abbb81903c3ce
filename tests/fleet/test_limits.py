"""Caps, rate, budgets, pause, cancel and changes of the list hold for the batch as a whole, whatever the number of workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client import AsyncRunComfy
from runcomfy_client.batch import Batch, BatchError, BatchLimits, SharedBatch, Stage, Worker, work
from runcomfy_client.errors import AuthenticationError
from runcomfy_client.simulator import Delay, Fault, JobFails, Reply, Simulator

from tests.batch.harness import QUICK, simulate
from tests.batch.worker import jobs

SLOW = Fault("submit", Delay(0.02), times=None)


class Watched(httpx.AsyncBaseTransport):
    """The simulator in process, which also knows how many submits were under way at once, and when each came."""

    def __init__(self, simulator: Simulator) -> None:
        self.most = self.now = 0
        self.times: list[float] = []
        self._inner = simulator.transport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        submits = request.method == "POST" and not request.url.path.endswith("cancel")
        if submits:
            self.now += 1
            self.most = max(self.most, self.now)
            self.times.append(time.monotonic())
        try:
            return await self._inner.handle_async_request(request)
        finally:
            self.now -= submits


def open_batch(database: str, out: Path) -> SharedBatch:
    """Open, or make, the batch of these tests."""
    return Batch(str(out), database=database, name="night", shared=True)


def drive(
    simulator: Simulator,
    count: int,
    *,
    token: str = "test-token",
    during: Callable[[Watched, list[Worker]], Awaitable[object]] | None = None,
    **options: Any,
) -> tuple[Watched, list[Any]]:
    """Run so many workers on all batches, in one process, until they end; return what they saw and report."""
    watched = Watched(simulator)

    async def main() -> list[Any]:
        workers: list[Worker] = []
        async with AsyncExitStack() as stack:
            tasks = []
            for _ in range(count):
                http = await stack.enter_async_context(httpx.AsyncClient(transport=watched))
                client = AsyncRunComfy(token, base_url=simulator.base_url, policy=QUICK, http_client=http)
                await stack.enter_async_context(client)
                tasks.append(asyncio.create_task(work(client, on_start=workers.append, **options)))
            if during is not None:
                await during(watched, workers)
            return await asyncio.gather(*tasks)

    return watched, asyncio.run(main())


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


def test_the_cap_of_submits_holds_for_all_workers(database: str, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Delay(0.1), times=None))
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(40))
        batch.set_limits(BatchLimits(max_concurrent_submits=3), save=False)
        watched, reports = drive(simulator, 3)
        assert (len(simulator.accepted), batch.counts[Stage.SUCCEEDED]) == (40, 40)
    assert 1 < watched.most <= 3
    assert sum(report.submitted for report in reports) == 40


def test_the_rate_of_submits_holds_for_all_workers(database: str, tmp_path: Path) -> None:
    simulator = simulate()
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(12))
        batch.set_limits(BatchLimits(submits_per_second=10), save=False)
        drive(simulator, 3)
        rows = list(batch._connection.execute("SELECT at FROM runcomfy.events WHERE stage = 'submitting' ORDER BY number"))
    seconds = [int(at[0][14:16]) * 60 + float(at[0][17:23]) for at in rows]
    assert len(seconds) == 12
    assert min((later - earlier) % 3600 for earlier, later in pairwise(seconds)) > 0.095


def test_budgets_are_exact_and_go_on_with_more(database: str, tmp_path: Path) -> None:
    simulator = simulate(SLOW, Fault("submit", Reply(422), times=3, after=4))
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(60))
        batch.set_limits(BatchLimits(max_submits=25), save=False)
        _watched, reports = drive(simulator, 3)
        assert len(simulator.accepted) == 25, "what was refused is not billed, and frees its place"
        assert "25, is used up" in batch.status().state and reports[0].batches[0].halted
        batch.set_limits(BatchLimits(max_submits=32), save=False)
        drive(simulator, 3)
        assert len(simulator.accepted) == batch.counts.submits_billed == 32


def test_a_limit_of_money_is_exact(database: str, tmp_path: Path) -> None:
    simulator = simulate(SLOW)
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(30))
        with pytest.raises(BatchError, match="not known"):
            batch.set_limits(BatchLimits(max_usd=Decimal("0.10")))
        batch.set_limits(BatchLimits(max_usd=Decimal("0.10"), allow_unpriced=True, max_concurrent_submits=1), save=False)
        drive(simulator, 2)
        status = batch.status()
    assert status.spending.spent >= Decimal("0.10") and "limit of money" in status.state
    assert len(simulator.accepted) < 30


def test_a_pause_holds_at_once_and_ends(database: str, tmp_path: Path) -> None:
    simulator = simulate(SLOW)

    async def during(watched: Watched, _workers: list[Worker]) -> None:
        await until(lambda: len(simulator.accepted) >= 10)
        await asyncio.to_thread(batch.pause)
        await until(lambda: not watched.now and batch.counts[Stage.SUBMITTING] == 0)
        count = len(simulator.accepted)
        await asyncio.sleep(1)
        assert len(simulator.accepted) == count
        await asyncio.to_thread(batch.resume)

    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(40))
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 3, during=during)
        assert batch.counts[Stage.SUCCEEDED] == 40


def test_cancel_withdraws_what_is_planned_and_cancels_what_is_queued(database: str, tmp_path: Path) -> None:
    simulator = Simulator(seconds_in_queue=60, seconds_running=60, faults=(SLOW,))

    async def during(_watched: Watched, _workers: list[Worker]) -> None:
        await until(lambda: len(simulator.accepted) >= 6)
        await asyncio.to_thread(batch.cancel)

    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(40))
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 2, during=during)
        counts = batch.counts
        assert counts[Stage.CANCELLED] == len(simulator.accepted) < 40
        assert counts[Stage.WITHDRAWN] == 40 - counts[Stage.CANCELLED]
        assert batch.plan(jobs(40)).known == 40 and batch.counts[Stage.PLANNED] == counts[Stage.WITHDRAWN]


def test_jobs_are_added_and_withdrawn_while_it_runs(database: str, tmp_path: Path) -> None:
    simulator = simulate(SLOW)

    async def during(_watched: Watched, workers: list[Worker]) -> None:
        await until(lambda: len(simulator.accepted) >= 5)
        result = await asyncio.to_thread(lambda: batch.plan(list(jobs(50))))
        assert (result.new, result.known) == (20, 30)
        await until(lambda: batch.counts[Stage.SUCCEEDED] == 50)
        for worker in workers:
            worker.stop()

    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(30))
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 2, during=during, stay=True)
        assert sorted(job.inputs["prompt"] for job in simulator.accepted) == sorted(f"job-{number}" for number in range(50))


def test_failures_are_tried_again_on_demand_and_once(database: str, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", JobFails("no"), times=3))
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(6))
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 2)
        assert batch.counts[Stage.FAILED] == 3
        assert (batch.retry(), batch.retry()) == (3, 0)
        drive(simulator, 2)
        assert batch.counts[Stage.SUCCEEDED] == 6 and len(simulator.accepted) == 9
        assert batch.retry() == 0


def test_an_empty_balance_halts_all_workers(database: str, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Reply(402), times=None, after=5))
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(40))
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 3)
        status = batch.status()
    assert status.account_problem and status.state.startswith("halted") and len(simulator.accepted) == 5
    assert sum(call.point == "submit" for call in simulator.calls) <= 5 + 4


def test_a_token_that_is_revoked_ends_the_workers_and_loses_no_job(database: str, tmp_path: Path) -> None:
    simulator = simulate(Fault("status", Reply(401), times=None))
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(3))
        batch.set_limits(BatchLimits(), save=False)
        with pytest.raises(AuthenticationError):
            drive(simulator, 1)
        assert batch.counts[Stage.SUBMITTED] == len(simulator.accepted) > 0 and not batch.counts[Stage.SUBMITTING]


def test_another_server_or_account_is_refused(database: str, tmp_path: Path) -> None:
    simulator = simulate()
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(4))
        batch.set_limits(BatchLimits(max_submits=2), save=False)
        drive(simulator, 1)
        batch.set_limits(BatchLimits(), save=False)
        with pytest.raises(BatchError, match="No open batch"):
            drive(simulator, 1, token="other-token")
        with pytest.raises(BatchError, match="another account"):
            drive(simulator, 1, token="other-token", names=["night"])
        assert len(simulator.accepted) == 2
        batch.resume(token="other-token")
        drive(simulator, 1, token="other-token")
    assert len(simulator.accepted) == 4


def test_the_same_jobs_in_another_batch_are_told(database: str, tmp_path: Path) -> None:
    simulator = simulate()
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(3))
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 1)
    with Batch(str(tmp_path), database=database, name="again", shared=True) as other:
        other.plan(jobs(5))
        assert other.same_jobs == ("night", 3)

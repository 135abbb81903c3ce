"""Limits and commands hold for the batch as a whole: what needs an order of events, with the workers in one process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client import AsyncRunComfy
from runcomfy_client.batch import Batch, BatchError, BatchLimits, SharedBatch, Stage, Worker, work
from runcomfy_client.batch.spending import Spending
from runcomfy_client.errors import AuthenticationError
from runcomfy_client.simulator import Delay, Fault, JobFails, Reply, Simulator, WithholdCost

from tests.batch.harness import QUICK, simulate
from tests.batch.test_spending import billing
from tests.batch.worker import jobs
from tests.fleet.harness import priced

SLOW = Fault("submit", Delay(0.02), times=None)


class Watched(httpx.AsyncBaseTransport):
    """The simulator in process, which also knows how many submits are in flight."""

    def __init__(self, simulator: Simulator) -> None:
        self.now = 0
        self._inner = simulator.transport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        submits = request.method == "POST" and not request.url.path.endswith("cancel")
        self.now += submits
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


def test_budgets_are_exact_and_can_be_raised(database: str, tmp_path: Path) -> None:
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


def test_a_limit_of_spending_is_exact(database: str, tmp_path: Path) -> None:
    simulator = simulate(SLOW)
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(30))
        with pytest.raises(BatchError, match="not known"):
            batch.set_limits(BatchLimits(max_usd=Decimal("0.10")))
        batch.set_limits(BatchLimits(max_usd=Decimal("0.10"), allow_unpriced=True, max_concurrent_submits=1), save=False)
        drive(simulator, 2)
        status = batch.status()
    assert status.spending.spent >= Decimal("0.10") and "limit of spending" in status.state
    assert len(simulator.accepted) < 30


@pytest.mark.parametrize("save", [True, False])
def test_a_batch_is_not_halted_before_the_last_cost_is_known(save: bool, database: str, tmp_path: Path) -> None:
    """The API may tell the cost a little later than the output. The job costs less than its estimate, so the next is affordable."""
    faults = Fault("result", WithholdCost()), Fault("result", Delay(2), after=1)
    simulator = billing(*faults, price_usd=0.1)
    with open_batch(database, tmp_path) as batch:
        batch.plan(priced(3))  # 0.68, 1.75 and 1.02 USD by their estimates
        batch.set_limits(BatchLimits(max_usd=Decimal("1.9")), save=save)
        drive(simulator, 2)
        assert [job.inputs["prompt"] for job in simulator.accepted] == ["job-0", "job-1", "job-2"]
        assert batch.status().spending == Spending(Decimal("0.3"), Decimal(0), 0)


def test_a_lost_job_does_not_keep_the_batch_from_halting(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fleet.test_limits.QUICK", replace(QUICK, not_found_grace=0.0))
    simulator = simulate(Fault("status", Reply(404, {"error_code": 404001}), times=None))

    async def during(_watched: Watched, workers: list[Worker]) -> None:
        await until(lambda: batch.status().lost == 1 and batch.status().state.startswith("halted"))
        assert workers

    with open_batch(database, tmp_path) as batch:
        batch.plan(priced(2))  # 0.68 and 1.75 USD
        batch.set_limits(BatchLimits(max_usd=Decimal(1)), save=False)
        drive(simulator, 1, during=during)


def test_cancel_withdraws_planned_jobs_and_cancels_queued_ones(database: str, tmp_path: Path) -> None:
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


def test_a_timeout_is_refused_and_not_ignored(database: str, tmp_path: Path) -> None:
    limits = BatchLimits(timeout=60)
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(1))
        with pytest.raises(BatchError, match="timeout"):
            batch.set_limits(limits)
        with pytest.raises(BatchError, match="timeout"):
            drive(simulate(), 1, limits=limits)


def test_failures_are_retried_on_request_and_once(database: str, tmp_path: Path) -> None:
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


def test_a_revoked_token_ends_the_workers_and_loses_no_job(database: str, tmp_path: Path) -> None:
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


def test_the_same_jobs_in_another_batch_cause_a_warning(database: str, tmp_path: Path) -> None:
    simulator = simulate()
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(3))
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 1)
    with Batch(str(tmp_path), database=database, name="again", shared=True) as other:
        other.plan(jobs(5))
        assert other.same_jobs == ("night", 3)

"""Failures around a worker: texts that a database cannot store, callbacks that raise, and no database when a batch is stopped."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from runcomfy_client import AsyncRunComfy
from runcomfy_client.batch import Batch, BatchLimits, LedgerError, Stage, Worker, work
from runcomfy_client.batch.fleet import worker as worker_module
from runcomfy_client.batch.fleet.database import run_flow
from runcomfy_client.batch.fleet.records import set_error
from runcomfy_client.simulator import Delay, Fault, Reply, Simulator

from tests.batch.harness import QUICK, simulate
from tests.batch.worker import jobs
from tests.fleet.proxy import Proxy
from tests.fleet.test_limits import drive, open_batch, until


def client_of(simulator: Simulator) -> AsyncRunComfy:
    """A client of a simulator in process."""
    return AsyncRunComfy("test-token", base_url=simulator.base_url, policy=QUICK, http_client=simulator.async_http_client())


@pytest.mark.parametrize("text", ["no\0balance", "no\ud800balance"], ids=["nul", "surrogate"])
def test_a_reason_that_a_database_cannot_store_halts_the_batch(text: str, database: str, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Reply(402, body={"message": text}), times=1))
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(3))
        batch.set_limits(BatchLimits(max_concurrent_submits=1), save=False)
        drive(simulator, 1)
        assert batch.status().state.startswith("halted: no\\") and batch.counts[Stage.PLANNED] == 3
        run_flow(batch._connection, set_error("night", "job-0", 1, text))
        assert next(batch.rows()).error == batch.status().state.removeprefix("halted: ")


def test_a_callback_at_the_start_that_raises_ends_the_worker(database: str, tmp_path: Path) -> None:
    simulator = simulate()

    def fail(_worker: object) -> None:
        raise ZeroDivisionError

    async def main() -> None:
        async with client_of(simulator) as client:
            with pytest.raises(ZeroDivisionError):
                await work(client, on_start=fail)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(1))
        asyncio.run(main())
        assert batch.status().workers == () and not simulator.accepted


def test_a_callback_for_the_status_that_raises_ends_the_run(database: str, tmp_path: Path) -> None:
    simulator = simulate()

    def fail(_counts: object) -> None:
        raise ZeroDivisionError

    async def main() -> None:
        with open_batch(database, tmp_path) as batch:
            batch.plan(jobs(100))
            async with client_of(simulator) as client:
                with pytest.raises(ZeroDivisionError):
                    await batch.run(client, on_status=fail)
            assert batch.counts[Stage.PLANNED] > 0 and batch.status().workers == ()

    asyncio.run(main())


@pytest.mark.parametrize("how", ["cut", "stall"])
def test_a_batch_stopped_without_the_database_names_the_accepted_jobs(
    how: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker_module, "GRACE", 0.5)
    monkeypatch.setattr(worker_module, "_SHUTDOWN_STEP", 0.3)
    simulator = simulate(Fault("submit", Delay(0.5), times=None))

    async def main() -> None:
        with Proxy(database) as proxy, Batch(str(tmp_path), database=proxy.url, name="night", shared=True) as batch:
            batch.plan(jobs(4))
            async with client_of(simulator) as client:
                run = asyncio.create_task(batch.run(client, save=False))
                await until(lambda: len(simulator.calls) == 4)
                getattr(proxy, how)()
                batch.stop()
                with pytest.raises(LedgerError) as error:
                    await run
        logged = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert sorted(one.rsplit(" ", 1)[1] for one in logged) == sorted(one.request_id for one in simulator.accepted)
        keys, ids = zip(*error.value.orphans, strict=True)
        assert sorted(keys) == [f"job-{number}" for number in range(4)]
        assert sorted(ids) == sorted(one.request_id for one in simulator.accepted)

    asyncio.run(main())


def test_limits_beyond_the_range_of_the_database(database: str, tmp_path: Path) -> None:
    simulator = simulate()
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(2))
        batch.set_limits(BatchLimits(max_concurrent_submits=10**12, submits_per_second=1e-300), save=False)

        async def stop(_watched: object, workers: list[Worker]) -> None:
            await until(lambda: simulator.accepted)
            workers[0].stop()

        drive(simulator, 1, during=stop)
        assert batch.counts[Stage.PLANNED] == len(simulator.accepted) == 1

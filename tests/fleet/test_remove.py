"""Removing a batch from the ledger: all of an ended one, and nothing of one that still matters."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from runcomfy_client.batch import Batch, BatchError, BatchLimits, Stage, pay_once
from runcomfy_client.batch.fleet.database import open_database, run_flow
from runcomfy_client.batch.fleet.records import record_outcome
from runcomfy_client.batch.fleet.shared_batch import SharedBatch
from runcomfy_client.batch.fleet.submit_claims import SubmitClaim, claim_submit
from runcomfy_client.batch.fleet.worker_registry import expire_workers, register
from runcomfy_client.batch.plan import PlanResult
from runcomfy_client.batch.submit import SubmitResult
from runcomfy_client.simulator import Drop, Fault

from tests.batch.harness import simulate
from tests.batch.worker import jobs
from tests.cli.conftest import tool  # noqa: F401  # a fixture
from tests.cli.harness import Tool
from tests.fleet.test_command import fleet, write  # noqa: F401  # a fixture
from tests.fleet.test_limits import drive, open_batch
from tests.fleet.test_pay_once import CLIP, process

TABLES = ("batches", "jobs", "events", "files", "attempts", "inputs")


def rows(database: str) -> dict[str, int]:
    """How many rows the tables have."""
    counts: dict[str, int] = {}
    with psycopg.connect(database) as connection:
        for table in TABLES:
            found = connection.execute(f"SELECT count(*) FROM runcomfy.{table}".encode()).fetchone()
            assert found is not None
            counts[table] = found[0]
    return counts


def other_batch(database: str, out: Path) -> SharedBatch:
    """A batch beside that of the test."""
    return Batch(str(out), database=database, name="other", shared=True)


def test_an_ended_batch_is_removed_and_others_are_not(database: str, tmp_path: Path) -> None:
    simulator = simulate()
    with other_batch(database, tmp_path) as other:
        other.plan(jobs(3))
        drive(simulator, 1)
        before = rows(database)
        with open_batch(database, tmp_path) as batch:
            batch.plan(jobs(5))
            drive(simulator, 2)
            files = sorted(tmp_path.iterdir())
            assert batch.remove() == 5
        assert rows(database) == before
        assert other.counts[Stage.DOWNLOADED] == 3 and sorted(tmp_path.iterdir()) == files and len(files) == 8
    with pytest.raises(BatchError, match="no batch 'night'"):
        Batch(name="night", database=database)


def test_a_batch_with_open_jobs_is_not_removed(database: str, tmp_path: Path) -> None:
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(4))
        before = rows(database)
        with pytest.raises(BatchError, match="4 unfinished jobs") as refused:
            batch.remove()
        assert "Nothing was removed" in str(refused.value) and rows(database) == before
        batch.cancel()
        assert batch.remove() == 0
    assert rows(database) == dict.fromkeys(TABLES, 0)


@pytest.mark.parametrize("stage", ["submitting", "submitted", "running", "succeeded", "unknown", "lost"])
def test_a_batch_is_not_removed_as_long_as_a_job_is(stage: str, database: str, tmp_path: Path) -> None:
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(2))
        batch.cancel()
        values = ("running", "Lost, the API does not know this job") if stage == "lost" else (stage, None)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("UPDATE runcomfy.jobs SET stage = %s, error = %s WHERE key = 'job-0'", values)
        before = rows(database)
        with pytest.raises(BatchError, match=r"has 1 (unfinished job|job to resolve)"):
            batch.remove()
        assert rows(database) == before


def test_without_files_a_success_is_an_end(database: str, tmp_path: Path) -> None:
    simulator = simulate()
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(2))
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 1)
        assert batch.counts[Stage.SUCCEEDED] == 2 and batch.remove() == 2


def test_a_batch_is_not_removed_while_a_worker_may_record_an_outcome(database: str, tmp_path: Path) -> None:
    """Its worker has expired, and has not ended: its accepted job would be a stray of a batch that is gone."""
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(1))
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO runcomfy.workers (id, host, pid, version, lease, expired_at) VALUES ('w', 'h', 1, '1', 3, now())"
            )
            connection.execute("UPDATE runcomfy.jobs SET stage = 'unknown', worker = 'w'")
            connection.execute(
                "INSERT INTO runcomfy.events (at, batch, key, attempt, stage, worker)"
                " VALUES ('', 'night', 'job-0', 0, 'submitting', 'w')"
            )
        batch.resolve("job-0", give_up=True)
        with pytest.raises(BatchError, match="may still record the outcome of 'job-0'"):
            batch.remove()
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("UPDATE runcomfy.workers SET expired_at = now() - interval '25 hours'")
        assert batch.remove() == 1


def test_a_job_resolved_by_its_id_and_taken_over_may_get_another_outcome(database: str, tmp_path: Path) -> None:
    """The row names the worker that took the job over; the one that submitted it may wake up with another id."""
    with open_batch(database, tmp_path) as batch, closing(open_database(database, name="A")) as connection:
        batch.plan(jobs(1))
        run_flow(connection, register("A", host="here", pid=1, version="1", lease=60))
        claim = run_flow(connection, claim_submit("night", "A"))
        assert isinstance(claim, SubmitClaim)
        batch._connection.execute("UPDATE runcomfy.workers SET seen_at = seen_at - interval '10 minutes'")
        run_flow(batch._connection, expire_workers())
        batch.resolve("job-0", request_id="id-1")
        batch._connection.execute("UPDATE runcomfy.jobs SET stage = 'downloaded', worker = 'B'")
        with pytest.raises(BatchError, match="worker A may still record the outcome of 'job-0'"):
            batch.remove()
        run_flow(connection, record_outcome("night", claim.row, SubmitResult(Stage.SUBMITTED, request_id="id-2")))
        with pytest.raises(BatchError, match="has 1 job to resolve"):
            batch.remove()
        batch.resolve("job-0", stray="id-2")
        assert batch.remove() == 1
    assert rows(database) == dict.fromkeys(TABLES, 0)


def test_a_batch_that_is_removed_while_it_is_planned_is_made_again(database: str, tmp_path: Path) -> None:
    with open_batch(database, tmp_path) as batch, psycopg.connect(database) as connection:
        batch.plan(jobs(2))
        connection.execute("SELECT 1 FROM runcomfy.batches FOR UPDATE")
        planned: list[PlanResult] = []
        planning = threading.Thread(target=lambda: planned.append(batch.plan(jobs(3))))
        planning.start()
        with psycopg.connect(database, autocommit=True) as watching:
            waits = b"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            while watching.execute(waits).fetchone() != (1,):
                assert planning.is_alive()
        for table in reversed(TABLES):
            connection.execute(f"DELETE FROM runcomfy.{table}".encode())
        connection.commit()
        planning.join()
        assert planned == [PlanResult(new=3, known=0, withdrawn=0)] and batch.counts[Stage.PLANNED] == 3


def test_keys_of_pay_once_are_removed_on_request_only(database: str) -> None:
    simulator = simulate()

    async def pay() -> None:
        async with process(simulator) as one:
            await pay_once(*one, "step", CLIP)

    asyncio.run(pay())
    with Batch(name="pay_once", database=database) as batch:
        with pytest.raises(BatchError, match="prevent `pay_once` from paying twice"):
            batch.remove()
        assert batch.remove(forget_keys=True) == 1
    assert rows(database) == dict.fromkeys(TABLES, 0)


def test_a_running_worker_continues_with_other_batches(database: str, tmp_path: Path) -> None:
    """A batch is removed while a worker that knows it is at work on another one."""
    simulator = simulate()
    with open_batch(database, tmp_path) as batch, other_batch(database, tmp_path) as other:
        batch.plan(jobs(2))
        drive(simulator, 1)
        other.plan(jobs(20))

        async def remove(*_: object) -> None:
            await asyncio.to_thread(batch.remove)

        drive(simulator, 1, during=remove)
        assert other.counts[Stage.DOWNLOADED] == 20
        assert rows(database)["batches"] == 1


def test_the_command(fleet: Tool, database: str) -> None:  # noqa: F811
    fleet.serve(Fault("submit", Drop(accepted=True), times=1))
    assert fleet("batch", write(3), "--name", "night", "--out", "files", "--shared").code == 76
    refused = fleet("batch", "remove", "night")
    assert refused.code != 0 and "has 1 job to resolve" in refused.err, refused
    assert fleet("batch", "resolve", "night", "job-0", "--give-up").code == 0
    removed = fleet("batch", "remove", "night", "--json")
    assert removed.json == {"batch": "night", "removed": 3, "place": str(Path("files").absolute())}
    assert fleet("batch", "status").out == "" and len(list(Path("files").iterdir())) == 2
    assert rows(database) == dict.fromkeys(TABLES, 0)


def test_a_batch_is_for_workers_or_for_pay_once(fleet: Tool, database: str, tmp_path: Path) -> None:  # noqa: F811
    """Otherwise, the keys of `pay_once` could be removed as ended jobs, or planned jobs would never be submitted."""
    simulator = simulate()

    async def pay() -> None:
        async with process(simulator, token="test-token") as one:
            await pay_once(*one, "step", CLIP)
            with pytest.raises(BatchError, match="Workers process the batch 'night'"):
                await pay_once(*one, "step", CLIP, batch="night")

    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(1))
        asyncio.run(pay())
        assert batch.counts.total == len(simulator.accepted) == 1
    with pytest.raises(BatchError, match="has the jobs of `pay_once`"):
        Batch(str(tmp_path), name="pay_once", shared=True)
    with Batch(name="pay_once") as keys, pytest.raises(BatchError, match="has the jobs of `pay_once`"):
        keys.plan(jobs(1))
    assert "pay_once: running, 1 jobs, 1 open\n" in fleet("batch", "status").out
    assert fleet("batch", "remove", "pay_once", "--forget-keys").out == "pay_once is removed: 1 job\n"


@pytest.mark.parametrize("method", ["pause", "resume", "cancel", "retry", "remove"])
def test_methods_of_a_removed_batch_raise(method: str, database: str, tmp_path: Path) -> None:
    with open_batch(database, tmp_path) as batch, open_batch(database, tmp_path) as same:
        batch.plan(jobs(1))
        batch.cancel()
        same.remove()
        with pytest.raises(BatchError, match="no batch 'night'"):
            getattr(batch, method)()
        assert batch.plan(jobs(2)).new == 2, "planning creates it again"

"""Jobs of dead workers: taken over, unknown, recorded late, or stray; and ledgers of other versions."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from runcomfy_client.batch import BatchError, BatchLimits, LedgerError, SharedBatch, Stage
from runcomfy_client.batch.fleet import database as database_module
from runcomfy_client.batch.fleet.database import open_database, run_flow
from runcomfy_client.batch.fleet.records import record_outcome
from runcomfy_client.batch.fleet.submit_claims import SubmitClaim, claim_submit
from runcomfy_client.batch.fleet.worker_registry import end, expire_workers, register
from runcomfy_client.batch.spending import Spending
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.submit import SubmitResult
from runcomfy_client.simulator import Fault, WithholdCost

from tests.batch.harness import simulate
from tests.batch.test_spending import billing
from tests.batch.worker import jobs
from tests.fleet.harness import Fleet
from tests.fleet.proxy import Proxy
from tests.fleet.test_limits import drive, open_batch

OLD = "UPDATE runcomfy.workers SET seen_at = seen_at - interval '10 minutes' WHERE id = %s"


class Actor:
    """The ledger as workers see it who do one thing at a time, in an order of the test's choice."""

    def __init__(self, batch: SharedBatch) -> None:
        self.batch = batch

    def run(self, flow: Flow[Any]) -> Any:
        return run_flow(self.batch._connection, flow)

    def begins(self, worker: str) -> None:
        self.run(register(worker, host="here", pid=1, version="1", lease=60))

    def intends(self, worker: str, key: str | None = None) -> SubmitClaim:
        granted = self.run(claim_submit("night", worker, key))
        assert isinstance(granted, SubmitClaim), granted
        return granted

    def accepted(self, granted: SubmitClaim, request_id: str) -> Stage | None:
        found: Stage | None = self.run(record_outcome("night", granted.row, SubmitResult(Stage.SUBMITTED, request_id=request_id)))
        return found

    def dies(self, worker: str) -> None:
        """Not heard of for ten minutes, and expired by another."""
        self.batch._connection.execute(OLD, (worker,))
        self.run(expire_workers())

    def stage(self, key: str = "job-0") -> Stage:
        return next(row.stage for row in self.batch.rows() if row.key == key)


@pytest.fixture
def actor(database: str, tmp_path: Path) -> Iterator[Actor]:
    """A batch of three jobs, and the worker A."""
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(3))
        found = Actor(batch)
        found.begins("A")
        yield found


def test_a_late_outcome_is_recorded(actor: Actor) -> None:
    granted = actor.intends("A")
    actor.dies("A")
    assert actor.stage() is Stage.UNKNOWN and actor.batch.status().may_settle == 1
    assert actor.accepted(granted, "id-1") is Stage.SUBMITTED
    assert actor.accepted(granted, "id-1") is Stage.SUBMITTED, "the answer to the commit was lost: the same again changes nothing"
    assert actor.stage() is Stage.SUBMITTED and actor.batch.status().strays == 0


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.REFUSED, Stage.UNKNOWN])
def test_a_late_outcome_without_a_job_is_recorded(stage: Stage, actor: Actor) -> None:
    granted = actor.intends("A")
    actor.dies("A")
    actor.run(record_outcome("night", granted.row, SubmitResult(stage, "late")))
    assert actor.stage() is stage
    assert actor.batch.counts.submits_billed == (stage is Stage.UNKNOWN)


def test_an_expired_worker_claims_no_submit(actor: Actor) -> None:
    actor.dies("A")
    assert type(actor.run(claim_submit("night", "A"))).__name__ == "WorkerExpired"


def test_a_stray_job_is_listed_until_it_is_resolved(actor: Actor) -> None:
    granted = actor.intends("A")
    actor.dies("A")
    actor.batch.resolve("job-0", requeue=True, worker_gone=True)
    actor.begins("B")
    second = actor.intends("B", "job-0")
    assert actor.accepted(granted, "id-1") is None, "the row belongs to another attempt"
    assert actor.accepted(second, "id-2") is Stage.SUBMITTED
    assert actor.accepted(granted, "id-1") is None
    assert actor.batch.status().stray == (("job-0", "id-1"),)
    with pytest.raises(BatchError, match="is not a stray job of"):
        actor.batch.resolve("job-0", stray="id-2")
    actor.batch.resolve("job-0", stray="id-1")
    assert actor.batch.status().strays == 0


def test_requeue_is_refused_while_the_worker_may_still_submit(actor: Actor) -> None:
    granted = actor.intends("A")
    actor.dies("A")
    with pytest.raises(BatchError, match="may still be submitted") as error:
        actor.batch.resolve("job-0", requeue=True)
    assert "--worker-gone" in str(error.value.next_step) and actor.stage() is Stage.UNKNOWN
    actor.run(end("A"))  # it woke up, and has ended by itself
    actor.batch.resolve("job-0", requeue=True)
    assert actor.stage() is Stage.PLANNED
    assert replace(granted.row, stage=Stage.PLANNED).attempt == 1


def test_requeue_is_allowed_a_day_later(actor: Actor) -> None:
    actor.intends("A")
    actor.dies("A")
    actor.batch._connection.execute("UPDATE runcomfy.workers SET seen_at = seen_at - interval '1 day'")
    actor.batch.resolve("job-0", requeue=True)
    assert actor.stage() is Stage.PLANNED


def test_an_unknown_job_of_a_living_worker_can_be_resolved_immediately(actor: Actor) -> None:
    granted = actor.intends("A")
    actor.run(record_outcome("night", granted.row, SubmitResult(Stage.UNKNOWN, "502")))
    actor.batch.resolve("job-0", requeue=True)
    assert actor.stage() is Stage.PLANNED


def test_the_jobs_of_a_dead_worker_are_taken_over(actor: Actor) -> None:
    simulator = simulate()
    drive(simulator, 1)  # job-0 to job-2
    actor.batch._connection.execute("UPDATE runcomfy.jobs SET stage = 'running', output = NULL, worker = 'A' WHERE key < 'job-2'")
    actor.dies("A")
    drive(simulator, 2)
    assert actor.batch.counts[Stage.DOWNLOADED] == 3 and len(simulator.accepted) == 3


def test_a_job_taken_over_after_its_success_gets_its_late_cost(database: str, tmp_path: Path) -> None:
    """The worker ended when the output was recorded, and neither the cost nor the files."""
    simulator = billing(Fault("result", WithholdCost(), times=2))
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(1))
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 1)
        [row] = batch.rows()
        assert (row.stage, row.cost, batch.status().spending) == (Stage.SUCCEEDED, None, Spending(unpriced=1))
        batch.set_limits(BatchLimits(), save=True)
        drive(simulator, 1)
        [row] = batch.rows()
        assert (row.stage, row.cost, batch.status().spending) == (
            Stage.DOWNLOADED,
            "0.85",
            Spending(Decimal("0.85"), Decimal(0), 0),
        )
        assert len(batch.files(row)) == 1 and len(simulator.accepted) == 1


@pytest.mark.parametrize("which", ["claim_submit", "record_accepted"])
def test_a_commit_whose_answer_was_lost_is_found_out(
    which: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks right after the commit: the worker must find out, and nothing is unknown or submitted twice."""
    from runcomfy_client.batch.fleet import shared_ledger as ledger_module

    run, broken = database_module.perform, list[object]()

    def breaking(connection: Any, flow: Any, **options: Any) -> Any:
        result = run(connection, flow, **options)
        if flow.__name__ == which and isinstance(result, (SubmitClaim, bool)) and len(broken) < 3:
            broken.append(result)
            raise psycopg.OperationalError("the answer to the commit was lost")
        return result

    monkeypatch.setattr(ledger_module, "perform", breaking)
    simulator = simulate()
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(10))
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 1, lease=2.0)
        assert (len(broken), batch.counts[Stage.SUCCEEDED], len(simulator.accepted)) == (3, 10, 10)
        assert batch.counts.submits_billed == 10 and batch.status().strays == 0


def test_workers_that_are_cut_off_from_the_database(database: str, tmp_path: Path) -> None:
    with Fleet(database, tmp_path, 120, "submit:delay=0.05,times=always", lease=2.0, save=False) as fleet:
        with Proxy(database) as first, Proxy(database) as second:
            fleet.start(first.url)
            fleet.start(second.url)
            fleet.calls(60)
            first.stall()  # nothing arrives any more, on connections that stay open
            second.cut()  # all connections break, and none can be made
            fleet.start()
            time.sleep(10)
            first.restore()
            second.restore()
            fleet.finish()
        found = fleet.verdict()
        with fleet.batch() as batch:
            assert batch.status().strays == 0
    assert (found.double, found.lost, found.open, found.unknown) == (0, 0, 0, 0), found


def test_sigterm_ends_a_worker_in_time_and_leaves_nothing_unknown(database: str, tmp_path: Path) -> None:
    with Fleet(database, tmp_path, 40, "submit:delay=0.3,times=always", save=False, lease=60) as fleet:
        worker = fleet.start()
        fleet.calls(8)
        worker.send_signal(signal.SIGTERM)
        began = time.monotonic()
        worker.communicate(timeout=30)
        assert worker.returncode == 0 and time.monotonic() - began < 25
        with fleet.batch() as batch:
            counts, workers = batch.counts, batch.status().workers
            assert not counts[Stage.SUBMITTING] and not counts[Stage.UNKNOWN] and not workers
        assert len(fleet.server.ask("record")["accepted"]) == 40 - counts[Stage.PLANNED]
        fleet.start()  # it takes up what the first has left, at once
        fleet.workers[1].communicate(timeout=60)
        assert fleet.verdict().open == 0


def test_sigterm_without_the_database_prints_jobs_that_were_not_recorded(database: str, tmp_path: Path) -> None:
    with Fleet(database, tmp_path, 20, "submit:delay=1,times=always", save=False, lease=60) as fleet, Proxy(database) as proxy:
        worker = fleet.start(proxy.url, grace=2)
        fleet.calls(4)
        proxy.stall()
        began = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        (told,) = fleet.finish()
        assert time.monotonic() - began < 2 + 15, "besides the time to wait for submits, there are 15 s"
        accepted = fleet.server.ask("record")["accepted"]
        orphans = {(key, request_id) for _batch, key, request_id in told["orphans"]}
        assert len(accepted) >= 4 and orphans <= {(key, request_id) for request_id, key in accepted}
        with fleet.batch() as batch:
            rows = {row.key: row for row in batch.rows()}
            assert batch.counts[Stage.SUBMITTING] == len(orphans) == 4
            for request_id, key in accepted:
                assert rows[key].request_id == request_id or (key, request_id) in orphans
            batch._connection.execute("UPDATE runcomfy.workers SET seen_at = seen_at - interval '1 hour'")
            Actor(batch).run(expire_workers())
            assert batch.counts[Stage.UNKNOWN] == 4
            for key, request_id in orphans:
                batch.resolve(key, request_id=request_id)


def test_a_ledger_of_another_version_is_refused_and_migrated(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_batch(database, tmp_path).close()
    with closing(open_database(database)) as connection:
        connection.execute("UPDATE runcomfy.about SET value = '2' WHERE name = 'version'")
    with pytest.raises(BatchError, match="version 2") as error:
        open_batch(database, tmp_path)
    assert "Upgrade the package" in str(error.value.next_step)
    monkeypatch.setattr(database_module, "VERSION", 3)
    monkeypatch.setattr(database_module, "UPGRADES", {2: "ALTER TABLE batches ADD COLUMN colour TEXT"})
    with pytest.raises(BatchError, match="version 2") as error:
        open_batch(database, tmp_path)
    assert "runcomfy-py batch migrate" in str(error.value.next_step)
    with closing(open_database(database, check=False)) as connection:
        run_flow(connection, register("A", host="here", pid=1, version="1", lease=60))
        with pytest.raises(BatchError, match="1 workers are running"):
            database_module.migrate(database)
        run_flow(connection, end("A"))
        assert database_module.migrate(database) == 2
        assert connection.execute("SELECT count(colour) FROM runcomfy.batches").fetchone() == (0,)
    open_batch(database, tmp_path).close()


def test_commits_wait_for_the_disk_whatever_the_settings_of_the_server(database: str, tmp_path: Path) -> None:
    with closing(psycopg.connect(database, autocommit=True)) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with open_batch(database, tmp_path) as batch:
        assert batch._connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        batch.plan(jobs(1))
        batch._connection.execute("SET synchronous_commit = off")  # as a pooler does that mixes sessions
        Actor(batch).begins("A")
        with pytest.raises(LedgerError, match="settings of a session"):
            Actor(batch).run(claim_submit("night", "A"))
    with pytest.raises(LedgerError, match="fsync"):
        database_module._check_session(("off", "150000"))


def test_concurrent_first_uses_create_the_tables_once(database: str, tmp_path: Path) -> None:
    errors: list[Exception] = []

    def begin() -> None:
        try:
            open_batch(database, tmp_path).close()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []

"""Changes of stage in PostgreSQL: with the same effects as in SQLite, and with exact sums when several workers make them."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runcomfy_client.batch import Batch, LedgerError, SavedFile, Stage
from runcomfy_client.batch.fleet.database import open_database, run_flow
from runcomfy_client.batch.fleet.transitions import change_stage as change_shared_stage
from runcomfy_client.batch.ledger import LEDGER_NAME, Ledger
from runcomfy_client.batch.plan import plan
from runcomfy_client.batch.spending import Spending
from runcomfy_client.batch.sql import run_sqlite
from runcomfy_client.batch.states import PREDECESSORS
from runcomfy_client.batch.transitions import Transition, change_stage

from tests.batch.worker import jobs

KEYS = ("job-0", "job-1")
TABLES = {
    "jobs": "key, stage, attempt, request_id, error, output, cost",
    "events": "key, attempt, was, stage, request_id, detail",
    "files": "key, attempt, number, path, sha256, bytes",
    "attempts": "key, attempt, estimate, cost",
}
BATCHES = count()
TEXTS = st.text(max_size=8) | st.just("\0 \ud800 'quoted' %s :key {now}")
AMOUNTS = st.decimals(min_value=0, max_value=100, places=3)
FILES = st.builds(
    SavedFile, path=st.sampled_from(["a.mp4", 'it\'s "b".png']), sha256=st.just("0" * 64), bytes=st.integers(0, 2**40)
)


@dataclass(frozen=True)
class Step:
    """A change to try: of the stage that the job is in, or of another one."""

    key: str
    target: Stage
    other: Stage | None
    attempt: int | None
    values: dict[str, Any]


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """Changes of two jobs, of which most are allowed."""
    stages, found = dict.fromkeys(KEYS, Stage.PLANNED), list[Step]()
    for _ in range(draw(st.integers(5, 20))):
        key = draw(st.sampled_from([KEYS[0], *KEYS]))
        allowed = [stage for stage in Stage if stages[key] in PREDECESSORS[stage]]
        target = draw(st.sampled_from(allowed or list(Stage)))
        values: dict[str, Any] = {
            "request_id": draw(st.none() | st.sampled_from(["id-1", "id-2"])),
            "detail": draw(st.none() | TEXTS),
            "output": draw(st.none() | st.just('{"video": "https://example.com/1.mp4"}')),
            "cost": draw(st.none() | AMOUNTS),
            "estimate": draw(st.none() | AMOUNTS),
            "files": draw(st.lists(FILES, max_size=2)),
        }
        other = draw(st.sampled_from([None] * 50 + [*Stage]))
        attempt = draw(st.sampled_from([None] * 12 + [0, 1, 2]))
        found.append(Step(key, target, other, attempt, values))
        if other is None and attempt is None and allowed:
            stages[key] = target
    return found


class BothLedgers:
    """A batch of the same jobs in a SQLite file and in PostgreSQL."""

    def __init__(self, folder: Path, connection: psycopg.Connection[Any], database: str) -> None:
        self.name = f"batch-{next(BATCHES)}"
        self.connection = connection
        with Batch(str(folder), database=database, name=self.name, shared=True) as shared:
            shared.plan(jobs(len(KEYS)))
        self.ledger = Ledger(folder / LEDGER_NAME)
        plan(self.ledger, jobs(len(KEYS)))

    def apply(self, step: Step, was: Stage) -> bool:
        """Try a change in both; they agree whether it was made."""
        change = Transition(key=step.key, was=was, stage=step.target, attempt=step.attempt, **step.values)
        shared = Transition(
            key=step.key, was=was, stage=step.target, attempt=step.attempt, batch=self.name, worker="w", **step.values
        )
        try:
            with self.ledger.transaction() as database:
                self.ledger.spending.apply(run_sqlite(database, change_stage(change)))
            changed = True
        except LedgerError:
            changed = False
        try:
            assert run_flow(self.connection, change_shared_stage(shared)) is changed
        except LedgerError as error:
            assert not changed and "cannot change from" in error.message, error
        return changed

    def compare(self) -> None:
        """Compare all tables, and the sums."""
        for table, columns in TABLES.items():
            order = "ORDER BY number" if table == "events" else "ORDER BY " + columns.split(", request_id")[0]
            query = f"SELECT {columns} FROM runcomfy.{table} WHERE batch = %s {order}"
            shared = self.connection.execute(query.encode(), (self.name,)).fetchall()
            with self.ledger.transaction() as database:
                own = [tuple(row) for row in database.execute(f"SELECT {columns} FROM {table} {order}")]
            assert own == shared, table
        query = "SELECT spent, reserved, unpriced, submits_billed FROM runcomfy.batches WHERE name = %s"
        found = self.connection.execute(query.encode(), (self.name,)).fetchone()
        assert found is not None
        assert self.ledger.spending == Spending(*found[:3])
        assert sum(stage == "submitting" for [stage] in self._stages()) - self._released() == found[3]

    def _stages(self) -> list[tuple[str]]:
        return self.connection.execute("SELECT stage FROM runcomfy.events WHERE batch = %s", (self.name,)).fetchall()

    def _released(self) -> int:
        query = """SELECT count(*) FROM runcomfy.events WHERE batch = %s AND was IN ('submitting', 'unknown')
            AND stage IN ('planned', 'refused')"""
        found = self.connection.execute(query, (self.name,)).fetchone()
        assert found is not None
        return int(found[0])


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps())
def test_both_databases_record_the_same(database: str, taken: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(open_database(database)) as connection:
        both = BothLedgers(Path(folder), connection, database)
        with closing(both.ledger):
            stages = dict.fromkeys(KEYS, Stage.PLANNED)
            for step in taken:
                if both.apply(step, step.other or stages[step.key]):
                    stages[step.key] = step.target
            both.compare()


def test_concurrent_changes_keep_the_sums_exact(database: str, tmp_path: Path) -> None:
    """Four sessions record the costs of the same jobs, each in another order, without transactions."""
    number, sessions = 150, 4
    with Batch(str(tmp_path), database=database, name="night", shared=True) as batch:
        batch.plan(jobs(number))
        connection = batch._connection
        connection.execute("UPDATE runcomfy.jobs SET stage = 'running', attempt = 1")
        connection.execute("INSERT INTO runcomfy.attempts SELECT batch, key, 1, '0.5' FROM runcomfy.jobs")
        connection.execute("UPDATE runcomfy.batches SET reserved = 0.5 * %s, submits_billed = %s", (number, number))

        def record(seed: int) -> int:
            order = Random(seed).sample(range(number), number)
            with closing(open_database(database)) as own:
                changes = (
                    Transition(
                        key=f"job-{one}", was=Stage.RUNNING, stage=Stage.SUCCEEDED, attempt=1, cost=Decimal("0.3"), batch="night"
                    )
                    for one in order
                )
                return sum(run_flow(own, change_shared_stage(change), transaction=False) for change in changes)

        with ThreadPoolExecutor(sessions) as pool:
            changed = sum(pool.map(record, range(sessions)))
        assert changed == batch.counts[Stage.SUCCEEDED] == number
        assert batch.status().spending == Spending(Decimal("0.3") * number, Decimal(0), 0)
        events = connection.execute("SELECT count(*) FROM runcomfy.events WHERE stage = 'succeeded'").fetchone()
        assert events == (number,)

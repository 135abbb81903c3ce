"""From a list of jobs to rows of a ledger: all of them, or none. Planning the same list again changes nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client.batch.errors import InvalidJobs, LineProblem
from runcomfy_client.batch.ledger import Ledger
from runcomfy_client.batch.local_files import prepare_for_ledger, write_inputs
from runcomfy_client.batch.states import RETRYABLE, Stage
from runcomfy_client.errors import InvalidInput
from runcomfy_client.files.checks import CheckedFile
from runcomfy_client.requests import Request

_MAX_PROBLEMS: Final = 1000
_MAX_KEY_LENGTH: Final = 200
_INSERT_JOB: Final = """
INSERT INTO jobs (key, position, model, body, body_sha256, stage, changed_at) VALUES (?, ?, ?, ?, ?, 'planned', ?)
"""
_INSERT_EVENTS: Final = "INSERT INTO events (at, key, attempt, was, stage) SELECT ?, key, attempt, stage, ? FROM jobs WHERE {}"


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One job of a batch.

    Attributes:
        request: what is to be submitted.
        key: its name in the batch; by default one is made from what is submitted, so that the order of the list does not matter.
        line: where it stands in its file.
    """

    request: Request[Any]
    key: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What planning did: how many jobs are new, known from before, and no longer in the list, and how many have local files."""

    new: int
    known: int
    withdrawn: int
    with_files: int = 0


def plan(ledger: Ledger, jobs: Iterable[BatchJob | Request[Any]]) -> PlanResult:
    """Write a list of jobs into the ledger. What was planned and is no longer in the list is withdrawn; what was submitted stays.

    Raises:
        InvalidJobs: a key stands twice or for other inputs than before, or a request cannot be sent; then nothing is planned.
        LedgerError: it could not be written.
    """
    with ledger.transaction() as database:
        database.execute("CREATE TEMP TABLE IF NOT EXISTS listed (key TEXT PRIMARY KEY)")
        database.execute("DELETE FROM listed")
        last = database.execute("SELECT coalesce(max(position), -1) FROM jobs").fetchone()[0]
        added = _Planner(database, last + 1, _now())
        added.add_all(_with_lines(jobs))
        withdrawn = _change(database, Stage.WITHDRAWN, "stage = 'planned' AND key NOT IN (SELECT key FROM listed)")
        relisted = _change(database, Stage.PLANNED, "stage = 'withdrawn' AND key IN (SELECT key FROM listed)")
        database.execute("DELETE FROM listed")
    counts = ledger.counts.by_stage
    counts[Stage.PLANNED] += added.new + relisted - withdrawn
    counts[Stage.WITHDRAWN] += withdrawn - relisted
    return PlanResult(added.new, added.known, withdrawn, added.with_files)


def requeue(ledger: Ledger, stages: Iterable[Stage]) -> int:
    """Plan the jobs of some stages once more, because somebody asked for it; return how many there are."""
    count = 0
    for stage in stages:
        if stage not in RETRYABLE:
            raise ValueError(f"jobs that are {stage} are not tried again like this")
        with ledger.transaction() as database:
            found = _change(database, Stage.PLANNED, "stage = ?", stage.value)
        ledger.counts.by_stage[stage] -= found
        ledger.counts.by_stage[Stage.PLANNED] += found
        count += found
    return count


class _Planner:
    """Adds jobs, gathering what is wrong with them."""

    def __init__(self, database: sqlite3.Connection, position: int, at: str) -> None:
        self.new = 0
        self.known = 0
        self.with_files = 0
        self._database = database
        self._position = position
        self._at = at
        self._duplicates: Counter[str] = Counter()
        self._problems: list[LineProblem] = []
        self._total = 0
        self._known_files: dict[tuple[int, ...], CheckedFile] = {}

    def add_all(self, jobs: Iterator[tuple[int, BatchJob]]) -> None:
        """Add all jobs, or raise what is wrong with any of them."""
        while True:
            try:
                line, job = next(jobs)
            except StopIteration:
                break
            except InvalidJobs as error:  # the source has read itself to its end
                self._problems.extend(error.problems)
                self._total += error.total
                break
            problem = self._add(job)
            self._total += problem is not None
            if problem and len(self._problems) < _MAX_PROBLEMS:
                self._problems.append(LineProblem(line, problem))
        if self._problems:
            raise InvalidJobs(sorted(self._problems, key=lambda problem: problem.line), total=self._total)

    def _add(self, job: BatchJob) -> str | None:
        try:
            order, inputs = prepare_for_ledger(job.request, self._known_files)
        except InvalidInput as error:
            return "; ".join(map(str, error.problems))
        key = job.key if job.key is not None else self._key_of(order)
        if not key or len(key) > _MAX_KEY_LENGTH or not key.isprintable():
            return f"a key is 1 to {_MAX_KEY_LENGTH} printable characters"
        if not self._database.execute("INSERT OR IGNORE INTO listed VALUES (?)", (key,)).rowcount:
            return f"the key {key!r} stands in the list before"
        known = self._database.execute("SELECT model, body_sha256 FROM jobs WHERE key = ?", (key,)).fetchone()
        if known is None:
            values = (key, self._position, order.model_id, order.body.decode(), order.body_sha256, self._at)
            self._database.execute(_INSERT_JOB, values)
            self._position += 1
            self.new += 1
        elif known != (order.model_id, order.body_sha256):
            return f"the key {key!r} was planned with another model or other inputs; give the changed job a new key"
        else:
            self.known += 1
        write_inputs(self._database, key, inputs)
        self.with_files += bool(inputs)
        return None

    def _key_of(self, order: PreparedRequest) -> str:
        """Name a job after what it sends. Jobs that are alike are told apart by number."""
        name = hashlib.sha256(f"{order.model_id}\n{order.body_sha256}".encode()).hexdigest()[:16]
        self._duplicates[name] += 1
        return name if self._duplicates[name] == 1 else f"{name}-{self._duplicates[name]}"


def _with_lines(jobs: Iterable[BatchJob | Request[Any]]) -> Iterator[tuple[int, BatchJob]]:
    for number, job in enumerate(jobs, start=1):
        item = BatchJob(job) if isinstance(job, Request) else job
        yield (number if item.line is None else item.line), item


def _change(database: sqlite3.Connection, stage: Stage, which: str, *values: str) -> int:
    """Bring all rows that a condition names to a stage, and note it; return how many."""
    now = _now()
    database.execute(_INSERT_EVENTS.format(which), (now, stage.value, *values))
    return database.execute(f"UPDATE jobs SET stage = ?, changed_at = ? WHERE {which}", (stage.value, now, *values)).rowcount


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

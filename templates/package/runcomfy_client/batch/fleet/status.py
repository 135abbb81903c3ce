"""The status of a shared batch: jobs by stage, spending, workers, the oldest open job, and jobs that a person has to resolve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from runcomfy_client.batch.errors import BatchError
from runcomfy_client.batch.fleet.database import database_url, open_database, run_flow
from runcomfy_client.batch.fleet.records import read_counts
from runcomfy_client.batch.records import COLUMNS, Row, SavedFile, row_from_record
from runcomfy_client.batch.spending import Spending
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import Counts, Stage

_PAGE: Final = 500
_BATCH: Final = """
SELECT place, paused, cancelled, halted, account_problem,
    max_concurrent_submits, submits_per_second, max_submits, max_usd, spent, reserved, unpriced
FROM batches WHERE name = :batch
"""
_WORKERS: Final = """
SELECT workers.id, host, pid, version, extract(epoch FROM clock_timestamp() - seen_at),
    (SELECT count(*) FROM jobs WHERE batch = :batch AND worker = workers.id AND stage = 'submitting'),
    (SELECT count(*) FROM jobs WHERE batch = :batch AND worker = workers.id AND stage IN ('submitted', 'running', 'succeeded'))
FROM workers WHERE expired_at IS NULL AND ended_at IS NULL ORDER BY began_at
"""
_STRAYS: Final = """
SELECT key, request_id FROM events WHERE batch = :batch AND stage = 'stray'
EXCEPT SELECT key, request_id FROM events WHERE batch = :batch AND stage = 'stray settled'
"""
_RATE: Final = """
SELECT count(*) FROM events WHERE batch = :batch AND stage = 'submitted'
    AND number > (SELECT coalesce(max(number), 0) FROM events) - 20000
    AND CAST(at AS TIMESTAMPTZ) > clock_timestamp() - interval '1 minute'
"""
_OLDEST: Final = """
SELECT extract(epoch FROM clock_timestamp() - min(CAST(changed_at AS TIMESTAMPTZ))) FROM jobs
WHERE batch = :batch AND stage IN ('submitting', 'submitted', 'running', 'succeeded')
"""
_LOST: Final = """
SELECT count(*) FROM jobs WHERE batch = :batch AND stage IN ('submitted', 'running', 'succeeded')
    AND left(coalesce(error, ''), 4) = 'Lost'
"""
_MAY_SETTLE: Final = """
SELECT count(*) FROM jobs JOIN workers ON workers.id = jobs.worker WHERE batch = :batch AND stage = 'unknown'
    AND expired_at > clock_timestamp() - interval '1 day' AND ended_at IS NULL
"""
_LIST: Final = """
SELECT name, place, paused, cancelled, halted, count(key),
    count(key) FILTER (WHERE stage IN ('planned', 'submitting', 'submitted', 'running', 'succeeded'))
FROM batches LEFT JOIN jobs ON batch = name GROUP BY name ORDER BY created_at, name
"""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A living worker.

    Attributes:
        id: its id in the ledger.
        host: the name of its machine.
        pid: the id of its process.
        version: the version of its package.
        seen: seconds since its last heartbeat.
        submitting: the number of its submits in flight, of this batch.
        waiting: the number of jobs of this batch that it waits for, or whose files it saves.
    """

    id: str
    host: str
    pid: int
    version: str
    seen: float
    submitting: int
    waiting: int


@dataclass(frozen=True, slots=True)
class SharedStatus:
    """The status of a shared batch.

    Attributes:
        name: the name of the batch.
        place: the bucket or folder of its files.
        state: `running`, `paused`, `cancelled`, or `halted: ` and the reason.
        account_problem: True if it is halted because of the token, the account or its balance.
        counts: the jobs by stage.
        spending: the spent and reserved amounts in USD.
        max_usd: the limit of spending in USD; None means no limit.
        max_submits: the limit of submits; None means no limit.
        max_concurrent_submits: the maximum number of submits in flight.
        submits_per_second: the maximum rate of submits; None means no limit.
        submits_last_minute: the number of jobs accepted in the last minute, among the last 20,000 events.
        oldest: seconds since the last change of the least recently changed open job; None if no job is open.
        workers: the living workers.
        lost: the number of jobs that the API does not know, or whose files are not available.
        stray: accepted jobs for which no worker waits: (key, request id).
        may_settle: the number of unknown jobs whose outcome may still be recorded, if their worker continues.
    """

    name: str
    place: str
    state: str
    account_problem: bool
    counts: Counts
    spending: Spending
    max_usd: Decimal | None
    max_submits: int | None
    max_concurrent_submits: int
    submits_per_second: float | None
    submits_last_minute: int
    oldest: float | None
    workers: tuple[WorkerStatus, ...]
    lost: int
    stray: tuple[tuple[str, str], ...]
    may_settle: int

    @property
    def strays(self) -> int:
        """The number of stray jobs."""
        return len(self.stray)


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """A batch in a list: its name, the place of its files, its state, the number of its jobs, and of those that are open."""

    name: str
    place: str
    state: str
    jobs: int
    open: int


def read_status(batch: str) -> Flow[SharedStatus]:
    """Return the status of a batch.

    Raises:
        BatchError: the batch does not exist.
    """
    own = {"batch": batch}
    found = yield _BATCH, own
    if not found:
        raise BatchError(f"There is no batch {batch!r} in this ledger", next_step="`runcomfy-py batch status` lists them.")
    place, paused, cancelled, halted, account_problem, *limits, spent, reserved, unpriced = found[0]
    max_concurrent_submits, per_second, max_submits, max_usd = limits
    counts = yield from read_counts(batch)
    workers = [WorkerStatus(*record) for record in (yield _WORKERS, own)]
    [[rate]] = yield _RATE, own
    [[oldest]] = yield _OLDEST, own
    [[lost]] = yield _LOST, own
    stray = yield _STRAYS, own
    [[may_settle]] = yield _MAY_SETTLE, own
    return SharedStatus(
        name=batch,
        place=place,
        state=_state(paused, cancelled, halted),
        account_problem=account_problem,
        counts=counts,
        spending=Spending(spent, reserved, unpriced),
        max_usd=max_usd,
        max_submits=max_submits,
        max_concurrent_submits=max_concurrent_submits,
        submits_per_second=per_second,
        submits_last_minute=rate,
        oldest=None if oldest is None else float(oldest),
        workers=tuple(workers),
        lost=lost,
        stray=tuple(sorted((key, request_id) for key, request_id in stray)),
        may_settle=may_settle,
    )


def _state(paused: bool, cancelled: bool, halted: str | None) -> str:
    if cancelled:
        return "cancelled"
    return "paused" if paused else f"halted: {halted}" if halted else "running"


def list_batches() -> Flow[list[BatchSummary]]:
    """Return all batches of a ledger."""
    return [
        BatchSummary(name, place, _state(paused, cancelled, halted), jobs, still_open)
        for name, place, paused, cancelled, halted, jobs, still_open in (yield _LIST, {})
    ]


def all_batches(database: str | None = None) -> list[BatchSummary]:
    """Return the batches of a ledger.

    Raises:
        ConfigurationError: no database is set, or psycopg is not installed.
        BatchError: the tables have another version.
        LedgerError: the database failed.
    """
    with open_database(database_url(database)) as connection:
        return run_flow(connection, list_batches())


def read_rows(batch: str, stages: Sequence[Stage], after: int) -> Flow[list[Row]]:
    """Return a page of rows in some stages, or all, in the order of the batch, after a position."""
    some = "AND stage = ANY(:stages)" if stages else ""
    query = f"SELECT {COLUMNS} FROM jobs WHERE batch = :batch AND position > :after {some} ORDER BY position LIMIT {_PAGE}"
    values = {"batch": batch, "after": after, "stages": [stage.value for stage in stages]}
    return [row_from_record(record) for record in (yield query, values)]


def read_files(batch: str, row: Row) -> Flow[list[SavedFile]]:
    """Return the saved files of a row."""
    query = "SELECT path, sha256, bytes FROM files WHERE batch = :batch AND key = :key AND attempt = :attempt ORDER BY number"
    found = yield query, {"batch": batch, "key": row.key, "attempt": row.attempt}
    return [SavedFile(*record) for record in found]


def read_attempts(batch: str) -> Flow[list[tuple[str, str | None, str | None]]]:
    """Return the model, estimate and cost in USD of every attempt that may have been billed."""
    query = "SELECT model, estimate, attempts.cost FROM attempts JOIN jobs USING (batch, key) WHERE batch = :batch"
    return [(str(model), estimate, cost) for model, estimate, cost in (yield query, {"batch": batch})]

"""The workers of a ledger: registration, heartbeats, expiry, and taking over the jobs of dead workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from runcomfy_client.batch.fleet.records import NOT_LOST, WAKE, advance, lock_batch
from runcomfy_client.batch.records import COLUMNS, Row, row_from_record
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import Stage
from runcomfy_client.batch.transitions import Transition

SURELY_ENDED: Final = 86_400.0
"""Seconds after which an expired worker is considered to have ended."""

_REGISTER: Final = """
INSERT INTO workers (id, host, pid, version, lease) VALUES (:worker, :host, :pid, :version, :lease)
"""
_BEAT: Final = """
UPDATE workers SET seen_at = clock_timestamp() WHERE id = :worker AND expired_at IS NULL AND ended_at IS NULL RETURNING 1
"""
_END: Final = "UPDATE workers SET ended_at = clock_timestamp() WHERE id = :worker AND ended_at IS NULL"
_EXPIRE: Final = """
UPDATE workers SET expired_at = clock_timestamp() WHERE expired_at IS NULL AND ended_at IS NULL
    AND seen_at < clock_timestamp() - lease * interval '1 second'
"""
IS_LIVING: Final = "(SELECT id FROM workers WHERE expired_at IS NULL AND ended_at IS NULL)"
_LEFT_SUBMITTING: Final = f"""
SELECT batch, key, attempt, worker, changed_at FROM jobs WHERE stage = 'submitting' AND worker NOT IN {IS_LIVING} ORDER BY batch
"""
_FIND_LEFT: Final = f"""
SELECT batch, key FROM jobs WHERE batch = ANY(:batches) AND stage = ANY(:stages) AND {NOT_LOST}
    AND (worker IS NULL OR worker NOT IN {IS_LIVING}) LIMIT :room FOR UPDATE SKIP LOCKED
"""
_TAKE: Final = f"""
UPDATE jobs SET worker = :worker WHERE batch = :batch AND key = ANY(:keys) RETURNING {COLUMNS}
"""
_MINE: Final = f"""
SELECT batch, {COLUMNS} FROM jobs WHERE batch = ANY(:batches) AND stage = ANY(:stages) AND worker = :worker AND {NOT_LOST}
"""
_UNSENT: Final = f"SELECT batch, {COLUMNS} FROM jobs WHERE stage = 'submitting' AND worker = :worker"
_FORGET: Final = """
DELETE FROM workers WHERE ended_at < clock_timestamp() - interval '1 hour' OR expired_at < clock_timestamp() - interval '7 days'
"""


def register(worker: str, *, host: str, pid: int, version: str, lease: float) -> Flow[None]:
    """Register a worker, which must send a heartbeat at least every `lease` seconds."""
    yield _REGISTER, {"worker": worker, "host": host, "pid": pid, "version": version, "lease": lease}


def beat(worker: str) -> Flow[bool]:
    """Send the heartbeat of a worker; return False if it has expired."""
    return bool((yield _BEAT, {"worker": worker}))


def end(worker: str) -> Flow[None]:
    """Record that a worker has ended: it submits nothing more, and others take over its jobs."""
    yield _END, {"worker": worker}
    yield WAKE, {}


def expire_workers() -> Flow[int]:
    """Expire the workers whose lease has ended, and set their submits in flight to `unknown`.

    Return the number of these rows. Each batch is locked before its rows are read again.
    """
    yield _EXPIRE, {}
    batches = list(dict.fromkeys(record[0] for record in (yield _LEFT_SUBMITTING, {})))
    for batch in batches:
        yield from lock_batch(batch)
    count = 0
    for batch, key, attempt, worker, began in (yield _LEFT_SUBMITTING, {}) if batches else []:
        if batch not in batches:
            continue
        detail = f"The worker {worker} was not heard of while the submit was under way, which began at {began}; the job may exist"
        change = Transition(key=key, was=Stage.SUBMITTING, stage=Stage.UNKNOWN, attempt=attempt, detail=detail, batch=batch)
        count += (yield from advance(change)) is None
    yield _FORGET, {}
    return count


def take_over(worker: str, batches: Sequence[str], stages: Sequence[Stage], room: int) -> Flow[list[tuple[str, Row]]]:
    """Take over up to `room` jobs of dead workers; return them with their batches.

    They are found first, then updated by key: an update with a limit in its condition may take more than the limit.
    """
    own = {"batches": list(batches), "stages": [stage.value for stage in stages], "room": room, "worker": worker}
    found = yield _FIND_LEFT, own
    taken: list[tuple[str, Row]] = []
    for batch in dict.fromkeys(record[0] for record in found):
        keys = [key for its_batch, key in found if its_batch == batch]
        taken += [(batch, row_from_record(record)) for record in (yield _TAKE, {**own, "batch": batch, "keys": keys})]
    return taken


def find_mine(worker: str, batches: Sequence[str], stages: Sequence[Stage]) -> Flow[list[tuple[str, Row]]]:
    """Return the jobs that this worker has to wait for."""
    own = {"batches": list(batches), "stages": [stage.value for stage in stages], "worker": worker}
    return [(record[0], row_from_record(record[1:])) for record in (yield _MINE, own)]


def find_unsent(worker: str) -> Flow[list[tuple[str, Row]]]:
    """Return the rows that this worker has claimed. It has sent nothing for those that it does not know."""
    return [(record[0], row_from_record(record[1:])) for record in (yield _UNSENT, {"worker": worker})]


def count_living() -> Flow[int]:
    """Return the number of living workers."""
    [[count]] = yield f"SELECT count(*) FROM {IS_LIVING} AS living", {}
    return int(count)

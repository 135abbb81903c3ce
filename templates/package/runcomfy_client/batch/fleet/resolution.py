"""Resolves a job of a shared batch whose outcome is not known, with what a person has found in the RunComfy account."""

from __future__ import annotations

from typing import Final

from runcomfy_client._core.protocol.urls import request_path
from runcomfy_client.batch.errors import BatchError, LedgerError
from runcomfy_client.batch.fleet.records import WAKE, lock_batch, read_row
from runcomfy_client.batch.fleet.transitions import change_stage
from runcomfy_client.batch.fleet.worker_registry import SURELY_ENDED
from runcomfy_client.batch.records import Row
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import Stage
from runcomfy_client.batch.transitions import Transition

_OTHER_JOB: Final = "SELECT 1 FROM events WHERE batch = :batch AND request_id = :request_id AND key <> :key LIMIT 1"
_WORKER: Final = """
SELECT jobs.worker, workers.host, workers.pid, extract(epoch FROM clock_timestamp() - workers.seen_at),
    workers.expired_at IS NOT NULL AND workers.ended_at IS NULL
FROM jobs JOIN workers ON workers.id = jobs.worker WHERE batch = :batch AND key = :key
"""
_END_WORKER: Final = "UPDATE workers SET ended_at = clock_timestamp() WHERE id = :worker AND ended_at IS NULL"
_RESOLVE_STRAY: Final = """
INSERT INTO events (batch, at, key, attempt, stage, request_id, detail)
SELECT DISTINCT batch, {now}, key, attempt, 'stray settled', request_id, 'resolved: a person has handled it' FROM events
WHERE batch = :batch AND key = :key AND request_id = :request_id AND stage = 'stray' RETURNING 1
"""


def resolve_shared(
    batch: str,
    key: str,
    *,
    request_id: str | None,
    requeue: bool,
    give_up: bool,
    worker_gone: bool,
    stray: str | None,
) -> Flow[None]:
    """Resolve an unknown job, or one that the API does not know any more, or a stray job.

    Raises:
        BatchError: the job does not exist, its outcome is known, a worker still waits for it, or its worker may still submit it.
        InvalidInput: `request_id` is not a valid request id.
        ValueError: not exactly one of `request_id`, `requeue`, `give_up` and `stray` is used.
    """
    if (request_id is not None) + requeue + give_up + (stray is not None) != 1:
        raise ValueError("use exactly one of `request_id`, `requeue`, `give_up` and `stray`")
    own = {"batch": batch, "key": key}
    yield from lock_batch(batch)
    if stray is not None:
        if not (yield _RESOLVE_STRAY, {**own, "request_id": stray}):
            step = f"`runcomfy-py batch status {batch}` lists them."
            raise BatchError(f"{stray!r} is not a stray job of {key!r}", next_step=step)
        return
    row = yield from read_row(batch, key, lock=True)
    if row is None or not (row.stage is Stage.UNKNOWN or row.is_lost):
        step = f"Only unknown jobs can be resolved; `runcomfy-py batch report {batch} --stage unknown` lists them."
        raise BatchError(f"{key!r} is {row.stage if row else 'not in this batch'}", next_step=step)
    if request_id is not None:
        request_path(request_id, "status")
        if request_id != row.request_id and (yield _OTHER_JOB, {**own, "request_id": request_id}):
            step = "Look for the request of this job in your RunComfy account, by its time and model."
            raise BatchError(f"{request_id!r} belongs to another job of this batch", next_step=step)
        stage, detail = Stage.SUBMITTED, "resolved: it was accepted"
    elif requeue:
        yield from _check_worker(batch, row, worker_gone=worker_gone)
        stage, detail = Stage.PLANNED, "resolved: it is submitted again"
    else:
        stage, detail = Stage.ABANDONED, "resolved: given up"
    change = Transition(key=key, was=row.stage, stage=stage, attempt=row.attempt, request_id=request_id, detail=detail, batch=batch)
    if not (yield from change_stage(change)):
        raise LedgerError(f"{key!r} has changed meanwhile, and was not resolved")
    yield WAKE, {}


def _check_worker(batch: str, row: Row, *, worker_gone: bool) -> Flow[None]:
    """Check that the worker that has the intent to submit a job cannot do so any more."""
    if row.stage is not Stage.UNKNOWN:
        return
    found = yield _WORKER, {"batch": batch, "key": row.key}
    if not found or not found[0][4] or found[0][3] > SURELY_ENDED:
        return
    worker, host, pid, seconds, _may_wake = found[0]
    if worker_gone:
        yield _END_WORKER, {"worker": worker}
        return
    step = f"If you have checked that process {pid} on {host} has ended, pass --worker-gone; otherwise, it may be paid for twice."
    raise BatchError(
        f"{row.key!r} may still be submitted: the last heartbeat of its worker {worker} was {seconds / 60:.0f} min ago",
        next_step=step,
    )

"""Settling a job of a shared batch whose end is not known: a human has looked, and says what became of it."""

from __future__ import annotations

from typing import Final

from runcomfy_client._core.protocol.urls import request_path
from runcomfy_client.batch.errors import BatchError
from runcomfy_client.batch.fleet.records import WAKE, lock_batch, read_row, transition
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
_GONE: Final = "UPDATE workers SET ended_at = clock_timestamp() WHERE id = :worker AND ended_at IS NULL"
_SETTLE_STRAY: Final = """
INSERT INTO events (batch, at, key, attempt, stage, request_id, detail)
SELECT DISTINCT batch, {now}, key, attempt, 'stray settled', request_id, 'settled: somebody has seen to it' FROM events
WHERE batch = :batch AND key = :key AND request_id = :request_id AND stage = 'stray' RETURNING 1
"""


def settle_shared(
    batch: str,
    key: str,
    *,
    request_id: str | None,
    requeue: bool,
    give_up: bool,
    worker_gone: bool,
    stray: str | None,
) -> Flow[None]:
    """Settle an unknown job, or one that the API does not know any more, or the id of a job that nobody waits for.

    Raises:
        BatchError: there is no such job, its end is known or still to come, or its worker may still wake up.
        InvalidInput: that cannot be a request id.
    """
    if (request_id is not None) + requeue + give_up + (stray is not None) != 1:
        raise ValueError("say one of `request_id`, `requeue`, `give_up` and `stray`")
    own = {"batch": batch, "key": key}
    yield from lock_batch(batch)
    if stray is not None:
        if not (yield _SETTLE_STRAY, {**own, "request_id": stray}):
            step = f"`runcomfy-py batch status {batch}` lists them."
            raise BatchError(f"{stray!r} is not an id of {key!r} that nobody waits for", next_step=step)
        return
    row = yield from read_row(batch, key, lock=True)
    if row is None or not (row.stage is Stage.UNKNOWN or row.is_lost):
        step = f"Only an unknown job can be settled; `runcomfy-py batch report {batch} --stage unknown` lists them."
        raise BatchError(f"{key!r} is {row.stage if row else 'not in this batch'}", next_step=step)
    if request_id is not None:
        request_path(request_id, "status")
        if request_id != row.request_id and (yield _OTHER_JOB, {**own, "request_id": request_id}):
            step = "Look for the request that belongs to this job: by its time and its model, in your RunComfy account."
            raise BatchError(f"{request_id!r} belongs to another job of this batch", next_step=step)
        stage, detail = Stage.SUBMITTED, "settled: it was accepted"
    elif requeue:
        yield from _check_worker(batch, row, worker_gone=worker_gone)
        stage, detail = Stage.PLANNED, "settled: it is to be submitted again"
    else:
        stage, detail = Stage.ABANDONED, "settled: given up"
    yield from transition(
        Transition(key=key, was=row.stage, stage=stage, attempt=row.attempt, request_id=request_id, detail=detail, batch=batch)
    )
    yield WAKE, {}


def _check_worker(batch: str, row: Row, *, worker_gone: bool) -> Flow[None]:
    """Make sure that the worker which meant to submit a job will not do so any more."""
    if row.stage is not Stage.UNKNOWN:
        return
    found = yield _WORKER, {"batch": batch, "key": row.key}
    if not found or not found[0][4] or found[0][3] > SURELY_ENDED:
        return
    worker, host, pid, seconds, _may_wake = found[0]
    if worker_gone:
        yield _GONE, {"worker": worker}
        return
    step = f"If you have made sure that process {pid} on {host} has ended, say --worker-gone too; else it may be paid for twice."
    raise BatchError(
        f"{row.key!r} may still be submitted: its worker {worker} was last heard of {seconds / 60:.0f} min ago, and may wake up",
        next_step=step,
    )

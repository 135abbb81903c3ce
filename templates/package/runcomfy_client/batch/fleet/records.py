"""Changes of rows in a shared ledger. Locks are always taken in the same order: the batch first, then the job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from runcomfy_client.batch.fleet.transitions import change_stage
from runcomfy_client.batch.records import COLUMNS, Row, row_from_record
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import Counts, Stage
from runcomfy_client.batch.submit import SubmitResult
from runcomfy_client.batch.transitions import Transition, to_database_text

CHANNEL: Final = "runcomfy"
WAKE: Final = f"NOTIFY {CHANNEL}"
STRAY: Final = "stray"
"""The stage of an event that records the id of an accepted job for which no row waits."""
STRAY_SETTLED: Final = "stray settled"

_LOCK_BATCH: Final = "SELECT 1 FROM batches WHERE name = :batch FOR UPDATE"
_ROW: Final = f"SELECT {COLUMNS} FROM jobs WHERE batch = :batch AND key = :key"
_STRAY: Final = """
INSERT INTO events (batch, at, key, attempt, stage, request_id, detail)
VALUES (:batch, {now}, :key, :attempt, 'stray', :request_id, :detail)
"""
_RUNNING: Final = """
UPDATE jobs SET stage = 'running', changed_at = {now}
WHERE batch = :batch AND key = ANY(:keys) AND stage = 'submitted' RETURNING key, attempt, request_id, changed_at
"""
_RUNNING_EVENT: Final = """
INSERT INTO events (batch, at, key, attempt, was, stage, request_id)
VALUES (:batch, :at, :key, :attempt, 'submitted', 'running', :request_id)
"""
OPEN_STAGES: Final = "('submitting', 'submitted', 'running', 'succeeded')"
NOT_LOST: Final = "left(coalesce(error, ''), 4) <> 'Lost'"


def lock_batch(batch: str) -> Flow[bool]:
    """Lock the row of a batch until the end of the transaction; return False if there is none."""
    return bool((yield _LOCK_BATCH, {"batch": batch}))


def read_row(batch: str, key: str, *, lock: bool = False) -> Flow[Row | None]:
    """Return the row of a job, or None if there is none."""
    found = yield _ROW + (" FOR UPDATE" if lock else ""), {"batch": batch, "key": key}
    return row_from_record(found[0]) if found else None


def advance(change: Transition, *also_from: Stage) -> Flow[Row | None]:
    """Change the stage of a job that another worker may have changed already. `also_from` are further stages to change from.

    Return None if the stage was changed or the job does not exist; otherwise, return the row, which is unchanged. It needs no
    transaction.
    """
    assert change.batch is not None
    for was in (change.was, *also_from):
        if (yield from change_stage(replace(change, was=was))):
            return None
    return (yield from read_row(change.batch, change.key))


def record_accepted(batch: str, row: Row, outcome: SubmitResult) -> Flow[bool]:
    """Record that a submit was accepted; return False if the row is not submitting any more, and nothing was changed.

    It needs no transaction.
    """
    return (yield from change_stage(_outcome_change(batch, row, outcome)))


def record_outcome(batch: str, row: Row, outcome: SubmitResult) -> Flow[Stage | None]:
    """Record the outcome of a submit, however late it is, also if the row has become unknown meanwhile.

    If no row waits for the request id any more, it becomes an event `stray`. The flow is idempotent. Return the stage of the row
    if it waited for this outcome, else None.
    """
    change = _outcome_change(batch, row, outcome)
    if outcome.stage is not Stage.SUBMITTED or outcome.cancelled:
        yield from lock_batch(batch)
    for was in (Stage.SUBMITTING, Stage.UNKNOWN):
        if was is not outcome.stage and (yield from change_stage(replace(change, was=was))):
            break
    else:
        return (yield from _find_recorded(batch, row, outcome))
    if outcome.cancelled:
        detail = "cancelled when the worker was stopped"
        yield from change_stage(replace(change, was=Stage.SUBMITTED, stage=Stage.CANCELLED, detail=detail))
        return Stage.CANCELLED
    return outcome.stage


def _outcome_change(batch: str, row: Row, outcome: SubmitResult) -> Transition:
    return Transition(
        key=row.key,
        was=Stage.SUBMITTING,
        stage=outcome.stage,
        attempt=row.attempt,
        request_id=outcome.request_id,
        detail=outcome.detail,
        batch=batch,
    )


def _find_recorded(batch: str, row: Row, outcome: SubmitResult) -> Flow[Stage | None]:
    """Return the stage of a row that is not submitting any more; record a request id for which no row waits."""
    now = yield from read_row(batch, row.key, lock=True)
    if now is not None and now.attempt == row.attempt and now.request_id == outcome.request_id:
        return now.stage
    if outcome.request_id is not None:
        known = yield (
            "SELECT 1 FROM events WHERE batch = :batch AND key = :key AND request_id = :request_id LIMIT 1",
            {"batch": batch, "key": row.key, "request_id": outcome.request_id},
        )
        if not known:
            state = "removed" if now is None else f"{now.stage}, attempt {now.attempt}"
            detail = f"accepted in attempt {row.attempt}, recorded late: the row is {state}"
            own = {"batch": batch, "key": row.key, "attempt": row.attempt}
            yield _STRAY, {**own, "request_id": outcome.request_id, "detail": detail}
    return None


def mark_running(batch: str, keys: Sequence[str]) -> Flow[None]:
    """Record that submitted jobs are running."""
    changed = yield _RUNNING, {"batch": batch, "keys": list(keys)}
    if changed:
        yield _RUNNING_EVENT, [
            {"batch": batch, "at": at, "key": key, "attempt": attempt, "request_id": request_id}
            for key, attempt, request_id, at in changed
        ]


def set_error(batch: str, key: str, attempt: int, error: str) -> Flow[None]:
    """Store the last error of a job; its stage stays the same."""
    values = {"batch": batch, "key": key, "attempt": attempt, "error": to_database_text(error)}
    yield "UPDATE jobs SET error = :error WHERE batch = :batch AND key = :key AND attempt = :attempt", values


def read_counts(batch: str) -> Flow[Counts]:
    """Count the jobs of a batch in each stage."""
    counts = Counts()
    for stage, count in (yield "SELECT stage, count(*) FROM jobs WHERE batch = :batch GROUP BY stage", {"batch": batch}):
        counts.by_stage[Stage(stage)] = count
    found = yield "SELECT submits_billed FROM batches WHERE name = :batch", {"batch": batch}
    counts.submits_billed = found[0][0] if found else 0
    return counts


def read_committed(batch: str) -> Flow[float]:
    """Return the spent and reserved amount of a batch in USD."""
    found = yield "SELECT spent + reserved FROM batches WHERE name = :batch", {"batch": batch}
    return float(found[0][0]) if found else 0.0

"""Changes of stage in PostgreSQL, each in one statement with everything that belongs to it, since each statement is a round trip.

The rules and the effects are those of `batch.transitions`, which changes a ledger in SQLite.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Final

from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import billing_delta
from runcomfy_client.batch.transitions import Transition, check_allowed, file_values, job_values

_LOCK: Final = """locked AS MATERIALIZED (
    SELECT name FROM batches WHERE name = :batch FOR UPDATE
), """
"""The batch is locked before the job is: the update of the job reads `locked`."""
_UPDATE: Final = """updated AS (
    UPDATE jobs SET stage = :stage, changed_at = {now}, attempt = attempt + :more, error = :detail,
        request_id = CASE WHEN :stage = 'submitting' THEN NULL ELSE coalesce(:request_id, request_id) END,
        output = coalesce(:output, output), cost = CASE WHEN :stage = 'submitting' THEN NULL ELSE coalesce(:cost, cost) END,
        worker = CASE WHEN :stage = 'submitting' THEN :worker ELSE worker END
    {from_locked}
    WHERE batch = :batch AND key = :key AND stage = :was AND attempt = coalesce(CAST(:attempt AS INTEGER), attempt)
    RETURNING attempt, request_id, changed_at
), event AS (
    INSERT INTO events (batch, at, key, attempt, was, stage, request_id, detail)
    SELECT :batch, changed_at, :key, attempt, :was, :stage, request_id, :detail FROM updated
)"""
_SAVE_FILES: Final = """, files AS (
    INSERT INTO files (batch, key, attempt, number, path, sha256, bytes)
    SELECT :batch, :key, updated.attempt, file.* FROM updated,
        jsonb_to_recordset(CAST(:files AS JSONB)) AS file (number INTEGER, path TEXT, sha256 TEXT, bytes BIGINT)
    ON CONFLICT (batch, key, attempt, number)
    DO UPDATE SET path = excluded.path, sha256 = excluded.sha256, bytes = excluded.bytes
)"""
_RESERVE: Final = """, attempt AS (
    INSERT INTO attempts (batch, key, attempt, estimate) SELECT :batch, :key, attempt, :estimate FROM updated
), sums AS (
    UPDATE batches SET submits_billed = submits_billed + 1,
        reserved = reserved + coalesce(CAST(:estimate AS NUMERIC), 0),
        unpriced = unpriced + CASE WHEN CAST(:estimate AS NUMERIC) IS NULL THEN 1 ELSE 0 END,
        next_submit_at = CASE WHEN submits_per_second IS NOT NULL
            THEN greatest(next_submit_at, clock_timestamp()) + interval '1 second' / submits_per_second END
    FROM updated WHERE name = :batch
)"""
_BEFORE: Final = """, before AS (
    SELECT attempts.estimate, coalesce(CAST(attempts.cost AS NUMERIC), 0) AS spent,
        CASE WHEN attempts.cost IS NULL THEN coalesce(CAST(attempts.estimate AS NUMERIC), 0) ELSE 0 END AS reserved,
        CASE WHEN coalesce(attempts.cost, attempts.estimate) IS NULL THEN 1 ELSE 0 END AS unpriced
    FROM attempts JOIN updated USING (attempt) WHERE batch = :batch AND key = :key
)"""
"""What the attempt counts before the change: at most one record."""
_RECORD_COST: Final = f"""{_BEFORE}, attempt AS (
    INSERT INTO attempts (batch, key, attempt, estimate, cost)
    SELECT :batch, :key, updated.attempt, before.estimate, :cost FROM updated LEFT JOIN before ON TRUE
    ON CONFLICT (batch, key, attempt) DO UPDATE SET cost = excluded.cost
), sums AS (
    UPDATE batches SET spent = batches.spent - coalesce(before.spent, 0) + CAST(:cost AS NUMERIC),
        reserved = batches.reserved - coalesce(before.reserved, 0), unpriced = batches.unpriced - coalesce(before.unpriced, 0)
    FROM updated LEFT JOIN before ON TRUE WHERE name = :batch
)"""
_RELEASE: Final = f"""{_BEFORE}, attempt AS (
    DELETE FROM attempts USING updated WHERE batch = :batch AND key = :key AND attempts.attempt = updated.attempt
), sums AS (
    UPDATE batches SET submits_billed = submits_billed - 1, spent = batches.spent - coalesce(before.spent, 0),
        reserved = batches.reserved - coalesce(before.reserved, 0), unpriced = batches.unpriced - coalesce(before.unpriced, 0)
    FROM updated LEFT JOIN before ON TRUE WHERE name = :batch
)"""


def change_stage(change: Transition) -> Flow[bool]:
    """Change the stage of a job, and the sums of its batch; return False if the job is in another stage or attempt.

    It is one statement, and so needs no transaction. A submit begins in a transaction that has locked the batch.

    Raises:
        LedgerError: the transition is not allowed.
    """
    check_allowed(change)
    estimate = None if change.estimate is None else str(change.estimate)
    values = {"batch": change.batch, "worker": change.worker, "estimate": estimate, "files": json.dumps(file_values(change))}
    sql = _statement(bool(change.files), billing_delta(change.was, change.stage), change.cost is not None)
    return bool((yield sql, {**job_values(change), **values}))


@lru_cache
def _statement(has_files: bool, delta: int, has_cost: bool) -> str:
    """Return the statement of a change that adds `delta` to the number of submits that may have been billed."""
    sums = _RESERVE if delta > 0 else _RELEASE if delta < 0 else _RECORD_COST if has_cost else ""
    locks = bool(sums) and delta <= 0
    update = _UPDATE.replace("{from_locked}", "FROM locked" if locks else "")
    return f"WITH {_LOCK if locks else ''}{update}{_SAVE_FILES if has_files else ''}{sums}\nSELECT 1 FROM updated"

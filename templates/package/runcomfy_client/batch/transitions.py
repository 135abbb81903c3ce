"""Changes of stage in SQL, with everything that is written in the same transaction, for both databases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from runcomfy_client.batch.errors import LedgerError
from runcomfy_client.batch.records import SavedFile
from runcomfy_client.batch.spending import SpendingChange, change_spending
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import PREDECESSORS, Stage, billing_delta

_MAX_ERROR_LENGTH: Final = 2000

_UPDATE_JOB: Final = """
UPDATE jobs SET stage = :stage, changed_at = {now}, attempt = attempt + :more, error = :detail,
    request_id = CASE WHEN :stage = 'submitting' THEN NULL ELSE coalesce(:request_id, request_id) END,
    output = coalesce(:output, output), cost = CASE WHEN :stage = 'submitting' THEN NULL ELSE coalesce(:cost, cost) END{by_worker}
WHERE {in_batch}key = :key AND stage = :was AND attempt = coalesce(CAST(:attempt AS INTEGER), attempt)
RETURNING attempt, request_id, changed_at
"""
_INSERT_EVENT: Final = """
INSERT INTO events (at, key, attempt, was, stage, request_id, detail)
VALUES (:at, :key, :attempt, :was, :stage, :request_id, :detail)
"""
_INSERT_FILE: Final = """
INSERT INTO files (key, attempt, number, path, sha256, bytes) VALUES (:key, :attempt, :number, :path, :sha256, :bytes)
ON CONFLICT (key, attempt, number) DO UPDATE SET path = excluded.path, sha256 = excluded.sha256, bytes = excluded.bytes
"""
_IN_ONE_STATEMENT: Final = f"""
WITH updated AS ({_UPDATE_JOB}), event AS (
    INSERT INTO events (batch, at, key, attempt, was, stage, request_id, detail)
    SELECT :batch, changed_at, :key, attempt, :was, :stage, request_id, :detail FROM updated
), saved AS (
    INSERT INTO files (batch, key, attempt, number, path, sha256, bytes)
    SELECT :batch, :key, updated.attempt, file.* FROM updated,
        jsonb_to_recordset(CAST(:files AS JSONB)) AS file (number INTEGER, path TEXT, sha256 TEXT, bytes BIGINT)
    ON CONFLICT (batch, key, attempt, number)
    DO UPDATE SET path = excluded.path, sha256 = excluded.sha256, bytes = excluded.bytes
)
SELECT attempt FROM updated
"""
"""For PostgreSQL, where each statement is a round trip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change of the stage of one job.

    Attributes:
        key: the key of the job.
        was: the stage that the job must be in.
        stage: the new stage.
        attempt: the attempt that the job must be in; None for any. It prevents a process that was suspended for long from changing
            a row that has been submitted again.
        request_id: the id of the accepted job.
        detail: the reason, as text.
        output: the JSON text of the output.
        cost: the cost in USD.
        files: the saved files.
        estimate: the amount in USD that the submit reserves.
        batch: the batch, in a ledger with several batches.
        worker: the worker that submits the job, in a ledger with several workers.
    """

    key: str
    was: Stage
    stage: Stage
    attempt: int | None = None
    request_id: str | None = None
    detail: str | None = None
    output: str | None = None
    cost: Decimal | None = None
    files: Sequence[SavedFile] = ()
    estimate: Decimal | None = None
    batch: str | None = None
    worker: str | None = None

    @property
    def moves_money(self) -> bool:
        """True if the transition changes the spending of the batch."""
        return billing_delta(self.was, self.stage) != 0 or self.cost is not None


def change_stage(change: Transition) -> Flow[list[SpendingChange]]:
    """Change the stage of a job within a transaction; return the changes of the spending.

    Raises:
        LedgerError: the job is in another stage or attempt, or the transition is not allowed.
    """
    key, was, stage = change.key, change.was, change.stage
    if was not in PREDECESSORS[stage]:
        raise LedgerError(f"{key!r} cannot change from {was} to {stage}")
    text = None if change.detail is None else to_database_text(change.detail)
    own = {"batch": change.batch, "key": key}
    values = {
        **own,
        "was": was.value,
        "stage": stage.value,
        "attempt": change.attempt,
        "more": int(stage is Stage.SUBMITTING),
        "detail": text,
        "request_id": change.request_id,
        "output": change.output,
        "cost": None if change.cost is None else str(change.cost),
        "worker": change.worker,
    }
    attempt = yield from _update(values, change.files)
    if attempt is None:
        raise LedgerError(f"{key!r} is not {was}, so it cannot become {stage}")
    delta = billing_delta(was, stage)
    return (
        yield from change_spending(own, attempt, begins=delta > 0, not_billed=delta < 0, estimate=change.estimate, cost=change.cost)
    )


def _update(values: dict[str, Any], saved: Sequence[SavedFile]) -> Flow[int | None]:
    """Write the row, the event and the files of a change; return the attempt, or None if the job is in another stage or attempt."""
    files = [
        {"number": number, "path": file.path, "sha256": file.sha256, "bytes": file.bytes}
        for number, file in enumerate(saved, start=1)
    ]
    if values["batch"] is not None:
        updated = yield _IN_ONE_STATEMENT, {**values, "files": json.dumps(files)}
        return updated[0][0] if updated else None
    updated = yield _UPDATE_JOB, values
    if not updated:
        return None
    attempt, request_id, at = updated[0]
    yield _INSERT_EVENT, {**values, "at": at, "attempt": attempt, "request_id": request_id}
    if files:
        yield _INSERT_FILE, [{**file, "key": values["key"], "attempt": attempt} for file in files]
    return int(attempt)


def to_database_text(text: str) -> str:
    """Return untrusted text in a form that a database can store: without lone surrogates and NUL."""
    return text[:_MAX_ERROR_LENGTH].encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")

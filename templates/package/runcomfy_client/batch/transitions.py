"""Changes of the stage of a job: rules, values, and statements for SQLite. `fleet.transitions` has those for PostgreSQL."""

from __future__ import annotations

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
    output = coalesce(:output, output), cost = CASE WHEN :stage = 'submitting' THEN NULL ELSE coalesce(:cost, cost) END
WHERE key = :key AND stage = :was AND attempt = coalesce(:attempt, attempt)
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


def check_allowed(change: Transition) -> None:
    """Check that jobs can go from the one stage to the other.

    Raises:
        LedgerError: they cannot.
    """
    if change.was not in PREDECESSORS[change.stage]:
        raise LedgerError(f"{change.key!r} cannot change from {change.was} to {change.stage}")


def job_values(change: Transition) -> dict[str, Any]:
    """Return the values for the row and the event of a change."""
    return {
        "key": change.key,
        "was": change.was.value,
        "stage": change.stage.value,
        "attempt": change.attempt,
        "more": int(change.stage is Stage.SUBMITTING),
        "detail": None if change.detail is None else to_database_text(change.detail),
        "request_id": change.request_id,
        "output": change.output,
        "cost": None if change.cost is None else str(change.cost),
    }


def file_values(change: Transition) -> list[dict[str, Any]]:
    """Return the values for the files of a change, numbered from 1."""
    return [
        {"number": number, "path": file.path, "sha256": file.sha256, "bytes": file.bytes}
        for number, file in enumerate(change.files, start=1)
    ]


def change_stage(change: Transition) -> Flow[list[SpendingChange]]:
    """Change the stage of a job in SQLite within a transaction; return the changes of the spending.

    Raises:
        LedgerError: the job is in another stage or attempt, or the transition is not allowed.
    """
    check_allowed(change)
    key, was, stage, values = change.key, change.was, change.stage, job_values(change)
    updated = yield _UPDATE_JOB, values
    if not updated:
        raise LedgerError(f"{key!r} is not {was}, so it cannot become {stage}")
    attempt, request_id, at = updated[0]
    yield _INSERT_EVENT, {**values, "at": at, "attempt": attempt, "request_id": request_id}
    if change.files:
        yield _INSERT_FILE, [{**file, "key": key, "attempt": attempt} for file in file_values(change)]
    delta = billing_delta(was, stage)
    return (
        yield from change_spending(key, attempt, begins=delta > 0, not_billed=delta < 0, estimate=change.estimate, cost=change.cost)
    )


def to_database_text(text: str) -> str:
    """Return untrusted text in a form that a database can store: without lone surrogates and NUL."""
    return text[:_MAX_ERROR_LENGTH].encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")

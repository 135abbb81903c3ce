"""Claims the next submit of a batch for one worker: checks all limits and writes the intent to submit, in one transaction.

The row of the batch is locked first, so that all limits hold for the batch as a whole, whatever the number of workers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from runcomfy_client.batch.errors import LedgerError
from runcomfy_client.batch.fleet.batches import halt
from runcomfy_client.batch.fleet.records import NOT_LOST
from runcomfy_client.batch.fleet.transitions import change_stage
from runcomfy_client.batch.records import COLUMNS, Row, row_from_record
from runcomfy_client.batch.spending import estimate_row, money_refusal
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import Stage
from runcomfy_client.batch.transitions import Transition
from runcomfy_client.prices import Estimate

_STATE: Final = """
SELECT paused OR cancelled OR halted IS NOT NULL, max_concurrent_submits, max_submits, max_usd, allow_unpriced,
    submits_billed, spent + reserved, coalesce(extract(epoch FROM next_submit_at - clock_timestamp()), 0),
    current_setting('synchronous_commit')
FROM batches WHERE name = :batch FOR UPDATE
"""
_ROW: Final = f"""
SELECT EXISTS (SELECT 1 FROM inputs WHERE inputs.batch = jobs.batch AND inputs.key = jobs.key) AS has_files, {COLUMNS}
FROM jobs WHERE batch = :batch AND stage = 'planned'
"""
_PICK: Final = """
SELECT in_flight.count, living.count, living.this, picked.*
FROM (SELECT count(*) AS count FROM jobs WHERE batch = :batch AND stage = 'submitting') AS in_flight,
    (SELECT count(*) AS count, count(*) FILTER (WHERE id = :worker) AS this FROM workers
        WHERE expired_at IS NULL AND ended_at IS NULL) AS living
LEFT JOIN ({}) AS picked ON TRUE
"""
"""It is separate from `_STATE`: a statement that waits for a lock sees the other rows as they were before the wait."""
_PICK_NEXT: Final = _PICK.format(f"{_ROW} ORDER BY position LIMIT 1 FOR UPDATE SKIP LOCKED")
_PICK_KEY: Final = _PICK.format(f"{_ROW} AND key = :key FOR UPDATE")
_MAY_FREE_MONEY: Final = f"""
SELECT count(*) FROM jobs WHERE batch = :batch AND {NOT_LOST} AND (stage IN ('submitting', 'submitted', 'running')
    OR (stage = 'succeeded' AND (SELECT save FROM batches WHERE name = :batch)))
"""
"""Counts the jobs whose cost may still replace a higher estimate: a cost is known before the last change of the stage."""


@dataclass(frozen=True, slots=True)
class SubmitClaim:
    """A row with an intent to submit. Once the intent is committed, this worker, and no other, submits the row."""

    row: Row
    has_files: bool = False
    share: int = 1
    """The number of submits that this worker should have in flight, so that the others get their share."""


@dataclass(frozen=True, slots=True)
class NoClaim:
    """No submit is allowed now. `seconds` is the time until one may be; None means that something else has to happen first."""

    reason: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class WorkerExpired:
    """This worker has expired, so it may not submit under its current id."""


_PAUSE: Final = 1.0
_SHARE_TIMEOUT: Final = 0.25
"""Seconds after which a worker uses the unused share of the others."""


@dataclass(slots=True)
class ClaimBackoff:
    """When a worker should try to claim the next submit of a batch. All times are those of the event loop.

    Attributes:
        closed_until: before this time, a limit of the batch allows no submit.
        share: the number of submits that this worker should have in flight.
        over_share_at: when it may exceed its share, because the other workers do not use theirs.
    """

    closed_until: float = 0.0
    share: int = 1
    over_share_at: float = 0.0

    def seconds(self, in_flight: int, now: float) -> float:
        """Return the seconds until the next attempt, with `in_flight` submits of this worker; 0 or less means now."""
        return max(self.closed_until, self.over_share_at if in_flight >= self.share else 0.0) - now

    def update(self, found: SubmitClaim | NoClaim, now: float) -> None:
        """Update the times after a claim."""
        if isinstance(found, SubmitClaim):
            self.share, self.over_share_at = found.share, now + _SHARE_TIMEOUT
        else:
            self.closed_until = now + (found.seconds or _PAUSE)


@dataclass(frozen=True, slots=True)
class _Limits:
    """The row of a batch, with its limits."""

    closed: bool
    max_concurrent_submits: int
    max_submits: int | None
    max_usd: Decimal | None
    allow_unpriced: bool
    billed: int
    committed: Decimal
    wait: float
    synchronous_commit: str


def claim_submit(batch: str, worker: str, key: str | None = None) -> Flow[SubmitClaim | NoClaim | WorkerExpired]:
    """Claim the next planned job of a batch, or the one with a key: check all limits, and write the intent to submit it.

    Raises:
        LedgerError: the session does not guarantee that commits are durable.
    """
    own: dict[str, Any] = {"batch": batch, "worker": worker, "key": key}
    found = yield _STATE, own
    if not found:
        return NoClaim("the batch is gone")
    limits = _Limits(*found[0])
    if limits.synchronous_commit not in ("on", "remote_apply"):
        step = "Connect to PostgreSQL directly, or through a pooler in session mode. Nothing was submitted."
        raise LedgerError("The database does not keep the settings of a session, so commits may be lost", next_step=step)
    [[in_flight, living, is_living, *picked]] = yield (_PICK_NEXT if key is None else _PICK_KEY), own
    if not is_living:
        return WorkerExpired()
    if limits.closed:
        return NoClaim("the batch is paused, halted or cancelled")
    if in_flight >= limits.max_concurrent_submits:
        return NoClaim("the maximum number of submits is in flight", 0.25)
    if limits.wait > 0:
        return NoClaim("the rate of submits", float(limits.wait))
    has_files, *record = picked
    if has_files is None:
        return NoClaim("nothing is planned")
    row = row_from_record(tuple(record))
    estimate = estimate_row(row)
    refusal = yield from _refusal(own, limits, row, estimate, in_flight)
    if refusal is not None:
        return refusal
    change = Transition(
        key=row.key,
        was=Stage.PLANNED,
        stage=Stage.SUBMITTING,
        attempt=row.attempt,
        estimate=estimate.usd,
        batch=batch,
        worker=worker,
    )
    if not (yield from change_stage(change)):
        raise LedgerError(f"{row.key!r} has changed although it was locked, and was not submitted")
    share = -(-limits.max_concurrent_submits // max(1, living))
    return SubmitClaim(replace(row, stage=Stage.SUBMITTING, attempt=row.attempt + 1, request_id=None), has_files, share)


def _refusal(own: dict[str, Any], limits: _Limits, row: Row, estimate: Estimate, in_flight: int) -> Flow[NoClaim | None]:
    """Return why a budget does not allow a submit; None if it does. If no job can free budget any more, halt the batch."""
    may_free = in_flight
    if limits.max_submits is not None and limits.billed >= limits.max_submits:
        reason = f"the budget of submits, {limits.max_submits:,}, is used up; continue with a higher one"
    else:
        found = money_refusal(limits.max_usd, limits.committed, row.key, estimate, allow_unpriced=limits.allow_unpriced)
        if found is None:
            return None
        reason = found
        [[may_free]] = yield _MAY_FREE_MONEY, own
    if not may_free:
        yield from halt(own["batch"], reason, account_problem=False)
    return NoClaim(reason)

"""Claims the next submit of a batch for one worker: checks all limits and writes the intent to submit, in one transaction.

The row of the batch is locked first, so that all limits hold for the batch as a whole, whatever the number of workers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from runcomfy_client.batch.errors import LedgerError
from runcomfy_client.batch.fleet.batches import halt
from runcomfy_client.batch.fleet.records import NOT_LOST, change_money
from runcomfy_client.batch.records import COLUMNS, Row, row_from_record
from runcomfy_client.batch.spending import estimate_row, money_refusal
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import Stage
from runcomfy_client.batch.transitions import Transition, change_stage
from runcomfy_client.prices import Estimate

_STATE: Final = """
SELECT paused OR cancelled OR halted IS NOT NULL, max_concurrent_submits, submits_per_second, max_submits, max_usd, allow_unpriced,
    submits_billed, spent + reserved, coalesce(extract(epoch FROM next_submit_at - clock_timestamp()), 0),
    current_setting('synchronous_commit')
FROM batches WHERE name = :batch FOR UPDATE
"""
_ROW: Final = f"""
SELECT EXISTS (SELECT 1 FROM inputs WHERE inputs.batch = jobs.batch AND inputs.key = jobs.key) AS has_files, {COLUMNS}
FROM jobs WHERE batch = :batch AND stage = 'planned'
"""
_PICK: Final = """
SELECT taken.count, living.count, living.this, picked.*
FROM (SELECT count(*) AS count FROM jobs WHERE batch = :batch AND stage = 'submitting') AS taken,
    (SELECT count(*) AS count, count(*) FILTER (WHERE id = :worker) AS this FROM workers
        WHERE expired_at IS NULL AND ended_at IS NULL) AS living
LEFT JOIN ({}) AS picked ON TRUE
"""
"""A statement of its own: one that waits for a lock sees what was there before the wait."""
_PICK_NEXT: Final = _PICK.format(f"{_ROW} ORDER BY position LIMIT 1 FOR UPDATE SKIP LOCKED")
_PICK_KEY: Final = _PICK.format(f"{_ROW} AND key = :key FOR UPDATE")
_MAY_FREE_MONEY: Final = f"""
SELECT count(*) FROM jobs WHERE batch = :batch AND {NOT_LOST} AND (stage IN ('submitting', 'submitted', 'running')
    OR (stage = 'succeeded' AND (SELECT save FROM batches WHERE name = :batch)))
"""
"""Jobs whose cost may still replace a higher estimate: it is known before the last change of their stage."""
_RATE: Final = """
UPDATE batches SET next_submit_at = greatest(next_submit_at, clock_timestamp()) + interval '1 second' / submits_per_second
WHERE name = :batch AND submits_per_second IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class SubmitClaim:
    """A row whose intent is written: once that is committed, this worker submits it, and nobody else."""

    row: Row
    has_files: bool = False
    share: int = 1
    """How many submits this worker should have in flight, so that the other workers get their share."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be submitted now. `seconds`: when that may change by itself; None: when something else has happened."""

    why: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class WorkerExpired:
    """This worker has expired: it may not submit under its present id."""


_PAUSE: Final = 1.0
_SHARE_TIMEOUT: Final = 0.25
"""Seconds after which a worker uses the share of others that they do not use."""


@dataclass(slots=True)
class ClaimBackoff:
    """When a worker tries to claim the next submit of a batch.

    Attributes:
        closed_until: before this time, a limit of the batch allows no submit.
        share: how many submits this worker should have in flight.
        over_share_at: when it may have more in flight, because other workers do not use their share.
    """

    closed_until: float = 0.0
    share: int = 1
    over_share_at: float = 0.0

    def seconds(self, in_flight: int, now: float) -> float:
        """Return after how many seconds to try, with so many submits of this worker in flight; 0 or less for now."""
        return max(self.closed_until, self.over_share_at if in_flight >= self.share else 0.0) - now

    def update(self, found: SubmitClaim | Wait, now: float) -> None:
        """Take note of the result of a claim."""
        if isinstance(found, SubmitClaim):
            self.share, self.over_share_at = found.share, now + _SHARE_TIMEOUT
        else:
            self.closed_until = now + (found.seconds or _PAUSE)


@dataclass(frozen=True, slots=True)
class _Limits:
    """The row of a batch, with its limits."""

    closed: bool
    places: int
    per_second: float | None
    max_submits: int | None
    max_usd: Decimal | None
    allow_unpriced: bool
    billed: int
    committed: Decimal
    wait: float
    synchronous_commit: str


def claim_submit(batch: str, worker: str, key: str | None = None) -> Flow[SubmitClaim | Wait | WorkerExpired]:
    """Write the intent to submit the next planned job of a batch, or the one with a key, if everything allows it.

    Raises:
        LedgerError: the session might lose what it commits.
    """
    own: dict[str, Any] = {"batch": batch, "worker": worker, "key": key}
    found = yield _STATE, own
    if not found:
        return Wait("the batch is gone")
    limits = _Limits(*found[0])
    if limits.synchronous_commit not in ("on", "remote_apply"):
        step = "Connect to PostgreSQL directly, or by a pooler in session mode. Nothing was submitted."
        raise LedgerError("The database does not keep the settings of a session: commits may be lost", next_step=step)
    [[taken, living, is_living, *picked]] = yield (_PICK_NEXT if key is None else _PICK_KEY), own
    if not is_living:
        return WorkerExpired()
    if limits.closed:
        return Wait("the batch is paused, halted or cancelled")
    if taken >= limits.places:
        return Wait("all places for submits are taken", 0.25)
    if limits.wait > 0:
        return Wait("the rate of submits", float(limits.wait))
    has_files, *record = picked
    if has_files is None:
        return Wait("nothing is planned")
    row = row_from_record(tuple(record))
    estimate = estimate_row(row)
    refusal = yield from _refusal(own, limits, row, estimate, taken)
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
    money = yield from change_stage(change)
    yield from change_money(batch, money, billed=1)
    if limits.per_second is not None:
        yield _RATE, own
    share = -(-limits.places // max(1, living))
    return SubmitClaim(replace(row, stage=Stage.SUBMITTING, attempt=row.attempt + 1, request_id=None), has_files, share)


def _refusal(own: dict[str, Any], limits: _Limits, row: Row, estimate: Estimate, taken: int) -> Flow[Wait | None]:
    """Return why a budget does not allow a submit; None when it does. The batch is halted as soon as no job can free a place."""
    may_free = taken
    if limits.max_submits is not None and limits.billed >= limits.max_submits:
        why = f"the budget of submits, {limits.max_submits:,}, is used up; go on with a higher one"
    else:
        found = money_refusal(limits.max_usd, limits.committed, row.key, estimate, allow_unpriced=limits.allow_unpriced)
        if found is None:
            return None
        why = found
        [[may_free]] = yield _MAY_FREE_MONEY, own
    if not may_free:
        yield from halt(own["batch"], why, account_problem=False)
    return Wait(why)

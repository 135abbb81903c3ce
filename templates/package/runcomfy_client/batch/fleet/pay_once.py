"""At most one paid call for a key, for steps of a workflow engine that may be repeated."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.cancellation import stoppable
from runcomfy_client.batch.errors import BatchError, LedgerError
from runcomfy_client.batch.fleet.batches import bind, wrong_account
from runcomfy_client.batch.fleet.records import read_row, record_outcome
from runcomfy_client.batch.fleet.shared_ledger import SharedLedger
from runcomfy_client.batch.fleet.submit_claims import NoClaim, SubmitClaim, WorkerExpired, claim_submit
from runcomfy_client.batch.plan import BatchJob, Listing
from runcomfy_client.batch.records import Row
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import Stage
from runcomfy_client.batch.submit import SubmitResult, send
from runcomfy_client.errors import ConfigurationError, RunComfyError
from runcomfy_client.requests import Request

_INSERT_BATCH: Final = """
INSERT INTO batches (name, place, salt, save, external, max_concurrent_submits)
VALUES (:batch, '', :salt, FALSE, TRUE, :max_submits)
ON CONFLICT (name) DO NOTHING
"""
_INSERT_JOB: Final = """
INSERT INTO jobs (batch, key, position, model, body, body_sha256, stage, changed_at)
SELECT :batch, :key, (SELECT coalesce(max(position), -1) + 1 FROM jobs WHERE batch = :batch), :model, :body, :body_sha256,
    'planned', {now}
ON CONFLICT (batch, key) DO NOTHING
"""
_POLL: Final = 0.2
_POLL_MAX: Final = 2.0


@dataclass(frozen=True, slots=True)
class Paid:
    """The job was accepted, now or in an earlier call with this key.

    Attributes:
        request_id: its id; `client.job(request_id)` waits for it.
        first: True if this call submitted it.
    """

    request_id: str
    first: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """The job may exist, so it is not submitted again. A person has to resolve it: `runcomfy-py batch resolve NAME KEY`.

    Attributes:
        detail: what is known about it.
        started_at: when the submit started, in UTC.
    """

    detail: str
    started_at: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The API refused the inputs, or a person gave up the job. Further calls with this key return the same.

    Attributes:
        detail: the reason.
    """

    detail: str


PayOutcome: TypeAlias = Paid | Unknown | Refused


async def pay_once(
    ledger: SharedLedger,
    client: AsyncRunComfy,
    key: str,
    request: Request[Any],
    *,
    batch: str = "pay_once",
    max_concurrent_submits: int = 100,
    timeout: float | None = 600.0,
) -> PayOutcome:
    """Submit a request at most once for a key, in any number of calls and processes.

    The key must stay the same if the engine repeats the step: use the id of the workflow and the name of the step. The jobs are a
    batch of the ledger, with its limits (`Batch.set_limits`), pause and status. If this function raises an error, no job was
    accepted, and the engine may call it again.

    Args:
        ledger: the ledger, from `open_ledger`.
        client: the client that submits.
        key: the key of the job in the batch: 1 to 200 printable characters.
        request: the request, which must be the same in every call with this key.
        batch: the name of the batch; it is created if it does not exist.
        max_concurrent_submits: the maximum number of concurrent submits of a new batch.
        timeout: seconds to wait until the limits allow a submit, or another process has submitted this key; None means no timeout.

    Raises:
        BatchError: the key belongs to another request, or the batch to another account or to workers; or the timeout expired.
        LedgerError: the database failed. If the message names a job, it was accepted; a later call with this key returns it.
        RunComfyError: no job was accepted: no connection, status 429, or a problem of the account. A later call may submit it.
    """
    row = await _plan(ledger, client, key, request, batch, max_concurrent_submits)
    loop, pause = asyncio.get_running_loop(), _POLL
    deadline = None if timeout is None else loop.time() + timeout
    while True:
        known = _outcome_of(row)
        if known is not None:
            return known
        if deadline is not None and loop.time() > deadline:
            reason = (
                "another process is submitting it" if row.stage is Stage.SUBMITTING else "the limits of the batch do not allow it"
            )
            raise BatchError(f"{key!r} was not submitted within {timeout:g} s: {reason}", next_step="Call it again later.")
        if row.stage is Stage.PLANNED:
            claim = await _claim(ledger, batch, key)
            if claim is not None:
                return await _submit(ledger, client, batch, claim)
        await asyncio.sleep(pause)
        pause = min(_POLL_MAX, 1.5 * pause)
        if row.stage is Stage.SUBMITTING:
            await ledger.expire_workers()
        row = await _read(ledger, batch, key)


async def _plan(ledger: SharedLedger, client: AsyncRunComfy, key: str, request: Request[Any], batch: str, max_submits: int) -> Row:
    listing = Listing([BatchJob(request, key=key)])
    planned = [row for rows in _rows_of(listing) for row in rows]
    listing.check()
    if listing.inputs:
        step = "Upload it first, and pass its link: files.upload() of the client, or `runcomfy-py files upload`."
        raise ConfigurationError("pay_once does not accept local files", next_step=step)
    settings = client._session.settings
    own = {**planned[0], "batch": batch, "max_submits": max_submits, "salt": secrets.token_hex(8)}
    wrong = await ledger.run(partial(_insert, batch, own, settings.origin.url, settings.token.get_secret_value()))
    if wrong is not None:
        raise wrong_account(wrong)
    row = await _read(ledger, batch, key)
    if (row.model, row.body_sha256) != (own["model"], own["body_sha256"]):
        raise BatchError(f"The key {key!r} was used for another request", next_step="Use a different key for each request.")
    return row


def _rows_of(listing: Listing) -> list[list[Mapping[str, Any]]]:
    """Return the rows that a listing inserts."""
    found: list[list[Mapping[str, Any]]] = []
    for _sql, values in listing.write():
        if isinstance(values, list):
            found.append(values)
    return found


def _insert(batch: str, own: dict[str, Any], server: str, token: str) -> Flow[str | None]:
    yield _INSERT_BATCH, own
    if not (yield "SELECT 1 FROM batches WHERE name = :batch AND external", own):
        step = "Pass the name of another batch. Nothing was submitted."
        raise BatchError(f"Workers process the batch {batch!r}, so `pay_once` cannot use it", next_step=step)
    wrong = yield from bind(batch, server, token)
    if wrong is None:
        yield _INSERT_JOB, own
    return wrong


async def _read(ledger: SharedLedger, batch: str, key: str) -> Row:
    row = await ledger.run(partial(read_row, batch, key))
    if row is None:
        raise LedgerError(f"The row of {key!r} is gone from the ledger")
    return row


def _outcome_of(row: Row) -> PayOutcome | None:
    """Return the outcome in a row, or None if the job may still be submitted."""
    if row.stage in (Stage.PLANNED, Stage.SUBMITTING):
        return None
    if row.stage is Stage.UNKNOWN:
        return Unknown(row.error or "", row.changed_at)
    if row.request_id is not None:
        return Paid(row.request_id, first=False)
    return Refused(row.error or f"the job is {row.stage}")


async def _claim(ledger: SharedLedger, batch: str, key: str) -> SubmitClaim | None:
    """Commit the intent to submit; return None if the limits do not allow it now."""
    if ledger.expired.is_set():
        await ledger.rejoin_when_idle()
    worker = ledger.worker
    try:
        with ledger.submit_in_flight():
            found: SubmitClaim | NoClaim | WorkerExpired = await ledger.run(partial(claim_submit, batch, worker, key), tries=1)
    except LedgerError:
        if ledger.failing_since is None:
            raise
        return await _find_claim(ledger, batch, key, worker)
    return found if isinstance(found, SubmitClaim) else None


async def _find_claim(ledger: SharedLedger, batch: str, key: str, worker: str) -> SubmitClaim | None:
    """Return the claim if the intent of this process was committed although the answer was lost: nothing was sent for it."""

    def find() -> Flow[list[tuple[Any, ...]]]:
        sql = "SELECT 1 FROM jobs WHERE batch = :batch AND key = :key AND worker = :worker AND stage = 'submitting'"
        return (yield sql, {"batch": batch, "key": key, "worker": worker})

    if await ledger.run(find):
        return SubmitClaim(await _read(ledger, batch, key))
    return None


async def _submit(ledger: SharedLedger, client: AsyncRunComfy, batch: str, claim: SubmitClaim) -> PayOutcome:
    row = claim.row
    with ledger.submit_in_flight():
        if ledger.may_submit():
            outcome = await send(stoppable(client, asyncio.Event(), may_continue=ledger.may_submit), row, {})
        else:
            outcome = SubmitResult(
                Stage.PLANNED, "never sent: the process was stopped or cut off between the intent and the submit"
            )
        recording = asyncio.ensure_future(ledger.run(partial(record_outcome, batch, row, outcome)))
        interrupt: BaseException | None = outcome.raised
        while not recording.done():
            try:
                await asyncio.shield(recording)
            except asyncio.CancelledError as stop:  # the id of a paid job must be recorded
                interrupt = stop
        recording.result()
    if interrupt is not None:
        raise interrupt
    if outcome.stage is Stage.SUBMITTED and outcome.request_id is not None:
        return Paid(outcome.request_id, first=True)
    if outcome.stage is Stage.UNKNOWN:
        return Unknown(outcome.detail or "", row.changed_at)
    if outcome.stage is Stage.REFUSED:
        return Refused(outcome.detail or "")
    raise _not_accepted(outcome)


def _not_accepted(outcome: SubmitResult) -> RunComfyError:
    return outcome.error or BatchError(f"Nothing was submitted: {outcome.detail}", next_step="Call it again.")

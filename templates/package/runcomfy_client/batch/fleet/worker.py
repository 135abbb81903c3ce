"""A worker: claims and submits jobs, waits for them, saves their files, and takes over the jobs of dead workers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.cancellation import stoppable
from runcomfy_client.batch.errors import BatchError, LedgerError
from runcomfy_client.batch.fleet.batches import SharedBatchState, bind, end_retry, find_batches, halt, wrong_account
from runcomfy_client.batch.fleet.input_links import links_of
from runcomfy_client.batch.fleet.job_watcher import JobWatcher
from runcomfy_client.batch.fleet.metrics import Metrics
from runcomfy_client.batch.fleet.records import lock_batch, read_committed, read_counts, record_accepted, record_outcome
from runcomfy_client.batch.fleet.shared_ledger import SharedLedger
from runcomfy_client.batch.fleet.submit_claims import ClaimBackoff, NoClaim, SubmitClaim, WorkerExpired, claim_submit
from runcomfy_client.batch.fleet.worker_registry import count_living, find_mine, find_unsent, take_over
from runcomfy_client.batch.records import Row
from runcomfy_client.batch.runner import MAX_CONSECUTIVE_FAILURES, BatchLimits
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import Stage
from runcomfy_client.batch.submit import StopSubmitting, SubmitResult, send
from runcomfy_client.job import AsyncJob
from runcomfy_client.schema.media_fields import Place

GRACE: Final = 15.0
"""Seconds for which a stopped worker waits for its submits in flight. Kubernetes allows 30 for the whole shutdown."""
_SHUTDOWN_STEP: Final = 3.0
"""Seconds for each further step of the shutdown."""
_IDLE: Final = 1.0
_REFRESH_INTERVAL: Final = 1.0
_NOT_SENT = SubmitResult(Stage.PLANNED, "never sent: the worker was stopped or cut off between the intent and the submit")
_log = logging.getLogger("runcomfy_client")


@dataclass(frozen=True, slots=True)
class WorkReport:
    """The result of a worker.

    Attributes:
        submitted: the number of jobs that this worker submitted.
        batches: the batches that it worked on, in their last known state.
        orphans: accepted jobs that could not be recorded: (batch, key, request id).
    """

    submitted: int
    batches: tuple[SharedBatchState, ...]
    orphans: tuple[tuple[str, str, str], ...] = ()


def check_no_timeout(limits: BatchLimits | None) -> None:
    """Check that the limits have no timeout: workers wait for each job until it ends.

    Raises:
        BatchError: they have a timeout.
    """
    if limits is not None and limits.timeout is not None:
        step = "Remove it; to stop a worker, call `stop()`. The jobs continue, and any other worker waits for them."
        raise BatchError("BatchLimits.timeout cannot be used with a batch in PostgreSQL", next_step=step)


class Worker:
    """A worker on one event loop. `names` are the batches to work on; None means all batches of this account."""

    def __init__(
        self,
        client: AsyncRunComfy,
        ledger: SharedLedger,
        *,
        names: Sequence[str] | None = None,
        stay: bool = False,
        limits: BatchLimits | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        check_no_timeout(limits)
        self.submitted = 0
        self.orphans: list[tuple[str, str, str]] = []
        self._client = client.with_options(include_cost=True)
        self._ledger = ledger
        self._names = names
        self._stay = stay
        self._limits = limits or BatchLimits()
        self._metrics = metrics or Metrics()
        self._batches: dict[str, SharedBatchState] = {}
        self._backoffs: dict[str, ClaimBackoff] = {}
        self._bound: set[str] = set()
        self._not_ours: set[str] = set()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._submits: dict[asyncio.Task[None], tuple[str, Row]] = {}
        self._watcher = JobWatcher(self._client, ledger, self._limits, on_change=self._wake.set, on_failure=self.fail)
        self._submit_client = stoppable(self._client, self._stopping, may_continue=ledger.may_submit)
        self._consecutive_failures = 0
        self._out_of_time = False
        self._failure: BaseException | None = None
        self._refreshed = self._swept = -float("inf")

    async def run(self) -> WorkReport:
        """Work until no job is open, or until `stop` is called.

        Raises:
            BatchError: the batches belong to another server or account.
            ConfigurationError: the files of a batch cannot be saved; no job was submitted.
            LedgerError: the database failed.
        """
        listener = asyncio.create_task(self._ledger.notifications(self._on_notification))
        rounds, stopping = asyncio.create_task(self._rounds()), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({rounds, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not rounds.done():  # the database may hang
                await asyncio.wait({rounds}, timeout=_SHUTDOWN_STEP)
        finally:
            for task in (listener, rounds, stopping):
                task.cancel()
            [error] = await asyncio.gather(rounds, return_exceptions=True)
            await self._shut_down()
        failure = self._failure or error
        if failure is not None and not isinstance(failure, asyncio.CancelledError):
            raise failure
        return WorkReport(self.submitted, tuple(self._batches.values()), tuple(self.orphans))

    def stop(self) -> None:
        """Stop: no further submits; wait up to `GRACE` seconds for those in flight, and leave all jobs to the other workers.

        A second call cancels the submits in flight.
        """
        if self._stopping.is_set():
            for task in self._submits:
                task.cancel()
        self._stopping.set()
        self._wake.set()

    def fail(self, error: BaseException) -> None:
        """End this worker with an error. If there are several, `run` raises the first one."""
        self._failure = self._failure or error
        self._wake.set()

    async def _rounds(self) -> None:
        while not self._stopping.is_set() and self._failure is None:
            seconds = await self._round()
            if seconds is None:
                break
            await self._pause(seconds)
        if not self._stopping.is_set() and self._metrics.is_on:
            await self._tell_metrics()

    def _on_notification(self) -> None:
        self._refreshed = self._swept = -float("inf")
        for backoff in self._backoffs.values():
            backoff.closed_until = 0.0
        self._wake.set()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _round(self) -> float | None:
        """Do everything that is due; return the seconds until the next round, or None if no job is open."""
        if self._ledger.expired.is_set():
            await self._rejoin()
        now = asyncio.get_running_loop().time()
        if now - self._refreshed >= _REFRESH_INTERVAL:
            self._refreshed = now
            await self._refresh()
        if now - self._swept >= min(15.0, self._ledger.lease / 4):
            self._swept = now
            await self._sweep()
        wait = _IDLE
        for batch in self._batches.values():
            if batch.cancelled:
                self._watcher.cancel_jobs(batch.name)
            wait = min(wait, await self._submit_some(batch))
        if self._stay or self._submits or self._watcher or any(batch.is_open for batch in self._batches.values()):
            return wait
        return None

    async def _submit_some(self, batch: SharedBatchState) -> float:
        """Start as many submits as the limits allow; return the seconds until the next attempt."""
        loop = asyncio.get_running_loop()
        if batch.may_submit:
            await self._watcher.check_store(batch)
        while batch.may_submit and self._has_room and not self._stopping.is_set():
            backoff = self._backoffs.setdefault(batch.name, ClaimBackoff())
            in_flight = sum(name == batch.name for name, _row in self._submits.values())
            if (seconds := backoff.seconds(in_flight, loop.time())) > 0:
                return seconds
            found = await self._claim(batch)
            if isinstance(found, WorkerExpired):
                return 0.0
            backoff.update(found, loop.time())
        return _IDLE

    @property
    def _has_room(self) -> bool:
        return len(self._submits) + len(self._watcher) < self._limits.max_in_flight and self._failure is None

    async def _refresh(self) -> None:
        """Read the state of the batches, and bind new ones to this server and account."""
        settings = self._client._session.settings
        found = await self._ledger.run(partial(find_batches, self._names))
        for batch in found:
            if batch.name in self._bound or batch.name in self._not_ours or not batch.is_open:
                continue
            token = settings.token.get_secret_value()
            wrong = await self._ledger.run(partial(bind, batch.name, settings.origin.url, token))
            if wrong is not None and self._names is not None:
                raise wrong_account(wrong)
            (self._bound if wrong is None else self._not_ours).add(batch.name)
            if wrong is not None:
                _log.warning("%s; this worker ignores it", wrong)
        ours = {batch.name: batch for batch in found if batch.name not in self._not_ours}
        if self._not_ours and not self._stay and not any(batch.is_open for batch in ours.values()) and not self._bound:
            raise wrong_account(f"No open batch in this database runs at {settings.origin.url} with this token")
        self._batches = ours

    async def _sweep(self) -> None:
        """Expire dead workers, take over their jobs, and wait for all jobs of this worker."""
        await self._ledger.expire_workers()
        await self._take_back_unsent()
        worker, names = self._ledger.worker, [name for name in self._batches if name in self._bound]
        for save, stages in ((True, JobWatcher.SAVED_TOO), (False, JobWatcher.STAGES)):
            some = [name for name in names if self._batches[name].save is save]
            room = self._limits.max_in_flight - len(self._submits) - len(self._watcher)
            if not some or room <= 0:
                continue
            for batch, row in await self._ledger.run(partial(find_mine, worker, some, stages)):
                self._watch(batch, row)
            for batch, row in await self._ledger.run(partial(take_over, worker, some, stages, room)):
                self._watch(batch, row)
        for name in names:
            if not self._batches[name].is_open:
                await self._ledger.run(partial(end_retry, name))
        living = max(1, await self._ledger.run(count_living))
        self._client._session.settings.options.rate_limiter.share(living)
        self._metrics.workers = living
        if self._metrics.is_on:
            await self._tell_metrics()

    async def _tell_metrics(self) -> None:
        for name in self._bound & self._batches.keys():
            self._metrics.counts[name] = await self._ledger.run(partial(read_counts, name))
            self._metrics.spent[name] = await self._ledger.run(partial(read_committed, name))

    async def _take_back_unsent(self) -> None:
        """Plan rows again whose intent was committed, but without an answer to this worker: nothing was sent for them."""
        worker = self._ledger.worker
        in_flight = {(batch, row.key, row.attempt) for batch, row in self._submits.values()}
        for batch, row in await self._ledger.run(partial(find_unsent, worker)):
            if (batch, row.key, row.attempt) not in in_flight and not self._is_orphan(batch, row):
                await self._record(batch, row, _NOT_SENT)

    def _is_orphan(self, batch: str, row: Row) -> bool:
        return any((batch, row.key) == orphan[:2] for orphan in self.orphans)

    def _watch(self, batch: str, row: Row, job: AsyncJob[Any] | None = None) -> None:
        state = self._batches.get(batch)
        if state is not None and not self._stopping.is_set():
            self._watcher.start(state, row, job)

    async def _claim(self, batch: SharedBatchState) -> SubmitClaim | NoClaim | WorkerExpired:
        worker = self._ledger.worker
        try:
            found = await self._ledger.run(partial(claim_submit, batch.name, worker), tries=1)
        except LedgerError as error:
            if self._ledger.failing_since is None:  # the connection is not the cause
                raise
            _log.info("no submit: %s", error.message)
            self._swept = -float("inf")  # before the next claim, `_sweep` finds out whether the intent was committed
            return NoClaim(error.message, 1.0)
        if isinstance(found, SubmitClaim):
            self._wake.set()
            task = asyncio.create_task(self._submit(batch, found))
            self._submits[task] = (batch.name, found.row)
            task.add_done_callback(self._on_submitted)
        return found

    def _on_submitted(self, task: asyncio.Task[None]) -> None:
        batch, _row = self._submits.pop(task)
        self._backoffs[batch].closed_until = 0.0  # another submit is allowed, unless another worker was faster
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)

    async def _submit(self, batch: SharedBatchState, claim: SubmitClaim) -> None:
        """Submit a claimed row, and record the outcome."""
        row = claim.row
        outcome = await self._send(batch, claim) if self._ledger.may_submit() else _NOT_SENT
        self._metrics.submit(batch.name, outcome.stage)
        recording = asyncio.ensure_future(self._record(batch.name, row, outcome, self._halt_after(outcome.stop)))
        while not recording.done():
            try:
                await asyncio.shield(recording)
            except asyncio.CancelledError:
                if self._out_of_time:
                    recording.cancel()
                    raise
        stage = recording.result()
        if outcome.request_id is not None:
            self.submitted += 1
        if stage in JobWatcher.STAGES and not self._stopping.is_set():
            self._watch(batch.name, replace(row, stage=Stage(stage), request_id=outcome.request_id), outcome.job)
        if outcome.raised is not None and not self._stopping.is_set():
            raise outcome.raised

    async def _send(self, batch: SharedBatchState, claim: SubmitClaim) -> SubmitResult:
        row = claim.row
        links: dict[Place, str] = {}
        if claim.has_files:
            found = await links_of(self._ledger, self._client._uploads, batch.name, row.key)
            if isinstance(found, SubmitResult):
                return found
            links = found
        if self._stopping.is_set() or not self._ledger.may_submit():
            return _NOT_SENT
        return await send(self._submit_client, row, links)

    def _halt_after(self, stop: StopSubmitting | None) -> str | None:
        """Return why this outcome halts the batch; None if it does not."""
        self._consecutive_failures = 0 if stop is None else self._consecutive_failures + 1
        if stop is None or not (stop.immediate or self._consecutive_failures >= MAX_CONSECUTIVE_FAILURES):
            return None
        return (
            stop.reason if stop.immediate else f"{self._consecutive_failures} consecutive submits failed; the last: {stop.reason}"
        )

    async def _record(self, batch: str, row: Row, outcome: SubmitResult, why_halted: str | None = None) -> Stage | None:
        """Record the outcome of a submit, however long it takes: only this worker knows it."""
        record = partial(_record_and_halt, batch, row, outcome, why_halted)
        if outcome.request_id is None:
            return await self._ledger.run(record)
        orphan = (batch, row.key, outcome.request_id)
        self.orphans.append(orphan)
        stage: Stage | None = Stage.SUBMITTED
        accepted = partial(record_accepted, batch, row, outcome)
        if outcome.cancelled or why_halted or not await self._ledger.run(accepted, transaction=False):
            stage = await self._ledger.run(record)
        self.orphans.remove(orphan)
        return stage

    async def _rejoin(self) -> None:
        """Continue under a new id: this worker has expired, and others have taken over its jobs."""
        _log.warning(
            "no heartbeat of this worker arrived for %.0f s, so it has expired; it continues under a new id", self._ledger.lease
        )
        await self._watcher.stop()
        while self._submits:
            await asyncio.wait(self._submits)
        await self._ledger.rejoin()
        self._refreshed = self._swept = -float("inf")

    async def _shut_down(self) -> None:
        """Wait for the submits in flight, at most for the grace period; then end."""
        self._stopping.set()
        await self._watcher.stop()
        if self._submits:
            _done, late = await asyncio.wait(self._submits, timeout=GRACE)
            for task in late:  # a call that hangs is cancelled, and its row becomes unknown
                task.cancel()
            if late:
                _done, late = await asyncio.wait(late, timeout=_SHUTDOWN_STEP)
            self._out_of_time = True
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for orphan in self.orphans:  # after an error or a cancellation, there is no report
            _log.error("accepted, but not recorded: batch %r, job %r, request id %s", *orphan)
        with suppress(TimeoutError, LedgerError):
            async with asyncio.timeout(_SHUTDOWN_STEP):
                await self._take_back_unsent()
        await self._ledger.close(timeout=_SHUTDOWN_STEP)


def _record_and_halt(batch: str, row: Row, outcome: SubmitResult, why_halted: str | None) -> Flow[Stage | None]:
    """Record the outcome of a submit, and halt the batch in the same transaction, so that no other submit can start in between."""
    if why_halted is not None:
        yield from lock_batch(batch)
        yield from halt(batch, why_halted, account_problem=outcome.stop is not None and outcome.stop.account_problem)
    return (yield from record_outcome(batch, row, outcome))

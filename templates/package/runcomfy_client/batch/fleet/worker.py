"""A worker: claims and submits jobs, waits for them, saves their files, and takes up what others have left."""

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
from runcomfy_client.batch.fleet.follow import Follower
from runcomfy_client.batch.fleet.links import links_of
from runcomfy_client.batch.fleet.metrics import Metrics
from runcomfy_client.batch.fleet.records import lock_batch, read_committed, read_counts, record_accepted, record_outcome
from runcomfy_client.batch.fleet.shared_ledger import SharedLedger
from runcomfy_client.batch.fleet.submit_claims import ClaimBackoff, SubmitClaim, Wait, WorkerExpired, claim_submit
from runcomfy_client.batch.fleet.worker_registry import count_living, find_mine, find_unsent, take_over
from runcomfy_client.batch.records import Row
from runcomfy_client.batch.runner import MAX_CONSECUTIVE_FAILURES, BatchLimits
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import Stage
from runcomfy_client.batch.submit import StopSubmitting, SubmitResult, send
from runcomfy_client.job import AsyncJob
from runcomfy_client.schema.media_fields import Place

GRACE: Final = 15.0
"""Seconds that a worker which is stopped waits for the submits under way: Kubernetes grants 30 in all."""
_HURRY: Final = 3.0
"""Seconds that it then grants to each of its last steps."""
_IDLE: Final = 1.0
_REFRESH: Final = 1.0
_TOO_LATE = SubmitResult(Stage.PLANNED, "never sent: the worker was stopped or cut off between the intent and the submit")
_log = logging.getLogger("runcomfy_client")

Job = tuple[str, str]
"""Batch and key."""


@dataclass(frozen=True, slots=True)
class WorkReport:
    """What a worker has seen when it ended.

    Attributes:
        submitted: jobs that this worker has submitted.
        batches: the batches that it has worked on, as they stood.
        orphans: accepted jobs that could not be written down: (batch, key, request id).
    """

    submitted: int
    batches: tuple[SharedBatchState, ...]
    orphans: tuple[tuple[str, str, str], ...] = ()


def check_no_timeout(limits: BatchLimits | None) -> None:
    """Refuse a timeout: a shared batch waits for each job until it ends.

    Raises:
        BatchError: the limits have one.
    """
    if limits is not None and limits.timeout is not None:
        step = "Leave it out; to stop a worker, call `stop()`. The jobs continue, and any worker waits for them."
        raise BatchError("BatchLimits.timeout cannot be used with a batch in PostgreSQL", next_step=step)


class Worker:
    """One worker, on one event loop. `names`: the batches to work on; None for all of this account."""

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
        self._follower = Follower(self._client, ledger, self._limits, on_change=self._wake.set, on_failure=self._fail)
        self._submit_client = stoppable(self._client, self._stopping, may_continue=ledger.may_pay)
        self._consecutive_failures = 0
        self._out_of_time = False
        self._failure: BaseException | None = None
        self._refreshed = self._swept = -float("inf")

    async def run(self) -> WorkReport:
        """Work until nothing is open, or until `stop` is called.

        Raises:
            BatchError: the batches belong to another server or account.
            LedgerError: the ledger cannot be used.
        """
        listener = asyncio.create_task(self._ledger.notifications(self._on_notification))
        rounds, stopping = asyncio.create_task(self._rounds()), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({rounds, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not rounds.done():  # the database may hang
                await asyncio.wait({rounds}, timeout=_HURRY)
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
        """Submit no more, wait up to `GRACE` seconds for the submits under way, and leave all jobs to the other workers.

        A second call does not wait.
        """
        if self._stopping.is_set():
            for task in self._submits:
                task.cancel()
        self._stopping.set()
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
        """Do what is to be done now; return after how many seconds to look again, or None when nothing is open."""
        if self._ledger.expired.is_set():
            await self._rejoin()
        now = asyncio.get_running_loop().time()
        if now - self._refreshed >= _REFRESH:
            self._refreshed = now
            await self._refresh()
        if now - self._swept >= min(15.0, self._ledger.lease / 4):
            self._swept = now
            await self._sweep()
        wait = _IDLE
        for batch in self._batches.values():
            if batch.cancelled:
                self._follower.cancel_jobs(batch.name)
            wait = min(wait, await self._submit_some(batch))
        if self._stay or self._submits or self._follower or any(batch.is_open for batch in self._batches.values()):
            return wait
        return None

    async def _submit_some(self, batch: SharedBatchState) -> float:
        """Begin as many submits as all limits allow; return after how many seconds to try again."""
        loop = asyncio.get_running_loop()
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
        return len(self._submits) + len(self._follower) < self._limits.max_in_flight and self._failure is None

    async def _refresh(self) -> None:
        """Read how the batches stand, and hold them to this server and account, when they are seen for the first time."""
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
                _log.warning("%s; this worker leaves it alone", wrong)
        ours = {batch.name: batch for batch in found if batch.name not in self._not_ours}
        if self._not_ours and not self._stay and not any(batch.is_open for batch in ours.values()) and not self._bound:
            raise wrong_account(f"No open batch of this ledger runs at {settings.origin.url} with this token")
        self._batches = ours

    async def _sweep(self) -> None:
        """Expire dead workers, take over their jobs, and wait for the jobs of this worker that nothing waits for."""
        await self._ledger.expire_workers()
        await self._take_back_unsent()
        worker, names = self._ledger.worker, [name for name in self._batches if name in self._bound]
        for save, stages in ((True, Follower.SAVED_TOO), (False, Follower.STAGES)):
            some = [name for name in names if self._batches[name].save is save]
            room = self._limits.max_in_flight - len(self._submits) - len(self._follower)
            if not some or room <= 0:
                continue
            for batch, row in await self._ledger.run(partial(find_mine, worker, some, stages)):
                self._follow(batch, row)
            for batch, row in await self._ledger.run(partial(take_over, worker, some, stages, room)):
                self._follow(batch, row)
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
        """Plan those rows again whose intent this worker has committed without hearing of it: it has sent nothing for them."""
        worker = self._ledger.worker
        under_way = {(batch, row.key, row.attempt) for batch, row in self._submits.values()}
        for batch, row in await self._ledger.run(partial(find_unsent, worker)):
            if (batch, row.key, row.attempt) not in under_way and not self._is_orphan(batch, row):
                await self._record(batch, row, _TOO_LATE)

    def _is_orphan(self, batch: str, row: Row) -> bool:
        return any((batch, row.key) == orphan[:2] for orphan in self.orphans)

    def _follow(self, batch: str, row: Row, job: AsyncJob[Any] | None = None) -> None:
        state = self._batches.get(batch)
        if state is not None and not self._stopping.is_set():
            self._follower.start(state, row, job)

    async def _claim(self, batch: SharedBatchState) -> SubmitClaim | Wait | WorkerExpired:
        worker = self._ledger.worker
        try:
            found = await self._ledger.run(partial(claim_submit, batch.name, worker), tries=1)
        except LedgerError as error:
            if self._ledger.failing_since is None:  # not for want of a connection
                raise
            _log.info("no submit: %s", error.message)
            self._swept = -float("inf")  # whether the intent was committed is found out before the next one
            return Wait(error.message, 1.0)
        if isinstance(found, SubmitClaim):
            self._wake.set()
            task = asyncio.create_task(self._submit(batch, found))
            self._submits[task] = (batch.name, found.row)
            task.add_done_callback(self._on_submitted)
        return found

    def _on_submitted(self, task: asyncio.Task[None]) -> None:
        batch, _row = self._submits.pop(task)
        self._backoffs[batch].closed_until = 0.0  # a place is free, unless another worker was faster
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        """End this worker with an error: the first one counts."""
        self._failure = self._failure or error
        self._wake.set()

    async def _submit(self, batch: SharedBatchState, granted: SubmitClaim) -> None:
        """Submit a row whose intent is committed, and write down what came of it."""
        row = granted.row
        outcome = await self._send(batch, granted) if self._ledger.may_pay() else _TOO_LATE
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
        if stage in Follower.STAGES and not self._stopping.is_set():
            self._follow(batch.name, replace(row, stage=Stage(stage), request_id=outcome.request_id), outcome.job)
        if outcome.raised is not None and not self._stopping.is_set():
            raise outcome.raised

    async def _send(self, batch: SharedBatchState, granted: SubmitClaim) -> SubmitResult:
        row = granted.row
        links: dict[Place, str] = {}
        if granted.has_files:
            found = await links_of(self._ledger, self._client._uploads, batch.name, row.key)
            if isinstance(found, SubmitResult):
                return found
            links = found
        if self._stopping.is_set() or not self._ledger.may_pay():
            return _TOO_LATE
        return await send(self._submit_client, row, links)

    def _halt_after(self, stop: StopSubmitting | None) -> str | None:
        """Return why nobody may submit more after this outcome; None when they may."""
        self._consecutive_failures = 0 if stop is None else self._consecutive_failures + 1
        if stop is None or not (stop.immediate or self._consecutive_failures >= MAX_CONSECUTIVE_FAILURES):
            return None
        return stop.reason if stop.immediate else f"{self._consecutive_failures} submits in a row failed; the last: {stop.reason}"

    async def _record(self, batch: str, row: Row, outcome: SubmitResult, why_halted: str | None = None) -> Stage | None:
        """Write down what became of a submit: for as long as it takes, for nobody else knows it."""
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
        """Rejoin under a new id: this worker has expired, and others have taken over its jobs."""
        _log.warning(
            "no heartbeat of this worker arrived for %.0f s, so it has expired; it goes on under a new id", self._ledger.lease
        )
        await self._follower.stop()
        while self._submits:
            await asyncio.wait(self._submits)
        await self._ledger.rejoin()
        self._refreshed = self._swept = -float("inf")

    async def _shut_down(self) -> None:
        """Wait for the submits under way, within the grace period; then end."""
        self._stopping.set()
        await self._follower.stop()
        if self._submits:
            _done, late = await asyncio.wait(self._submits, timeout=GRACE)
            for task in late:  # a call that hangs is given up, and its row becomes unknown
                task.cancel()
            if late:
                _done, late = await asyncio.wait(late, timeout=_HURRY)
            self._out_of_time = True
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with suppress(TimeoutError, LedgerError):
            async with asyncio.timeout(_HURRY):
                await self._take_back_unsent()
        await self._ledger.close(timeout=_HURRY)


def _record_and_halt(batch: str, row: Row, outcome: SubmitResult, why_halted: str | None) -> Flow[Stage | None]:
    """Write down what became of a submit, and halt the batch in the same commit: the place that it frees is nobody's then."""
    if why_halted is not None:
        yield from lock_batch(batch)
        yield from halt(batch, why_halted, account_problem=outcome.stop is not None and outcome.stop.account_problem)
    return (yield from record_outcome(batch, row, outcome))

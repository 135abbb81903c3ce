"""Runs a batch: few concurrent submits, many jobs in flight, and a commit to the ledger before and after each submit."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.cancellation import stoppable
from runcomfy_client.batch.errors import LedgerError
from runcomfy_client.batch.files import hash_files
from runcomfy_client.batch.ledger import Ledger
from runcomfy_client.batch.local_files import check_media_host, upload_inputs
from runcomfy_client.batch.past_durations import learn_durations, resume_job, rows_by_likely_end
from runcomfy_client.batch.records import Row
from runcomfy_client.batch.spending import estimate_row, money_refusal
from runcomfy_client.batch.states import LOST, Counts, Stage, not_lost
from runcomfy_client.batch.submit import StopSubmitting, submit
from runcomfy_client.errors import (
    AuthenticationError,
    DownloadError,
    InvalidInput,
    JobCancelled,
    JobFailed,
    RequestNotFound,
    RunComfyError,
    UploadFailed,
)
from runcomfy_client.files.prepare import uploads_of
from runcomfy_client.job import AsyncJob
from runcomfy_client.prices import Estimate, to_decimal
from runcomfy_client.result import AsyncResult
from runcomfy_client.schema.media_fields import Place
from runcomfy_client.status import State, Status

CountsCallback: TypeAlias = Callable[[Counts], object] | None

_PAGE: Final = 500
_COST_TIMEOUT: Final = 30.0
MAX_CONSECUTIVE_FAILURES: Final = 8
"""After this many consecutive failed submits the batch stops, since the jobs are not the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """The limits of a batch.

    Attributes:
        max_concurrent_submits: the maximum number of submits in flight. After a kill, at most this many jobs are unknown.
        max_in_flight: the maximum number of jobs that a run waits for or saves at a time.
        downloads: the maximum number of jobs whose files are saved at a time.
        max_submits: the maximum number of submits that may have been billed, over all runs and attempts; None for no limit.
        timeout: the seconds to wait for one job in this run; None waits as long as the job takes.
        max_usd: the maximum amount in USD that may be spent or reserved, over all runs and attempts; None for no limit. Each submit
            reserves its estimate, which the cost replaces when the server reports it.
        allow_unpriced: with `max_usd`, also submit jobs without an estimate. They count only after their cost is known.
        submits_per_second: the maximum number of submits per second; None for no limit.
    """

    max_concurrent_submits: int = 4
    max_in_flight: int = 300
    downloads: int = 8
    max_submits: int | None = None
    timeout: float | None = None
    max_usd: Decimal | None = None
    allow_unpriced: bool = False
    submits_per_second: float | None = None

    def __post_init__(self) -> None:
        if self.max_usd is not None and not (isinstance(self.max_usd, Decimal) and self.max_usd.is_finite() and self.max_usd >= 0):
            raise ValueError("`max_usd` must be a finite Decimal of 0 or more")
        if min(self.max_concurrent_submits, self.max_in_flight, self.downloads) < 1:
            raise ValueError("`max_concurrent_submits`, `max_in_flight` and `downloads` must be at least 1")
        if self.submits_per_second is not None and not 0 < self.submits_per_second < math.inf:
            raise ValueError("`submits_per_second` must be a positive number")


class BatchRunner:
    """One run of a batch, on one event loop."""

    def __init__(
        self, client: AsyncRunComfy, ledger: Ledger, out: Path, *, limits: BatchLimits, save: bool, on_status: CountsCallback
    ) -> None:
        self.halted: str | None = None
        """Why no more jobs are submitted although some are planned; None if submits continue."""
        self.account_problem = False
        """True if the token or the account is the cause."""
        self.unfinished = 0
        """The number of jobs that this run stopped waiting for; the next run can resume them."""
        self.lost = 0
        """The number of unfinished jobs that the API does not know (any more), or whose files are no longer available."""
        self._client = client.with_options(include_cost=True)
        self._ledger = ledger
        self._out = out
        self._limits = limits
        self._save = save
        self._on_status = on_status
        self._unfinished = self._unfinished_rows()
        self._tasks: set[asyncio.Task[None]] = set()
        self._submits: set[asyncio.Task[None]] = set()
        self._uploading: dict[str, asyncio.Task[None] | None] = {}
        self._not_uploaded: dict[str, str] = {}
        self._held: dict[str, Decimal | None] = {}
        """The estimates in USD of jobs whose files are being uploaded; the ledger reserves them only with the intent."""
        self._download_slots = asyncio.Semaphore(limits.downloads)
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._submit_client = stoppable(self._client, self._stopping)
        self._next_submit = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._consecutive_failures = 0
        self._failure: BaseException | None = None
        self._orphans: list[tuple[str, str]] = []

    async def run(self) -> None:
        """Run until all jobs have ended, or until `stop` is called.

        Raises:
            LedgerError: the ledger could not be written. No job was submitted after that.
        """
        try:
            while self._start_ready():
                await self._changed.wait()
                self._changed.clear()
        except asyncio.CancelledError:
            self.stop()
            while self._tasks:  # the responses to submits in flight have the ids of paid jobs; a second interrupt does not wait
                try:
                    await asyncio.wait(self._tasks)
                except asyncio.CancelledError:
                    self.stop()
            raise
        if isinstance(self._failure, LedgerError):
            raise LedgerError(self._failure.message, orphans=self._orphans)
        if self._failure is not None:
            raise self._failure
        if self._not_uploaded:
            count, last = len(self._not_uploaded), next(reversed(self._not_uploaded.values()))
            self._halt(f"the files of {count:,} {'job' if count == 1 else 'jobs'} could not be uploaded; {last}")

    def stop(self) -> None:
        """Submit no more jobs, wait for the submits in flight, and stop waiting for jobs. A second call cancels submits, too."""
        again = self._stopping.is_set()
        self._stopping.set()
        uploading = set(filter(None, self._uploading.values()))
        for task in self._tasks if again else self._tasks - (self._submits - uploading):
            task.cancel()
        self._changed.set()

    def _unfinished_rows(self) -> Iterator[Row]:
        """Yield the unfinished rows of earlier runs, first those whose files can be saved, since links expire."""
        last = -1
        while self._save and (page := list(self._ledger.rows(Stage.SUCCEEDED, after=last, limit=_PAGE))):
            last = page[-1].position
            yield from page
        durations = self._client._session.settings.options.durations
        learn_durations(self._ledger, durations)
        yield from rows_by_likely_end(self._ledger, durations)

    def _start_ready(self) -> bool:
        """Start as many jobs as the limits allow; return True if any is running."""
        try:
            while not self._stopping.is_set() and len(self._tasks) < self._limits.max_in_flight and self._start_one():
                pass
        except Exception as error:
            self._fail(error)
        return bool(self._tasks) or (self._timer is not None and not self._stopping.is_set())

    def _start_one(self) -> bool:
        row = next(self._unfinished, None)
        if row is not None:
            self._start(row)
            return True
        if self.halted or len(self._submits) >= self._limits.max_concurrent_submits or not self._ledger.counts[Stage.PLANNED]:
            return False
        started = self._ledger.counts.submits_billed + len(self._uploading)
        if self._limits.max_submits is not None and started >= self._limits.max_submits:
            if not self._submits:  # a submit in flight may still be refused, and no longer count
                self._halt(f"the limit of {self._limits.max_submits:,} submits is reached; continue with a higher limit")
            return False
        row = self._ledger.next_pending(self._uploading.keys() | self._not_uploaded.keys())
        if row is None:
            return False
        estimate = estimate_row(row)
        if not self._is_affordable(row, estimate) or self._is_too_soon():
            return False
        if self._ledger.has_local_files(row.key):  # uploaded before the intent, so that a kill does not make the job unknown
            self._uploading[row.key] = None
            self._held[row.key] = estimate.usd
        else:
            self._ledger.transition(
                row.key, Stage.PLANNED, Stage.SUBMITTING, estimate=estimate.usd
            )  # on the disk before the paid call
        self._start(row, submitting=True)
        return True

    def _is_affordable(self, row: Row, estimate: Estimate) -> bool:
        """Return True if a submit stays within `max_usd`. If not, halt once no running job can release its reservation."""
        committed = self._ledger.spending.committed + sum(filter(None, self._held.values()), Decimal(0))
        unpriced = self._limits.allow_unpriced
        refusal = money_refusal(self._limits.max_usd, committed, row.key, estimate, allow_unpriced=unpriced)
        if refusal is not None and not self._tasks:
            self._halt(refusal)
        return refusal is None

    def _is_too_soon(self) -> bool:
        """Return True if `submits_per_second` does not allow a submit yet; then set a timer for the next one."""
        loop, rate = asyncio.get_running_loop(), self._limits.submits_per_second
        if rate is None:
            return False
        if loop.time() < self._next_submit:
            if self._timer is None:
                self._timer = loop.call_at(self._next_submit, self._on_timer)
            return True
        self._next_submit = loop.time() + 1 / rate
        return False

    def _on_timer(self) -> None:
        self._timer = None
        self._changed.set()

    def _start(self, row: Row, *, submitting: bool = False) -> None:
        task = asyncio.create_task(self._process(row))
        self._tasks.add(task)
        if submitting:
            self._submits.add(task)
        if row.key in self._uploading:
            self._uploading[row.key] = task
        task.add_done_callback(self._on_task_done)
        self._notify()

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._submits.discard(task)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, LedgerError):
            self._orphans.extend(error.orphans)
        if self._failure is None:
            self._failure = error
            self.halted = str(getattr(error, "message", error))
            if not self._stopping.is_set():
                self.stop()

    def _halt(self, reason: str, *, account_problem: bool = False) -> None:
        if self.halted is None:
            self.halted, self.account_problem = reason, account_problem

    def _notify(self) -> None:
        if self._on_status is not None:
            self._on_status(self._ledger.counts)

    async def _process(self, row: Row) -> None:
        """Submit or resume one job, wait for it, and save its files."""
        if row.request_id is None or row.stage is Stage.PLANNED:
            job = await self._submit(row)
            stage = Stage.SUBMITTED
        else:
            job, stage = resume_job(self._client, row), row.stage
        if job is not None and not self._stopping.is_set():
            await self._follow(row.key, stage, job)

    async def _submit(self, row: Row) -> AsyncJob[Any] | None:
        task = asyncio.current_task()
        try:
            links = await self._upload(row) if row.key in self._uploading else {}
            if links is None:
                return None
            if isinstance(self._failure, LedgerError):  # it cannot be written any more: the intent remains, and nothing is sent
                return None
            if self._stopping.is_set():
                self._ledger.transition(row.key, Stage.SUBMITTING, Stage.PLANNED, detail="stopped before it was sent")
                return None
            job = await submit(self._submit_client, self._ledger, row, links)
            self._consecutive_failures = 0
            return job
        except StopSubmitting as halt:
            self._consecutive_failures += 1
            if halt.immediate or self._consecutive_failures >= MAX_CONSECUTIVE_FAILURES:
                repeated = f"{self._consecutive_failures} consecutive submits failed; the last: {halt.reason}"
                self._halt(halt.reason if halt.immediate else repeated, account_problem=halt.account_problem)
            return None
        finally:
            self._uploading.pop(row.key, None)
            self._held.pop(row.key, None)
            if task is not None:
                self._submits.discard(task)
            self._notify()
            self._changed.set()

    async def _upload(self, row: Row) -> dict[Place, str] | None:
        """Upload the local files of a job, then commit the intent to submit it; return its links, or None to stop here."""
        uploads = uploads_of(self._client)
        check_media_host(1, uploads)
        assert uploads is not None
        try:
            links = await upload_inputs(self._ledger, uploads, row.key, self._limits.timeout)
        except InvalidInput as error:
            self._ledger.transition(row.key, Stage.PLANNED, Stage.REFUSED, detail=error.message)
            return None
        except UploadFailed as error:
            self._not_uploaded[row.key] = error.message
            self._ledger.set_error(row.key, error.message)
            raise StopSubmitting(error.message, immediate=error.lasting) from None
        self._uploading.pop(row.key)
        if self._stopping.is_set() or self.halted:
            return None
        self._ledger.transition(
            row.key, Stage.PLANNED, Stage.SUBMITTING, estimate=self._held.pop(row.key, None)
        )  # the intent: on the disk before the paid call
        return links

    async def _follow(self, key: str, stage: Stage, job: AsyncJob[Any]) -> None:
        """Wait for a job, and save its files."""
        tracker = _StageTracker(self._ledger, key, stage, self._notify)
        try:
            result = await job.result(timeout=self._limits.timeout, on_status=tracker)
            if tracker.stage is not Stage.SUCCEEDED:
                output = json.dumps(result.raw.get("output"))
                self._ledger.transition(key, tracker.stage, Stage.SUCCEEDED, output=output, cost=to_decimal(result.raw.get("cost")))
                self._notify()
            if self._save:
                await self._save_files(key, result)
            await self._record_late_cost(key, job)
        except JobFailed as error:
            self._finish(key, tracker.stage, Stage.FAILED, error)
        except RequestNotFound as error:  # the token, the base URL or the age may be the cause: the job need not have failed
            self.lost += 1
            self._defer(key, error, reason=f"{LOST}, the API does not know this job (any more): {error.message}")
        except DownloadError as error:
            self.lost += error.lasting
            self._defer(key, error, reason=f"{LOST}, its files are not available: {error.message}" if error.lasting else None)
        except JobCancelled as error:
            self._finish(key, tracker.stage, Stage.CANCELLED, error)
        except LedgerError:
            raise
        except RunComfyError as error:
            self._defer(key, error)
        self._notify()

    def _finish(self, key: str, was: Stage, stage: Stage, error: RunComfyError) -> None:
        if was is Stage.SUCCEEDED:  # it had a result in an earlier run, which is no longer available
            self._defer(key, error)
        else:
            self._ledger.transition(key, was, stage, detail=error.message)

    def _defer(self, key: str, error: RunComfyError, *, reason: str | None = None) -> None:
        """Leave a job to the next run."""
        self.unfinished += 1
        self._ledger.set_error(key, reason or not_lost(error.message))
        if isinstance(error, AuthenticationError):
            self._halt(error.message, account_problem=True)

    async def _record_late_cost(self, key: str, job: AsyncJob[Any]) -> None:
        """Request a cost again that the result did not have: it may be available a little later than the output."""
        row = self._ledger.row(key)
        if row is None or row.cost is not None:
            return
        try:
            cost = to_decimal((await job.result(timeout=_COST_TIMEOUT)).raw.get("cost"))
        except LedgerError:
            raise
        except RunComfyError:  # the job has succeeded and is saved; its estimate remains reserved
            return
        if cost is not None:
            self._ledger.record_cost(key, cost)

    async def _save_files(self, key: str, result: AsyncResult[Any]) -> None:
        async with self._download_slots:
            paths = await result.save(self._out)
            files = await asyncio.to_thread(partial(hash_files, paths, self._out))
        self._ledger.transition(key, Stage.SUCCEEDED, Stage.DOWNLOADED, files=files)


class _StageTracker:
    """Updates the stage of a job from its statuses. Pass it as `on_status`."""

    def __init__(self, ledger: Ledger, key: str, stage: Stage, notify: Callable[[], None]) -> None:
        self.stage = stage
        self._ledger = ledger
        self._key = key
        self._notify = notify

    def __call__(self, status: Status) -> None:
        if status.state is State.RUNNING and self.stage is Stage.SUBMITTED:
            self.stage = Stage.RUNNING
            self._ledger.mark_running(self._key)
            self._notify()

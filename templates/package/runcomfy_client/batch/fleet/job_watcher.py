"""Waits for the jobs that a worker submitted or took over, and saves their files."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.errors import LedgerError
from runcomfy_client.batch.fleet.batches import SharedBatchState
from runcomfy_client.batch.fleet.records import advance, mark_running, set_error
from runcomfy_client.batch.fleet.results import ResultStore, open_results
from runcomfy_client.batch.fleet.shared_ledger import SharedLedger
from runcomfy_client.batch.records import Row, SavedFile
from runcomfy_client.batch.runner import BatchLimits
from runcomfy_client.batch.states import LOST, Stage, not_lost
from runcomfy_client.batch.transitions import Transition
from runcomfy_client.errors import AuthenticationError, DownloadError, JobCancelled, JobFailed, RequestNotFound, RunComfyError
from runcomfy_client.job import AsyncJob
from runcomfy_client.prices import to_decimal
from runcomfy_client.result import AsyncResult
from runcomfy_client.status import State, Status

_RETRY_INTERVAL: Final = 30.0
"""Seconds after which a worker waits again for a job whose status or files were not available."""
_COST_TIMEOUT: Final = 30.0
_log = logging.getLogger("runcomfy_client")


class JobWatcher:
    """Waits for jobs in tasks, one for each."""

    STAGES: Final = (Stage.SUBMITTED, Stage.RUNNING)
    SAVED_TOO: Final = (*STAGES, Stage.SUCCEEDED)

    def __init__(
        self,
        client: AsyncRunComfy,
        ledger: SharedLedger,
        limits: BatchLimits,
        *,
        on_change: Callable[[], object],
        on_failure: Callable[[BaseException], object],
    ) -> None:
        self._on_failure = on_failure
        self._client = client
        self._ledger = ledger
        self._limits = limits
        self._on_change = on_change
        self._download_slots = asyncio.Semaphore(limits.downloads)
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._jobs: dict[tuple[str, str], AsyncJob[Any]] = {}
        self._cancelled: set[tuple[str, str]] = set()
        self._cancelling: set[asyncio.Task[None]] = set()
        self._stores: dict[str, ResultStore] = {}
        self._checked: set[str] = set()
        self._running: dict[str, list[str]] = {}
        self._known_running: set[tuple[str, str]] = set()
        self._recorded_running: set[tuple[str | None, str]] = set()
        """Those of `_known_running` that are running in the ledger, too."""
        self._flushing: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, batch: SharedBatchState, row: Row, job: AsyncJob[Any] | None = None) -> None:
        """Start to wait for the job of a row, unless a task already does. Pass `job` if this worker submitted it."""
        name = (batch.name, row.key)
        if name not in self._tasks and row.request_id is not None:
            taken_over = job is None
            watching = self._watch(batch, row, job or self._client.job(row.request_id), taken_over=taken_over)
            self._tasks[name] = task = asyncio.create_task(watching)
            task.add_done_callback(partial(self._on_done, name))

    async def stop(self) -> None:
        """Stop waiting for all jobs; they continue."""
        for task in (*self._tasks.values(), *self._cancelling, *((self._flushing,) if self._flushing else ())):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), *self._cancelling, return_exceptions=True)

    def cancel_jobs(self, batch: str) -> None:
        """Request the cancellation of the jobs of a batch, once for each. Running jobs cannot be cancelled."""
        for name, job in list(self._jobs.items()):
            if name[0] == batch and name not in self._cancelled:
                self._cancelled.add(name)
                task = asyncio.create_task(self._cancel(job))
                self._cancelling.add(task)
                task.add_done_callback(self._cancelling.discard)

    async def _cancel(self, job: AsyncJob[Any]) -> None:
        try:
            await job.cancel()
        except RunComfyError as error:
            _log.warning("%s could not be cancelled: %s", job.request_id, error.message)

    def _on_done(self, name: tuple[str, str], task: asyncio.Task[None]) -> None:
        self._tasks.pop(name, None)
        self._jobs.pop(name, None)
        self._cancelled.discard(name)
        self._known_running.discard(name)
        self._recorded_running.discard(name)
        self._on_change()
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, AuthenticationError):
            self._on_failure(error)
        else:
            _log.warning("%s: %s; the worker tries again later", name[1], error)

    async def _watch(self, batch: SharedBatchState, row: Row, job: AsyncJob[Any], *, taken_over: bool) -> None:
        """Wait for a job, and save its files. Changes that another worker made meanwhile are kept."""
        self._jobs[batch.name, row.key] = job
        change = Transition(key=row.key, was=row.stage, stage=row.stage, attempt=row.attempt, batch=batch.name)
        try:
            result = await job.result(on_status=partial(self._on_status, batch.name, row))
            cost = to_decimal(result.raw.get("cost"))
            if row.stage is Stage.SUCCEEDED:  # recorded earlier, without its files
                cost_is_missing = row.cost is None
            else:
                if cost is None and not batch.save:
                    cost = await _late_cost(job)
                output = json.dumps(result.raw.get("output"))
                if not await self._move(change, Stage.SUCCEEDED, output=output, cost=cost):
                    return
                cost_is_missing = cost is None
            if batch.save:
                files = await self._save(batch, result, taken_over=taken_over)
                if cost_is_missing and cost is None:
                    cost = await _late_cost(job)
                late = cost if cost_is_missing else None
                saved = replace(change, was=Stage.SUCCEEDED, stage=Stage.DOWNLOADED, files=files, cost=late)
                await self._ledger.run(partial(advance, saved), transaction=False)
        except (JobFailed, JobCancelled) as error:
            if row.stage is Stage.SUCCEEDED:  # it had a result, which is no longer available
                await self._defer(batch, row, error, None)
            else:
                stage = Stage.FAILED if isinstance(error, JobFailed) else Stage.CANCELLED
                await self._move(change, stage, detail=error.message)
        except RequestNotFound as error:  # the token, the base URL or the age may be the cause: the job need not have failed
            await self._defer(batch, row, error, f"{LOST}, the API does not know this job (any more): {error.message}")
        except DownloadError as error:
            await self._defer(batch, row, error, f"{LOST}, its files are not available: {error.message}" if error.lasting else None)
        except (LedgerError, AuthenticationError):
            raise
        except RunComfyError as error:
            await self._defer(batch, row, error, None)

    async def _move(self, change: Transition, stage: Stage, **values: Any) -> bool:
        """Change the stage of a submitted or running job; return False if another worker has changed it already."""
        submitted = (change.batch, change.key) not in self._recorded_running and change.was is Stage.SUBMITTED
        was, other = self.STAGES if submitted else reversed(self.STAGES)
        moved = Transition(key=change.key, was=was, stage=stage, attempt=change.attempt, batch=change.batch, **values)
        found = await self._ledger.run(partial(advance, moved, other), transaction=False)
        # changed by another worker, or by this one, and the answer to the commit was lost
        return found is None or (found.attempt == change.attempt and found.stage is stage)

    async def check_store(self, batch: SharedBatchState) -> None:
        """Check, once, that the files of a batch can be saved.

        Raises:
            ConfigurationError: they cannot.
        """
        if batch.save and batch.place not in self._checked:
            await self._store(batch).check()
            self._checked.add(batch.place)

    def _store(self, batch: SharedBatchState) -> ResultStore:
        if batch.place not in self._stores:
            self._stores[batch.place] = open_results(batch.place)
        return self._stores[batch.place]

    async def _save(self, batch: SharedBatchState, result: AsyncResult[Any], *, taken_over: bool) -> list[SavedFile]:
        async with self._download_slots:
            return await self._store(batch).save(result, taken_over=taken_over)

    async def _defer(self, batch: SharedBatchState, row: Row, error: RunComfyError, reason: str | None) -> None:
        """Record the error of a job that has not ended. Without a `reason`, wait before this worker tries again."""
        await self._ledger.run(partial(set_error, batch.name, row.key, row.attempt, reason or not_lost(error.message)))
        if reason is None:
            _log.warning("%s: %s; trying again in %.0f s", row.key, error.message, _RETRY_INTERVAL)
            await asyncio.sleep(_RETRY_INTERVAL)

    def _on_status(self, batch: str, row: Row, status: Status) -> None:
        if status.state is State.RUNNING and row.stage is Stage.SUBMITTED:
            if (batch, row.key) in self._known_running:
                return
            self._known_running.add((batch, row.key))
            self._running.setdefault(batch, []).append(row.key)
            if self._flushing is None or self._flushing.done():
                self._flushing = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        """Record running jobs, those of one second together: this stage is informative only."""
        await asyncio.sleep(1.0)
        running, self._running = self._running, {}
        for batch, keys in running.items():
            try:
                await self._ledger.run(partial(mark_running, batch, keys))
                self._recorded_running.update((batch, key) for key in keys if (batch, key) in self._tasks)
            except LedgerError as error:
                _log.warning("%s", error.message)


async def _late_cost(job: AsyncJob[Any]) -> Decimal | None:
    """Request a result again whose cost was missing: the API may return the cost a little later than the output."""
    try:
        return to_decimal((await job.result(timeout=_COST_TIMEOUT)).raw.get("cost"))
    except RunComfyError:  # the job has succeeded; its estimate stays reserved
        return None

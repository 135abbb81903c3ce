"""The async `run_all`: a task for each job in flight, and a semaphore for the jobs, the submits, and the other calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from runcomfy_client._engine.bulk import BulkJob, BulkOptions, Outcomes
from runcomfy_client._engine.clock import count_job
from runcomfy_client.errors import ConfigurationError, RunComfyError

if TYPE_CHECKING:
    from runcomfy_client._engine.session import AsyncSession
    from runcomfy_client.orphans import OrphanedJob

ItemT = TypeVar("ItemT")

_MAX_CALLS: Final = 10
"""Polls at a time: as many as our HTTP client has connections."""


class BulkTasks(Generic[ItemT]):
    """Runs jobs, from the first `next_outcome` on."""

    def __init__(self, items: Iterable[ItemT] | AsyncIterable[ItemT], options: BulkOptions[ItemT], session: AsyncSession) -> None:
        self._items = items
        self._options = options
        self._session = session
        self._outcomes: Outcomes[ItemT] = Outcomes()
        self._in_flight = asyncio.Semaphore(options.max_in_flight)
        self._submits = asyncio.Semaphore(options.max_concurrent_submits)
        self._calls = asyncio.Semaphore(_MAX_CALLS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._is_stopping = False

    async def next_outcome(self) -> tuple[ItemT, Any] | None:
        """Wait for the next outcome, and return it with its item; None when there are no more."""
        if self._reader is None:
            self._session.handler()  # raises if the client is closed
            self._reader = asyncio.create_task(self._read_items())
        while True:
            if self._outcomes.finished:
                self._in_flight.release()
                return self._outcomes.finished.popleft()
            if self._outcomes.failure is not None:
                raise self._outcomes.failure
            if self._reader.done() and not self._tasks:
                return None
            self._changed.clear()
            await self._changed.wait()

    async def close(self) -> tuple[OrphanedJob, ...]:
        """Stop all jobs; return every job whose outcome was not returned."""
        self._stop()
        try:
            await self._wait_for_tasks(self._options.submit_grace_period + self._options.cancel_timeout + 1.0)
        finally:  # also when this is cancelled: there is no time left
            for task in self._tasks:
                task.cancel()
            await self._wait_for_tasks(1.0)
        return self._outcomes.all_orphaned()

    def _stop(self) -> None:
        """Interrupt all jobs, once: a second cancellation would end the calls that cancel queued jobs."""
        if not self._is_stopping:
            self._is_stopping = True
            for task in (*self._tasks, self._reader):
                if task is not None and task is not asyncio.current_task():
                    task.cancel()

    def _fail(self, error: BaseException) -> None:
        """End the whole run."""
        if not self._is_stopping:
            self._outcomes.failure = error
            self._stop()
            self._changed.set()

    async def _wait_for_tasks(self, seconds: float) -> None:
        tasks = self._tasks if self._reader is None else self._tasks | {self._reader}
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def _read_items(self) -> None:
        """Start a job for each item, as soon as it may be in flight and submitted."""
        try:
            is_async = isinstance(self._items, AsyncIterable)
            source: Any = aiter(self._items) if isinstance(self._items, AsyncIterable) else iter(self._items)
            while True:
                await self._in_flight.acquire()
                await self._submits.acquire()
                job = BulkJob(await anext(source) if is_async else next(source))
                count_job(self._session.clock, "job_started")
                task = asyncio.create_task(self._run(job))
                self._tasks.add(task)
                task.add_done_callback(self._on_task_done)
        except (StopIteration, StopAsyncIteration):
            pass
        except BaseException as error:
            self._fail(error)  # unless it is our own cancellation
        finally:
            self._changed.set()

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        count_job(self._session.clock, "job_ended")
        self._changed.set()

    async def _run(self, job: BulkJob[ItemT]) -> None:
        outcome: Any
        try:
            on_status = partial(self._on_status, job)
            outcome = await self._session.run(self._options.start(job.item), on_status=on_status, calls=self._calls)
            self._outcomes.finished.append((job.item, outcome))
        except ConfigurationError as error:  # the client was closed
            self._outcomes.add_interrupted(error)
            self._fail(error)
        except RunComfyError as error:
            if error is self._outcomes.failure:  # the user's callback raised it
                self._outcomes.add_interrupted(error)
            else:
                self._outcomes.finished.append((job.item, error))
        except BaseException as stop:
            self._outcomes.add_interrupted(stop)
            self._fail(stop)  # unless it is our own cancellation
        finally:
            self._end_submit(job)

    def _on_status(self, job: BulkJob[ItemT], status: Any) -> Any:
        self._end_submit(job)
        if self._options.on_status is None:
            return None
        try:
            returned = self._options.on_status(job.item, status)
        except BaseException as error:
            self._fail(error)
            raise
        return returned if not hasattr(returned, "__await__") else self._await(returned)

    async def _await(self, returned: Any) -> None:
        try:
            await returned
        except RunComfyError as error:
            self._fail(error)
            raise

    def _end_submit(self, job: BulkJob[ItemT]) -> None:
        if job.is_submitting:
            job.is_submitting = False
            self._submits.release()

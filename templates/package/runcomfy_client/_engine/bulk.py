"""Many jobs at once: a task for each job in flight, and a semaphore for the jobs, the submits, and the other calls."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from runcomfy_client._core.flows.effects import Flow
from runcomfy_client._engine.clock import count_job
from runcomfy_client.errors import ConfigurationError, RunComfyError
from runcomfy_client.orphans import OrphanedJob, orphaned_job

if TYPE_CHECKING:
    from runcomfy_client._engine.async_session import AsyncSession

ItemT = TypeVar("ItemT")

_MAX_CALLS: Final = 10
"""Polls at a time: as many as our HTTP client has connections."""


@dataclass(frozen=True, slots=True)
class BulkOptions(Generic[ItemT]):
    """The options of a `run_all`.

    Attributes:
        start: returns the flow of an item, or raises its outcome, a `RunComfyError`.
        max_in_flight: how many jobs are in progress at a time, including those whose outcome has not been returned.
        max_concurrent_submits: how many submits are in progress at a time.
        on_status: a function or coroutine function, called with an item and each of its updates.
        closing_time: seconds that closing waits for responses to submits and for cancelling.
    """

    start: Callable[[ItemT], Flow[Any]]
    max_in_flight: int
    max_concurrent_submits: int
    on_status: Callable[[ItemT, Any], object] | None
    closing_time: float


class _Job(Generic[ItemT]):
    __slots__ = ("is_submitting", "item", "request_id")

    def __init__(self, item: ItemT) -> None:
        self.item = item
        self.is_submitting = True
        self.request_id: str | None = None


class BulkTasks(Generic[ItemT]):
    """Runs jobs, from the first `next_outcome` on.

    Attributes:
        failure: the exception of the user's callback or iterable, or of a closed client, that ends the whole run.
    """

    def __init__(self, items: Iterable[ItemT] | AsyncIterable[ItemT], options: BulkOptions[ItemT], session: AsyncSession) -> None:
        self.failure: BaseException | None = None
        self._items = items
        self._options = options
        self._session = session
        self._in_flight = asyncio.Semaphore(options.max_in_flight)
        self._submits = asyncio.Semaphore(options.max_concurrent_submits)
        self._calls = asyncio.Semaphore(_MAX_CALLS)
        self._reader: asyncio.Task[None] | None = None
        self._jobs: dict[asyncio.Task[None], _Job[ItemT]] = {}
        self._finished: deque[tuple[ItemT, Any]] = deque()
        self._interrupted: list[OrphanedJob] = []
        self._changed = asyncio.Event()
        self._is_stopping = False
        self._is_closed = False

    async def next_outcome(self) -> tuple[ItemT, Any] | None:
        """Wait for the next outcome, and return it with its item; None when there are no more, or after a `failure`."""
        if self._reader is None:
            self._session.http_clients.get(files=False)  # raises if the client is closed
            self._reader = asyncio.create_task(self._read_items())
        while not self._is_closed:
            if self._finished:
                self._in_flight.release()
                return self._finished.popleft()
            if self.failure is not None or (self._reader.done() and not self._jobs):
                break
            self._changed.clear()
            await self._changed.wait()
        return None

    async def close(self) -> None:
        """Stop all jobs."""
        self._is_closed = True
        self._changed.set()
        self._stop()
        try:
            await self._wait_for_tasks(self._options.closing_time + 1.0)
        finally:  # also when this is cancelled
            await self.cancel()

    async def cancel(self) -> None:
        """End what still runs: there is no time left."""
        for task in self._jobs:
            task.cancel()
        await self._wait_for_tasks(1.0)

    def orphaned(self, *undelivered: tuple[ItemT, Any]) -> tuple[OrphanedJob, ...]:
        """Return every job whose outcome was not returned. `undelivered` are those that were, but did not reach the caller."""
        outcomes = (*undelivered, *self._finished)
        orphans = [
            orphaned_job(outcome) if isinstance(outcome, RunComfyError) else OrphanedJob(outcome[0].model_id, outcome[0].request_id)
            for _, outcome in outcomes
        ]
        running = [job for job in list(self._jobs.values()) if job.request_id is not None]
        orphans += [OrphanedJob(getattr(job.item, "model_id", None), job.request_id) for job in running]
        return (*self._interrupted, *filter(None, orphans))

    def _stop(self) -> None:
        """Interrupt all jobs, once: a second cancellation would end the calls that cancel queued jobs."""
        if not self._is_stopping:
            self._is_stopping = True
            for task in (*self._jobs, self._reader):
                if task is not None and task is not asyncio.current_task():
                    task.cancel()

    def _fail(self, error: BaseException) -> None:
        """End the whole run."""
        if not self._is_stopping:
            self.failure = error
            self._stop()
            self._changed.set()

    async def _wait_for_tasks(self, seconds: float) -> None:
        tasks = [*self._jobs] if self._reader is None else [*self._jobs, self._reader]
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
                job = _Job(await anext(source) if is_async else next(source))
                count_job(self._session.clock, "job_started")
                task = asyncio.create_task(self._run(job))
                self._jobs[task] = job
                task.add_done_callback(self._on_job_done)
        except (StopIteration, StopAsyncIteration):
            pass
        except BaseException as error:
            self._fail(error)  # unless it is our own cancellation
        finally:
            self._changed.set()

    def _on_job_done(self, task: asyncio.Task[None]) -> None:
        del self._jobs[task]
        count_job(self._session.clock, "job_ended")
        self._changed.set()

    async def _run(self, job: _Job[ItemT]) -> None:
        try:
            flow = self._options.start(job.item)
            outcome = await self._session.run(flow, on_status=partial(self._on_status, job), calls=self._calls)
            self._finished.append((job.item, outcome))
        except BaseException as error:
            if isinstance(error, RunComfyError) and not isinstance(error, ConfigurationError) and error is not self.failure:
                self._finished.append((job.item, error))
            else:  # the client or the run was closed, or the user's callback failed
                if (orphan := orphaned_job(error)) is not None:
                    self._interrupted.append(orphan)
                self._fail(error)
        finally:
            self._end_submit(job)

    async def _on_status(self, job: _Job[ItemT], status: Any) -> None:
        job.request_id = status.request_id
        self._end_submit(job)
        try:
            returned = self._options.on_status and self._options.on_status(job.item, status)
            if isawaitable(returned):
                await returned
        except BaseException as error:
            self._fail(error)
            raise

    def _end_submit(self, job: _Job[ItemT]) -> None:
        if job.is_submitting:
            job.is_submitting = False
            self._submits.release()

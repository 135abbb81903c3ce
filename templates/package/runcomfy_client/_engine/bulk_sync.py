"""The sync `run_all`: a thread for each job in flight, one that reads the items, and a semaphore for the jobs and the submits."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from threading import Event, Lock, Semaphore
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from runcomfy_client._engine.bulk import BulkJob, BulkOptions, Outcomes
from runcomfy_client._engine.clock import count_job
from runcomfy_client._engine.sync import Closing, RunClosed
from runcomfy_client._http.thread_call import ThreadCall
from runcomfy_client.errors import ConfigurationError, RunComfyError
from runcomfy_client.orphans import OrphanedJob

if TYPE_CHECKING:
    from runcomfy_client._engine.session import Session

ItemT = TypeVar("ItemT")

_WAIT_INTERVAL: Final = 0.1
"""Seconds of one wait: some systems do not deliver Ctrl-C during a longer one."""


class BulkThreads(Generic[ItemT]):
    """Runs jobs, from the first `next_outcome` on."""

    def __init__(self, items: Iterable[ItemT], options: BulkOptions[ItemT], session: Session) -> None:
        self._items = items
        self._options = options
        self._session = session
        self._closing = Closing()
        self._outcomes: Outcomes[ItemT] = Outcomes()
        self._in_flight = Semaphore(options.max_in_flight)
        self._submits = Semaphore(options.max_concurrent_submits)
        self._jobs: set[BulkJob[ItemT]] = set()
        self._lock = Lock()
        self._callback_lock = Lock()
        self._changed = Event()
        self._reader: ThreadCall[None] | None = None
        self._taken: tuple[ItemT, Any] | None = None

    def next_outcome(self) -> tuple[ItemT, Any] | None:
        """Wait for the next outcome, and return it with its item; None when there are no more."""
        if self._reader is None:
            self._session.handler()  # raises if the client is closed
            self._reader = ThreadCall(self._read_items)
            if not self._reader.start_in_thread():
                raise ConfigurationError("run_all cannot start a thread", next_step="Nothing was submitted; use run() for each.")
        self._taken = None
        while True:
            all_ended = self._reader.done() and not self._jobs  # first: afterwards, no outcome can be added
            if self._outcomes.finished:
                self._taken = self._outcomes.finished[0]  # before it is removed: a Ctrl-C in between must not lose it
                self._outcomes.finished.popleft()
                self._in_flight.release()
                return self._taken
            if self._outcomes.failure is not None:
                raise self._outcomes.failure
            if all_ended:
                return None
            self._changed.wait(_WAIT_INTERVAL)
            self._changed.clear()

    def close(self, *, returned: bool) -> tuple[OrphanedJob, ...]:
        """Stop all jobs; return every job whose outcome was not returned. `returned`: the caller has the last one taken."""
        self._stop()
        seconds = self._options.submit_grace_period + self._options.cancel_timeout + 1.0
        try:
            self._wait_for_jobs(seconds)
            self._closing.forced.set()
            self._wait_for_jobs(1.0)
        except BaseException:  # a second Ctrl-C: there is no time left
            self._closing.forced.set()
            self._wait_for_jobs(1.0)
        with self._lock:  # the user's callback holds up what is left
            for job in self._jobs:
                if job.request_id is not None:
                    self._outcomes.orphaned.append(OrphanedJob(getattr(job.item, "model_id", None), job.request_id))
            self._jobs.clear()
        return self._outcomes.all_orphaned(None if returned else self._taken)

    def _stop(self) -> None:
        self._closing.requested.set()
        self._in_flight.release()  # for the reader, which may wait for them
        self._submits.release()

    def _fail(self, error: BaseException) -> None:
        """End the whole run."""
        if self._outcomes.failure is None:
            self._outcomes.failure = error
            self._stop()

    def _wait_for_jobs(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self._jobs and (left := end - time.monotonic()) > 0:
            self._changed.wait(min(left, _WAIT_INTERVAL))
            self._changed.clear()

    def _read_items(self) -> None:
        """Start a job for each item, as soon as it may be in flight and submitted.

        One thread reads all items, since an iterable may hold what belongs to its thread, such as a database cursor.
        """
        try:
            source = iter(self._items)
            while True:
                self._in_flight.acquire()
                self._submits.acquire()
                if self._closing.requested.is_set():
                    return
                job = BulkJob(next(source))
                with self._lock:
                    if self._closing.requested.is_set():
                        return
                    self._jobs.add(job)
                count_job(self._session.clock, "job_started")
                ThreadCall(partial(self._run, job)).start()
        except StopIteration:
            return
        except BaseException as error:
            self._fail(error)
        finally:
            self._changed.set()

    def _run(self, job: BulkJob[ItemT]) -> None:
        finished: Any = None
        interrupted: BaseException | None = None
        try:
            on_status = partial(self._on_status, job)
            finished = self._session.run(self._options.start(job.item), on_status=on_status, closing=self._closing)
        except ConfigurationError as error:  # the client was closed
            interrupted = error
            self._fail(error)
        except RunComfyError as error:
            if error is self._outcomes.failure:  # the user's callback raised it
                interrupted = error
            else:
                finished = error
        except BaseException as stop:
            interrupted = stop
        self._end_submit(job)
        count_job(self._session.clock, "job_ended")
        with self._lock:
            if job in self._jobs:  # else it was given up
                if interrupted is not None:
                    self._outcomes.add_interrupted(interrupted)
                elif finished is not None:
                    self._outcomes.finished.append((job.item, finished))
                self._jobs.discard(job)
        self._changed.set()

    def _on_status(self, job: BulkJob[ItemT], status: Any) -> None:
        job.request_id = status.request_id
        self._end_submit(job)
        if self._options.on_status is None:
            return
        while not self._callback_lock.acquire(timeout=_WAIT_INTERVAL):
            if self._closing.requested.is_set():
                raise RunClosed
        try:
            self._options.on_status(job.item, status)
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            self._callback_lock.release()

    def _end_submit(self, job: BulkJob[ItemT]) -> None:
        if job.is_submitting:
            job.is_submitting = False
            self._submits.release()

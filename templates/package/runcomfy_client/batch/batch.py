"""A batch in a folder. One process at a time plans it, runs it, resolves unknown jobs, and resumes it after an interruption."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, overload

from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.errors import BatchError, LedgerError
from runcomfy_client.batch.files import fsync_folder, remove_part_files
from runcomfy_client.batch.ledger import LEDGER_NAME, Ledger
from runcomfy_client.batch.local_files import check_media_host
from runcomfy_client.batch.plan import BatchJob, PlanResult, plan, requeue
from runcomfy_client.batch.process_lock import ProcessLock
from runcomfy_client.batch.resolution import resolve_job
from runcomfy_client.batch.runner import BatchLimits, BatchRunner, CountsCallback
from runcomfy_client.batch.spending import check_priced
from runcomfy_client.batch.states import RETRYABLE, Counts, Stage
from runcomfy_client.files.prepare import uploads_of
from runcomfy_client.requests import Request

if TYPE_CHECKING:
    from runcomfy_client.batch.fleet.shared_batch import SharedBatch

LOCK_NAME: Final = "batch.lock"
_RETRY: Final = "retry"
_SERVER: Final = "server"
_LOCATION: Final = "place"
_log = logging.getLogger("runcomfy_client")


@dataclass(frozen=True, slots=True)
class BatchReport:
    """The state of a batch after a run.

    Attributes:
        out: the folder of the batch, or the destination of its files.
        counts: the number of jobs in each stage.
        halted: why no more jobs were submitted although some are planned; None if all were submitted.
        unfinished: the number of jobs that this run stopped waiting for. They continue, and the next run resumes them.
        account_problem: True if the token or the account was the cause: correct that before you run the batch again.
        lost: the number of unfinished jobs that the API does not know (any more), or whose files are no longer available. A person
            must resolve them.
        unsaved: the number of jobs that have succeeded, but whose files are not saved.
        missing: the number of saved files that are no longer in the folder.
    """

    out: Path | str
    counts: Counts
    halted: str | None
    unfinished: int
    account_problem: bool = False
    lost: int = 0
    unsaved: int = 0
    missing: int = 0

    def __str__(self) -> str:
        counts = ", ".join(f"{self.counts[stage]:,} {stage}" for stage in Stage if self.counts[stage]) or "no jobs"
        return f"{self.out}: {counts}{f'; halted: {self.halted}' if self.halted else ''}"

    @property
    def is_done(self) -> bool:
        """True if all jobs have ended, and none is unknown."""
        open_jobs = self.counts[Stage.PLANNED] + self.counts[Stage.UNKNOWN] + self.counts.in_flight
        return not open_jobs and not self.unfinished and not self.unsaved


class Batch:
    """An open batch: `Batch(out)` is in a folder, for one process; `Batch(database=..., name=..., out=...)` is in PostgreSQL.

    Any number of workers can share a batch in PostgreSQL, see `runcomfy_client.batch.fleet.shared_batch.SharedBatch`.
    """

    # not an abstract base class: mypy would reject `Batch(...)`, although it returns an instance of a subclass

    @overload
    def __new__(cls, out: str | Path) -> FolderBatch: ...

    @overload
    def __new__(
        cls, out: str | None = None, *, database: str | None = None, name: str, shared: bool = False, lease: float = 60.0
    ) -> SharedBatch: ...

    def __new__(cls, *_arguments: Any, **options: Any) -> Batch:
        """Create the batch of a folder, or a batch in PostgreSQL if it has a name."""
        if cls is not Batch:
            return object.__new__(cls)
        if "name" not in options and "database" not in options:
            return object.__new__(FolderBatch)
        from runcomfy_client.batch.fleet.shared_batch import SharedBatch

        return object.__new__(SharedBatch)

    @property
    def counts(self) -> Counts:
        """The current number of jobs in each stage."""
        raise NotImplementedError  # not abstract, or type checkers would reject `Batch(...)`

    def plan(self, jobs: Iterable[BatchJob | Request[Any]]) -> PlanResult:
        """Plan a list of jobs. Jobs that were planned before keep their position; those that are not in the list are withdrawn."""
        raise NotImplementedError  # not abstract, or type checkers would reject `Batch(...)`

    def retry(self, stages: Iterable[Stage] = RETRYABLE) -> int:
        """Plan refused, failed and cancelled jobs again: each is a new submit. Return how many there are."""
        raise NotImplementedError  # not abstract, or type checkers would reject `Batch(...)`

    async def run(
        self, client: AsyncRunComfy, *, limits: BatchLimits | None = None, save: bool = True, on_status: CountsCallback = None
    ) -> BatchReport:
        """Submit the planned jobs, wait for all jobs, and save their files."""
        raise NotImplementedError  # not abstract, or type checkers would reject `Batch(...)`

    def resolve(self, key: str, *, request_id: str | None = None, requeue: bool = False, give_up: bool = False) -> None:
        """Resolve an unknown job: it was accepted, with `request_id`; or it was not, so `requeue` it; or `give_up`."""
        raise NotImplementedError  # not abstract, or type checkers would reject `Batch(...)`

    def stop(self) -> None:
        """Stop `run` cleanly: submit no more jobs, and wait for the submits in flight. A second call does not wait for them."""
        raise NotImplementedError  # not abstract, or type checkers would reject `Batch(...)`

    def close(self) -> None:
        """Close the batch."""
        raise NotImplementedError  # not abstract, or type checkers would reject `Batch(...)`

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        self.close()


class FolderBatch(Batch):
    """A batch in a folder. Opening it locks the folder for this process, and sets interrupted submits to `unknown`.

    Args:
        out: the folder of the ledger and the files; created if missing.

    Raises:
        BatchBusy: another process is using the folder.
        LedgerError: the ledger cannot be opened.
    """

    def __init__(self, out: str | Path) -> None:
        self.out = Path(out)
        try:
            self.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            dangling = self.out.is_symlink() and not self.out.exists()
            reason = "it is a link to a folder that does not exist" if dangling else error.strerror or error
            raise LedgerError(f"The folder {self.out} cannot be created: {reason}") from None
        has_begun = _has_begun(self.out)
        self._lock = ProcessLock(self.out / LOCK_NAME, what=f"the batch in {self.out}")
        self._runner: BatchRunner | None = None
        self._stopped = 0
        try:
            self.ledger = Ledger(self.out / LEDGER_NAME)
            self.recovered = self.ledger.recover()
            """The number of interrupted submits, which are now unknown."""
            self.copied_from = self._copied_from()
            """The path of the original if this ledger is a copy, or else None: jobs that are run in both are paid for twice."""
            self.ledger.set_meta("process", f"{os.getpid()} on {socket.gethostname()}")
            fsync_folder(self.out)  # without the ledger, all jobs would be planned, and paid for, again
            if not has_begun:
                self._lock.mark(self.out / LOCK_NAME)
        except BaseException:
            self._lock.release()
            raise

    @property
    def counts(self) -> Counts:
        """The current number of jobs in each stage."""
        return self.ledger.counts

    def plan(self, jobs: Iterable[BatchJob | Request[Any]]) -> PlanResult:
        """Plan a list of jobs. Jobs that were planned before keep their position; those that are not in the list are withdrawn.

        Raises:
            InvalidJobs: some jobs are invalid; nothing is planned.
        """
        return plan(self.ledger, jobs)

    def retry(self, stages: Iterable[Stage] = RETRYABLE) -> int:
        """Plan refused, failed and cancelled jobs again: each is a new submit. Return how many there are.

        This happens only once until a run has finished: repeating an interrupted run does not pay again for jobs that failed in it.
        """
        if self.ledger.get_meta(_RETRY) == "open":
            return 0
        count = requeue(self.ledger, stages)
        self.ledger.set_meta(_RETRY, "open")
        return count

    async def run(
        self, client: AsyncRunComfy, *, limits: BatchLimits | None = None, save: bool = True, on_status: CountsCallback = None
    ) -> BatchReport:
        """Submit the planned jobs, wait for all jobs, also those of earlier runs, and save their files.

        A cancellation waits for the submits in flight, and leaves all other jobs to the next run.

        Args:
            client: the client that submits the jobs.
            limits: the limits of the run.
            save: whether to save the files; if not, only the outputs are stored in the ledger.
            on_status: called with the counts whenever they change.

        Raises:
            LedgerError: the ledger could not be written; no job was submitted after that.
            BatchError: the batch was run on another server, or `max_usd` is set and the price of a job is not known.
            ConfigurationError: jobs have local files, but the client has no bucket.
        """
        if limits is not None and limits.max_usd is not None and not limits.allow_unpriced:
            check_priced(self.ledger.rows(Stage.PLANNED))  # before anything is submitted
        self._check_same_server(client._session.settings.origin.url)
        self._record_location()
        remove_part_files(
            self.out,
            {row.request_id for row in self.ledger.rows(Stage.SUCCEEDED, Stage.SUBMITTED, Stage.RUNNING) if row.request_id},
        )
        check_media_host(self.ledger.jobs_with_local_files(), uploads_of(client))
        batch_runner = BatchRunner(client, self.ledger, self.out, limits=limits or BatchLimits(), save=save, on_status=on_status)
        self._runner = batch_runner
        try:
            if self._stopped:
                batch_runner.stop()
            await batch_runner.run()
        finally:
            self._runner = None
        unsaved = self.counts[Stage.SUCCEEDED] if save else 0
        missing = len(self.ledger.missing_files())
        report = BatchReport(
            self.out,
            self.counts,
            batch_runner.halted,
            batch_runner.unfinished,
            batch_runner.account_problem,
            batch_runner.lost,
            unsaved,
            missing,
        )
        if not (report.unfinished or self.counts[Stage.PLANNED] or self.counts.in_flight):
            self.ledger.set_meta(_RETRY, "closed")
        return report

    def _copied_from(self) -> str | None:
        """Return the location of the last run if the ledger was another file then. A file that is moved remains the same."""
        location = self.ledger.get_meta(_LOCATION)
        if location is None or not self.counts.submits_billed:
            return None
        inode, _space, name = location.partition(" ")
        return None if inode == str(self.ledger.path.stat().st_ino) else name

    def _record_location(self) -> None:
        if self.copied_from is not None and self.counts[Stage.PLANNED]:
            _log.warning(
                "the ledger in %s is a copy of one in %s; jobs that are run in both are paid for twice", self.out, self.copied_from
            )
        location = f"{self.ledger.path.stat().st_ino} {self.out.absolute()} on {socket.gethostname()}"
        self.ledger.set_meta(_LOCATION, location)

    def _check_same_server(self, server: str) -> None:
        """Check that the batch runs on the server that has its jobs; on another server, they would be paid for again.

        Raises:
            BatchError: the batch was run on another server.
        """
        known = self.ledger.get_meta(_SERVER)
        if known not in (None, server) and self.counts.submits_billed:
            step = f"Set RUNCOMFY_BASE_URL, or base_url=, to {known}, or choose another folder. Nothing was sent."
            raise BatchError(f"The batch in {self.out} was run at {known}, not {server}", next_step=step)
        self.ledger.set_meta(_SERVER, server)

    def stop(self) -> None:
        """Stop `run` cleanly: submit no more jobs, and wait for the submits in flight. A second call does not wait for them."""
        self._stopped += 1
        if self._runner is not None:
            self._runner.stop()

    def resolve(self, key: str, *, request_id: str | None = None, requeue: bool = False, give_up: bool = False) -> None:
        """Resolve an unknown job, or one that the API does not know any more, in one of three ways.

        Args:
            key: the key of the job.
            request_id: the job was accepted, with this id: the next run waits for it.
            requeue: the job was not accepted: the next run submits it.
            give_up: the job is not needed any more.

        Raises:
            BatchError: the job does not exist, or its outcome is known, or a run can still wait for it.
            InvalidInput: `request_id` is not a valid request id.
            ValueError: not exactly one of `request_id`, `requeue` and `give_up` is used.
        """
        resolve_job(self.ledger, key, request_id=request_id, requeue=requeue, give_up=give_up)

    def close(self) -> None:
        """Close the ledger and release the lock on the folder."""
        try:
            self.ledger.close()
        finally:
            self._lock.release()


def _has_begun(out: Path) -> bool:
    """Return True if a batch was started in a folder. If its lock file is empty, the first process failed to write the ledger.

    Raises:
        LedgerError: a batch was started, but its ledger is missing; without it, all jobs would be paid for again.
    """
    ledger, lock = out / LEDGER_NAME, out / LOCK_NAME
    has_begun = lock.exists() and lock.stat().st_size > 0
    if has_begun and not (ledger.exists() and ledger.stat().st_size):
        step = (
            "Restore it, with its `-wal` file, or choose another folder. "
            f"If no job was submitted from this folder, delete {out / LOCK_NAME}."
        )
        raise LedgerError(f"A batch was run in {out}, but its ledger {ledger.name} is missing", next_step=step)
    return has_begun


async def run_batch(
    client: AsyncRunComfy,
    jobs: Iterable[BatchJob | Request[Any]],
    *,
    out: str | Path,
    limits: BatchLimits | None = None,
    save: bool = True,
    on_status: CountsCallback = None,
) -> BatchReport:
    """Run a list of jobs as a batch in a folder, or resume it after an interruption.

    All jobs are checked and planned before the first submit.

    Args:
        client: the client that submits the jobs.
        jobs: the jobs.
        out: the folder of the ledger and the files; created if missing.
        limits: the limits of the run.
        save: whether to save the files; if not, only the outputs are stored in the ledger.
        on_status: called with the counts whenever they change.

    Raises:
        InvalidJobs: some jobs are invalid; nothing was planned or sent.
        BatchBusy: another process is using the folder.
        BatchError: the batch was run on another server, or `max_usd` is set and the price of a job is not known.
        LedgerError: the ledger could not be written; no job was submitted after that.
        ConfigurationError: jobs have local files, but the client has no bucket.
    """
    with Batch(out) as batch:
        batch.plan(jobs)
        return await batch.run(client, limits=limits, save=save, on_status=on_status)

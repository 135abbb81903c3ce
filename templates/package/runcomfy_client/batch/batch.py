"""A batch in a folder: planned, run, resolved, and resumed after an interruption, by one process at a time."""

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
from runcomfy_client.batch.runner import BatchLimits, BatchRunner, CountsCallback
from runcomfy_client.batch.settlement import settle
from runcomfy_client.batch.spending import check_priced
from runcomfy_client.batch.states import RETRYABLE, Counts, Stage
from runcomfy_client.files.prepare import uploads_of
from runcomfy_client.requests import Request

if TYPE_CHECKING:
    from runcomfy_client.batch.fleet.shared import SharedBatch

LOCK_NAME: Final = "batch.lock"
_RETRY: Final = "retry"
_SERVER: Final = "server"
_PLACE: Final = "place"
_log = logging.getLogger("runcomfy_client")


@dataclass(frozen=True, slots=True)
class BatchReport:
    """The state of a batch after a run.

    Attributes:
        out: its folder, or the place for its files.
        counts: how many jobs are in each stage.
        halted: why no more were submitted though some are planned; None when all were.
        account_problem: whether the token or the account stopped it: fix that before you run it again.
        lost: those of the unfinished that the API does not know, or no more, or whose files are gone: for a human to settle.
        missing: files that were saved, and that are not in the folder any more.
        unsaved: jobs that have succeeded, and whose files were to be saved and are not.
        unfinished: jobs that were given up waiting for in this run. They go on; the next run picks them up.
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
        """Whether every job has ended and none is unknown."""
        left = self.counts[Stage.PLANNED] + self.counts[Stage.UNKNOWN] + self.counts.in_flight
        return not left and not self.unfinished and not self.unsaved


class Batch:
    """A batch, opened: `Batch(out)` is kept in a folder, for one process; `Batch(database=..., name=..., out=...)` in PostgreSQL.

    A batch in PostgreSQL is shared by any number of workers, see `runcomfy_client.batch.fleet.shared.SharedBatch`.
    """

    # not an abstract base class: mypy refuses calls of one, although `Batch(...)` returns a subclass

    @overload
    def __new__(cls, out: str | Path) -> FolderBatch: ...

    @overload
    def __new__(
        cls, out: str | None = None, *, database: str | None = None, name: str, shared: bool = False, lease: float = 60.0
    ) -> SharedBatch: ...

    def __new__(cls, *_arguments: Any, **options: Any) -> Batch:
        """Make the batch of a folder, or one in PostgreSQL where it has a name."""
        if cls is not Batch:
            return object.__new__(cls)
        if "name" not in options and "database" not in options:
            return object.__new__(FolderBatch)
        from runcomfy_client.batch.fleet.shared import SharedBatch

        return object.__new__(SharedBatch)

    @property
    def counts(self) -> Counts:
        """How many jobs are in each stage, at this moment."""
        raise NotImplementedError  # both subclasses do it

    def plan(self, jobs: Iterable[BatchJob | Request[Any]]) -> PlanResult:
        """Plan a list of jobs. Those planned before keep their place; those that are not in the list any more are withdrawn."""
        raise NotImplementedError  # both subclasses do it

    def retry(self, stages: Iterable[Stage] = RETRYABLE) -> int:
        """Plan refused, failed and cancelled jobs once more: each is a new submit. Return how many there are."""
        raise NotImplementedError  # both subclasses do it

    async def run(
        self, client: AsyncRunComfy, *, limits: BatchLimits | None = None, save: bool = True, on_status: CountsCallback = None
    ) -> BatchReport:
        """Submit what is planned, wait for all, and save the files of what succeeded."""
        raise NotImplementedError  # both subclasses do it

    def resolve(self, key: str, *, request_id: str | None = None, requeue: bool = False, give_up: bool = False) -> None:
        """Settle an unknown job: it was accepted under a `request_id`; or it was not, so plan it again; or give it up."""
        raise NotImplementedError  # both subclasses do it

    def stop(self) -> None:
        """Stop `run` cleanly: submit no more, and wait for the submits in flight. A second call does not wait for them."""
        raise NotImplementedError  # both subclasses do it

    def close(self) -> None:
        """Close it."""
        raise NotImplementedError  # both subclasses do it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        self.close()


class FolderBatch(Batch):
    """The batch of a folder. Opening it takes the folder for this process, and makes every interrupted submit `unknown`.

    Args:
        out: the folder of the ledger and the files; it is created if missing.

    Raises:
        BatchBusy: another process is working on it.
        LedgerError: its ledger cannot be opened.
    """

    def __init__(self, out: str | Path) -> None:
        self.out = Path(out)
        try:
            self.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            dangling = self.out.is_symlink() and not self.out.exists()
            why = "it is a link to a folder that does not exist" if dangling else error.strerror or error
            raise LedgerError(f"The folder {self.out} cannot be created: {why}") from None
        has_begun = _has_begun(self.out)
        self._lock = ProcessLock(self.out / LOCK_NAME, what=f"the batch in {self.out}")
        self._runner: BatchRunner | None = None
        self._stopped = 0
        try:
            self.ledger = Ledger(self.out / LEDGER_NAME)
            self.recovered = self.ledger.recover()
            """How many submits were found interrupted, and are unknown now."""
            self.copied_from = self._copied_from()
            """Where this ledger was last run, when it is a copy of that one: what is run in both places is paid for twice."""
            self.ledger.set_meta("process", f"{os.getpid()} on {socket.gethostname()}")
            fsync_folder(self.out)  # a ledger that is lost as a whole would be planned, and paid, once more
            if not has_begun:
                self._lock.mark(self.out / LOCK_NAME)
        except BaseException:
            self._lock.release()
            raise

    @property
    def counts(self) -> Counts:
        """How many jobs are in each stage, at this moment."""
        return self.ledger.counts

    def plan(self, jobs: Iterable[BatchJob | Request[Any]]) -> PlanResult:
        """Plan a list of jobs. Those planned before keep their place; those that are not in the list any more are withdrawn.

        Raises:
            InvalidJobs: some jobs are invalid; nothing is planned.
        """
        return plan(self.ledger, jobs)

    def retry(self, stages: Iterable[Stage] = RETRYABLE) -> int:
        """Plan refused, failed and cancelled jobs once more: each is a new submit. Return how many there are.

        That is done once, until a run has come to an end: whoever repeats a run that was interrupted does not pay for what has
        failed in it.
        """
        if self.ledger.get_meta(_RETRY) == "open":
            return 0
        count = requeue(self.ledger, stages)
        self.ledger.set_meta(_RETRY, "open")
        return count

    async def run(
        self, client: AsyncRunComfy, *, limits: BatchLimits | None = None, save: bool = True, on_status: CountsCallback = None
    ) -> BatchReport:
        """Submit what is planned, wait for all, and save the files of what succeeded; go on with whatever an earlier run has left.

        On cancellation, it waits for the submits in flight and leaves all other jobs to the next run.

        Raises:
            LedgerError: the ledger could not be written; no job was submitted after that.
            BatchError: it was run on another server, or a limit of money is set and the price of a job is not known.
        """
        if limits is not None and limits.max_usd is not None and not limits.allow_unpriced:
            check_priced(self.ledger.rows(Stage.PLANNED))  # before anything is submitted
        self._check_same_server(client._session.settings.origin.url)
        self._note_place()
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
        """Return where the ledger was last run, if that was another file: one that is moved stays the same."""
        place = self.ledger.get_meta(_PLACE)
        if place is None or not self.counts.submits_billed:
            return None
        inode, _blank, name = place.partition(" ")
        return None if inode == str(self.ledger.path.stat().st_ino) else name

    def _note_place(self) -> None:
        if self.copied_from is not None and self.counts[Stage.PLANNED]:
            _log.warning(
                "the ledger in %s is a copy of one in %s; what is run in both is paid for twice", self.out, self.copied_from
            )
        place = f"{self.ledger.path.stat().st_ino} {self.out.absolute()} on {socket.gethostname()}"
        self.ledger.set_meta(_PLACE, place)

    def _check_same_server(self, server: str) -> None:
        """Check that the batch runs on the server that has its jobs; on another one, they would be paid for again.

        Raises:
            BatchError: the batch was run on another server.
        """
        known = self.ledger.get_meta(_SERVER)
        if known not in (None, server) and self.counts.submits_billed:
            step = f"Set RUNCOMFY_BASE_URL, or base_url=, to {known}, or choose another folder. Nothing was sent."
            raise BatchError(f"The batch in {self.out} was run at {known}, and this is {server}", next_step=step)
        self.ledger.set_meta(_SERVER, server)

    def stop(self) -> None:
        """Stop `run` cleanly: submit no more, and wait for the submits in flight. A second call does not wait for them."""
        self._stopped += 1
        if self._runner is not None:
            self._runner.stop()

    def resolve(self, key: str, *, request_id: str | None = None, requeue: bool = False, give_up: bool = False) -> None:
        """Settle an unknown job: it was accepted under a `request_id`; or it was not, so plan it again; or give it up.

        A job that the API does not know any more is settled in the same way.

        Raises:
            BatchError: there is no such job, or its end is known or still to come.
            InvalidInput: that cannot be a request id.
        """
        settle(self.ledger, key, request_id=request_id, requeue=requeue, give_up=give_up)

    def close(self) -> None:
        """Close the ledger and release the lock on the folder."""
        try:
            self.ledger.close()
        finally:
            self._lock.release()


def _has_begun(out: Path) -> bool:
    """Return whether a batch was begun here: a lock file that is empty was left by one that could not even write its ledger.

    Raises:
        LedgerError: it was, but its ledger is missing; without it, every job would be paid for again.
    """
    ledger, lock = out / LEDGER_NAME, out / LOCK_NAME
    has_begun = lock.exists() and lock.stat().st_size > 0
    if has_begun and not (ledger.exists() and ledger.stat().st_size):
        step = (
            "Bring it back, with its `-wal` file, or choose another folder. "
            f"If nothing was submitted from here, delete {out / LOCK_NAME}."
        )
        raise LedgerError(f"A batch was run in {out}, and its ledger {ledger.name} is gone", next_step=step)
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
    """Run a list of jobs as the batch of a folder: the first time, and again after any interruption, until all have ended.

    Everything is checked and planned before the first submit. `on_status` is called with the counts whenever they change.

    Raises:
        InvalidJobs: some jobs are invalid; nothing was planned or sent.
        BatchBusy: another process is working on this batch.
        LedgerError: the ledger could not be written; no job was submitted after that.
    """
    with Batch(out) as batch:
        batch.plan(jobs)
        return await batch.run(client, limits=limits, save=save, on_status=on_status)

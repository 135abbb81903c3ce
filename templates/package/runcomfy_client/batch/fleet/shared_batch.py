"""A batch in PostgreSQL: planning, inspecting and resolving it, with a blocking connection."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any, Final, TypeVar

from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.batch import Batch, BatchReport
from runcomfy_client.batch.errors import BatchError, LedgerError
from runcomfy_client.batch.fleet.batches import SharedBatchState, find_batches, rebind
from runcomfy_client.batch.fleet.database import database_url, open_database, run_flow
from runcomfy_client.batch.fleet.input_links import upload_planned
from runcomfy_client.batch.fleet.records import WAKE, lock_batch, read_counts
from runcomfy_client.batch.fleet.remove import remove_batch
from runcomfy_client.batch.fleet.resolution import resolve_shared
from runcomfy_client.batch.fleet.results import check_place
from runcomfy_client.batch.fleet.shared_ledger import LEASE, SharedLedger
from runcomfy_client.batch.fleet.status import (
    SharedStatus,
    read_attempts,
    read_files,
    read_rows,
    read_status,
)
from runcomfy_client.batch.fleet.worker import Worker, check_no_timeout
from runcomfy_client.batch.local_files import check_media_host
from runcomfy_client.batch.plan import BatchJob, Listing, PlanResult, change_all, merge
from runcomfy_client.batch.records import Row, SavedFile
from runcomfy_client.batch.runner import BatchLimits, CountsCallback
from runcomfy_client.batch.spending import check_priced
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import RETRYABLE, Counts, Stage
from runcomfy_client.prices import to_decimal
from runcomfy_client.requests import Request

ResultT = TypeVar("ResultT")

_MAX_NAME: Final = 100
_MAX_CONCURRENT_SUBMITS: Final = 2**31 - 1
_MIN_RATE: Final = 1e-9  # as an interval, 30 years
_INSERT: Final = """
INSERT INTO batches (name, place, salt) VALUES (:batch, :place, :salt) ON CONFLICT (name) DO NOTHING
"""
_LIMITS: Final = """
UPDATE batches SET max_concurrent_submits = :max_concurrent_submits, submits_per_second = CAST(:per_second AS DOUBLE PRECISION),
    max_submits = CAST(:max_submits AS BIGINT), max_usd = CAST(:max_usd AS NUMERIC), allow_unpriced = :allow_unpriced,
    save = :save, halted = NULL, account_problem = FALSE,
    next_submit_at = CASE WHEN submits_per_second IS NOT DISTINCT FROM CAST(:per_second AS DOUBLE PRECISION)
        THEN next_submit_at ELSE NULL END
WHERE name = :batch
"""
_SAME_KEYS: Final = """
SELECT jobs.batch, count(*) FROM listed JOIN jobs ON jobs.key = listed.key AND jobs.body_sha256 = listed.body_sha256
    AND jobs.model = listed.model WHERE jobs.batch <> :batch AND jobs.attempt > 0 GROUP BY jobs.batch ORDER BY 2 DESC LIMIT 1
"""
_WITH_FILES: Final = """
SELECT count(DISTINCT key) FROM inputs JOIN jobs USING (batch, key) WHERE batch = :batch AND stage = 'planned'
"""
_CANCEL: Final = "UPDATE batches SET cancelled = TRUE WHERE name = :batch"
_RESUME: Final = """
UPDATE batches SET paused = FALSE, cancelled = FALSE, halted = NULL, account_problem = FALSE WHERE name = :batch
"""


class SharedBatch(Batch):
    """A batch in PostgreSQL, which any number of workers share. Create it with `Batch(database=..., name=..., out=...)`.

    Methods raise `LedgerError` if the database fails, and, except for `plan`, `BatchError` if the batch was removed.

    Args:
        database: the URL of PostgreSQL; by default, `RUNCOMFY_DATABASE` from the environment.
        name: the name of the batch: 1 to 100 printable characters.
        out: the URL of a bucket, or a folder, for the files; None for an existing batch.
        shared: True if every worker accesses that folder under this path.

    Raises:
        ConfigurationError: no database is set, psycopg is not installed, or files cannot be saved to `out`.
        BatchError: the batch does not exist and `out` is None, its files go elsewhere, or the tables have another version.
        LedgerError: the database failed.
    """

    def __init__(
        self, out: str | None = None, *, database: str | None = None, name: str, shared: bool = False, lease: float = LEASE
    ) -> None:
        if not 0 < len(name) <= _MAX_NAME or not name.isprintable():
            raise BatchError(f"The name of a batch is 1 to {_MAX_NAME} printable characters", next_step="Use another name.")
        self._url = database_url(database)
        self.name = name
        self.same_jobs: tuple[str, int] | None = None
        """Another batch that submitted some of the planned jobs, and their number: jobs in both batches are paid for twice."""
        self._lease = lease
        self._worker: Worker | None = None
        self._stopped = 0
        self._connection = open_database(self._url)
        try:
            place = None if out is None else check_place(out, shared=shared)
            known = self._state()
            if known is None and place is None:
                raise _no_batch(name)
            if known is not None and place is not None and not known.place:
                raise _of_pay_once(name)
            if known is not None and place not in (None, known.place):
                step = f"Use --out {known.place}, or another name for the batch. Nothing was planned."
                raise BatchError(f"The files of the batch {name!r} go to {known.place}", next_step=step)
            self.place = known.place if known is not None else str(place)
        except BaseException:
            self._connection.close()
            raise

    def _state(self) -> SharedBatchState | None:
        return next(iter(self._run(find_batches([self.name], external=True))), None)

    def _run(self, flow: Flow[ResultT]) -> ResultT:
        return run_flow(self._connection, flow)

    def _lock(self) -> Flow[None]:
        if not (yield from lock_batch(self.name)):
            raise _no_batch(self.name)

    @property
    def exists(self) -> bool:
        """Whether the batch is in the ledger: planning jobs creates it."""
        return self._state() is not None

    @property
    def counts(self) -> Counts:
        """How many jobs are in each stage, at this moment."""
        return self._run(read_counts(self.name))

    def plan(self, jobs: Iterable[BatchJob | Request[Any]]) -> PlanResult:
        """Plan a list of jobs, also while workers are running.

        Jobs that were planned before keep their position; planned jobs that are not in the list any more are withdrawn.

        Raises:
            InvalidJobs: some jobs are invalid; nothing is planned.
            LedgerError: the database failed.
        """
        listing = Listing(jobs)
        run_flow(self._connection, listing.write(), transaction=False)  # a temporary table: no other session waits for it
        return self._run(self._merge(listing))

    def _merge(self, listing: Listing) -> Flow[PlanResult]:
        own = {"batch": self.name}
        found = False
        while not found:  # between the two statements, it may be removed
            yield _INSERT, {**own, "place": self.place, "salt": secrets.token_hex(8)}
            found = yield from lock_batch(self.name)
        if (yield "SELECT 1 FROM batches WHERE name = :batch AND external", own):
            raise _of_pay_once(self.name)
        same = yield _SAME_KEYS, own
        self.same_jobs = (same[0][0], same[0][1]) if same else None
        result, _relisted = yield from merge(listing, self.name)
        yield "UPDATE batches SET cancelled = FALSE WHERE name = :batch", own
        yield WAKE, {}
        return result

    def retry(self, stages: Iterable[Stage] = RETRYABLE) -> int:
        """Plan refused, failed and cancelled jobs again, each as a new submit; return their number.

        Until all of them have ended, further calls have no effect, so a repeated call does not pay for jobs that failed meanwhile.
        """
        return self._run(self._retry(list(stages)))

    def _retry(self, stages: list[Stage]) -> Flow[int]:
        if not RETRYABLE.issuperset(stages):
            raise ValueError(f"only these stages can be retried: {', '.join(sorted(RETRYABLE))}")
        yield from self._lock()
        own = {"batch": self.name, "stages": [stage.value for stage in stages]}
        begun = yield "UPDATE batches SET retrying = TRUE WHERE name = :batch AND NOT retrying RETURNING 1", own
        if not begun:
            return 0
        count = yield from change_all(Stage.PLANNED, "stage = ANY(:stages)", own)
        yield "UPDATE batches SET cancelled = FALSE WHERE name = :batch", own
        yield WAKE, {}
        return count

    def pause(self) -> int:
        """Pause submits until `resume`; return the number of submits in flight. Running jobs continue."""
        return self._run(self._pause())

    def _pause(self) -> Flow[int]:
        yield from self._lock()
        yield "UPDATE batches SET paused = TRUE WHERE name = :batch", {"batch": self.name}
        found = yield "SELECT count(*) FROM jobs WHERE batch = :batch AND stage = 'submitting'", {"batch": self.name}
        return int(found[0][0])

    def resume(self, *, token: str | None = None) -> None:
        """Resume after a pause, a cancellation or a halt. Pass `token` if the token of the account was replaced."""
        self._run(self._resume(token))

    def _resume(self, token: str | None) -> Flow[None]:
        yield from self._lock()
        if token is not None:
            yield from rebind(self.name, token)
        yield _RESUME, {"batch": self.name}
        yield WAKE, {}

    def cancel(self) -> int:
        """Withdraw the planned jobs, and let the workers cancel the queued ones; return the number of withdrawn jobs.

        Running jobs cannot be cancelled. To undo the withdrawal, plan the jobs again.
        """
        return self._run(self._cancel())

    def _cancel(self) -> Flow[int]:
        yield from self._lock()
        yield _CANCEL, {"batch": self.name}
        count = yield from change_all(Stage.WITHDRAWN, "stage = 'planned'", {"batch": self.name})
        yield WAKE, {}
        return count

    def resolve(
        self,
        key: str,
        *,
        request_id: str | None = None,
        requeue: bool = False,
        give_up: bool = False,
        worker_gone: bool = False,
        stray: str | None = None,
    ) -> None:
        """Resolve a job that is unknown, lost or stray, in one of four ways.

        Args:
            key: the key of the job.
            request_id: the job was accepted, with this id.
            requeue: the job was not accepted, and is planned again. Refused while its worker may still submit it.
            give_up: the job is not needed any more.
            worker_gone: with `requeue`: you have checked that its worker has ended.
            stray: you have handled the job with this request id, for which no worker waits.

        Raises:
            BatchError: the job does not exist, its outcome is known, a worker waits for it, or its worker may still submit it.
            InvalidInput: `request_id` is not a valid request id.
            ValueError: not exactly one of `request_id`, `requeue`, `give_up` and `stray` is used.
        """
        self._run(
            resolve_shared(
                self.name, key, request_id=request_id, requeue=requeue, give_up=give_up, worker_gone=worker_gone, stray=stray
            )
        )

    def remove(self, *, forget_keys: bool = False) -> int:
        """Remove the ended batch from the ledger, with its jobs, events and costs; return how many jobs it had. Its files stay.

        The same jobs in a new batch are new submits, and are paid for again.

        Args:
            forget_keys: required for a batch of `pay_once`: a step that an engine repeats afterwards pays again.

        Raises:
            BatchError: some jobs have not ended or are to be resolved, a worker may still record an outcome, or `forget_keys` is
                required. Nothing is removed.
        """
        return self._run(remove_batch(self.name, forget_keys=forget_keys))

    def set_limits(self, limits: BatchLimits, *, save: bool = True) -> None:
        """Set the limits of the batch for all workers together. If the batch was halted, it continues.

        Raises:
            BatchError: `limits` has a timeout, or `max_usd` and the price of a job is not known.
        """
        check_no_timeout(limits)
        if limits.max_usd is not None and not limits.allow_unpriced:
            check_priced(self.rows(Stage.PLANNED))
        values = {
            "max_concurrent_submits": min(limits.max_concurrent_submits, _MAX_CONCURRENT_SUBMITS),
            "per_second": limits.submits_per_second and max(limits.submits_per_second, _MIN_RATE),
            "max_submits": limits.max_submits,
            "max_usd": limits.max_usd,
            "allow_unpriced": limits.allow_unpriced,
        }
        self._run(_perform(_LIMITS, {**values, "batch": self.name, "save": save}, WAKE))

    async def run(
        self, client: AsyncRunComfy, *, limits: BatchLimits | None = None, save: bool = True, on_status: CountsCallback = None
    ) -> BatchReport:
        """Work on the batch, together with other workers, until none of its jobs is open.

        On cancellation, it waits for the submits in flight and leaves all other jobs to the other workers.

        Raises:
            LedgerError: the database failed; `orphans` has the accepted jobs that could not be recorded.
            BatchError: the batch belongs to another server or account, or `max_usd` is set and the price of a job is not known.
        """
        limits = limits or BatchLimits()
        self.set_limits(limits, save=save)
        check_media_host(self._run(_count_with_files(self.name)), client._uploads)
        ledger = SharedLedger(self._url, lease=self._lease)
        await ledger.start()
        worker = self._worker = Worker(client, ledger, names=[self.name], limits=limits)
        watching = asyncio.create_task(_watch(ledger, self.name, on_status))
        watching.add_done_callback(partial(_end_on_error, worker))
        try:
            if client._uploads is not None:
                await upload_planned(ledger, client._uploads, self.name)
            for _ in range(self._stopped):
                worker.stop()
            await worker.run()
        except BatchError as error:
            _raise_orphans(worker, error.message)
            raise
        finally:
            self._worker = None
            watching.cancel()
            await ledger.close()
        _raise_orphans(worker, "The database of the ledger is unreachable")  # a report would wait for it
        return self._report(save=save)

    def _report(self, *, save: bool) -> BatchReport:
        status, state = self.status(), self._state()
        counts = status.counts
        open_jobs = counts.in_flight + (counts[Stage.SUCCEEDED] if save else 0) - status.lost
        return BatchReport(
            self.place,
            counts,
            state.halted if state is not None else None,
            max(0, open_jobs) + status.lost,
            state is not None and state.account_problem,
            status.lost + status.strays,
            counts[Stage.SUCCEEDED] if save else 0,
        )

    def status(self) -> SharedStatus:
        """Return the jobs, spending and workers of the batch, and the jobs that a person has to resolve."""
        return self._run(read_status(self.name))

    def rows(self, *stages: Stage) -> Iterator[Row]:
        """Yield the rows in these stages, or all rows, in the order of the batch."""
        after = -1
        while page := self._run(read_rows(self.name, stages, after)):
            after = page[-1].position
            yield from page

    def files(self, row: Row) -> list[SavedFile]:
        """Return the saved files of a row."""
        return self._run(read_files(self.name, row))

    def attempts(self) -> Iterator[tuple[str, Decimal | None, Decimal | None]]:
        """Yield the model, estimate and cost in USD of every attempt that may have been billed."""
        for model, estimate, cost in self._run(read_attempts(self.name)):
            yield model, to_decimal(estimate), to_decimal(cost)

    def stop(self) -> None:
        """Stop `run`: no further submits, and wait for those in flight. A second call cancels them."""
        self._stopped += 1
        if self._worker is not None:
            self._worker.stop()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _no_batch(name: str) -> BatchError:
    step = "Check the name: `runcomfy-py batch status` lists the batches of this ledger."
    return BatchError(f"There is no batch {name!r} in this ledger", next_step=step)


def _of_pay_once(name: str) -> BatchError:
    step = "Use another name. Nothing was planned."
    return BatchError(f"The batch {name!r} has the jobs of `pay_once`, and workers do not process them", next_step=step)


def _perform(sql: str, values: dict[str, object], *more: str) -> Flow[None]:
    yield sql, values
    for one in more:
        yield one, {}


def _count_with_files(batch: str) -> Flow[int]:
    found = yield _WITH_FILES, {"batch": batch}
    return int(found[0][0])


async def _watch(ledger: SharedLedger, batch: str, on_status: CountsCallback) -> None:
    """Call `on_status` with the counts about once a second."""
    while on_status is not None:
        on_status(await ledger.run(partial(read_counts, batch)))
        await asyncio.sleep(1.0)


def _end_on_error(worker: Worker, watching: asyncio.Task[None]) -> None:
    """End a worker with the error of `on_status`, or of its query."""
    if not watching.cancelled() and (error := watching.exception()) is not None:
        worker.fail(error)


def _raise_orphans(worker: Worker, message: str) -> None:
    """Raise an error with the accepted jobs of a worker that could not be recorded, if there are any."""
    if worker.orphans:
        step = "Resolve these jobs with the ids when the database is available; nothing else is lost."
        orphans = [(key, request_id) for _batch, key, request_id in worker.orphans]
        raise LedgerError(message, orphans=orphans, next_step=step) from None

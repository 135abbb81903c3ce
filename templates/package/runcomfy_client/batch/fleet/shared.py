"""A batch in PostgreSQL, as those see it who plan it, look at it and settle it: with a blocking connection."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any, Final, TypeVar

from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.batch import Batch, BatchReport
from runcomfy_client.batch.errors import BatchError
from runcomfy_client.batch.fleet.batches import SharedBatchState, find_batches, rebind
from runcomfy_client.batch.fleet.database import database_url, open_database, run_flow
from runcomfy_client.batch.fleet.links import upload_planned
from runcomfy_client.batch.fleet.records import WAKE, lock_batch, read_counts
from runcomfy_client.batch.fleet.remove import remove_batch
from runcomfy_client.batch.fleet.results import check_place
from runcomfy_client.batch.fleet.settle import settle_shared
from runcomfy_client.batch.fleet.shared_ledger import LEASE, SharedLedger
from runcomfy_client.batch.fleet.status import (
    BatchSummary,
    SharedStatus,
    list_batches,
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
_INSERT: Final = """
INSERT INTO batches (name, place, salt) VALUES (:batch, :place, :salt) ON CONFLICT (name) DO NOTHING
"""
_LIMITS: Final = """
UPDATE batches SET max_concurrent_submits = :places, submits_per_second = CAST(:per_second AS DOUBLE PRECISION),
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
    """A batch in PostgreSQL, which any number of workers share: made by `Batch(database=..., name=..., out=...)`.

    Args:
        database: the address of PostgreSQL; by default `RUNCOMFY_DATABASE` from the environment.
        name: its name in the ledger: 1 to 100 printable characters.
        out: where the files go, the URL of a bucket, or a folder; None for a batch that is there.
        shared: that every worker sees that folder under this path.

    Raises:
        ConfigurationError: no database is set, psycopg is not installed, or the files cannot go there.
        BatchError: there is no such batch and no `out`, it has another place, or the ledger is of another version.
        LedgerError: the database cannot be used.
    """

    def __init__(
        self, out: str | None = None, *, database: str | None = None, name: str, shared: bool = False, lease: float = LEASE
    ) -> None:
        if not 0 < len(name) <= _MAX_NAME or not name.isprintable():
            raise BatchError(f"The name of a batch is 1 to {_MAX_NAME} printable characters")
        self._url = database_url(database)
        self.name = name
        self.same_jobs: tuple[str, int] | None = None
        """Another batch that has submitted some of the jobs that were planned, and how many: what is in both is paid for twice."""
        self._lease = lease
        self._worker: Worker | None = None
        self._stopped = 0
        self._connection = open_database(self._url)
        try:
            place = None if out is None else check_place(out, shared=shared)
            known = self._state()
            if known is None and place is None:
                step = "Look at its name: `runcomfy-py batch status` lists the batches of this ledger."
                raise BatchError(f"There is no batch {name!r} in this ledger", next_step=step)
            if known is not None and place not in (None, known.place):
                step = f"Say --out {known.place}, or give the batch another name. Nothing was planned."
                raise BatchError(f"The files of the batch {name!r} go to {known.place}", next_step=step)
            self.place = known.place if known is not None else str(place)
        except BaseException:
            self._connection.close()
            raise

    def _state(self) -> SharedBatchState | None:
        return next(iter(self._run(find_batches([self.name], external=True))), None)

    def _run(self, flow: Flow[ResultT]) -> ResultT:
        return run_flow(self._connection, flow)

    @property
    def counts(self) -> Counts:
        """How many jobs are in each stage, at this moment."""
        return self._run(read_counts(self.name))

    def plan(self, jobs: Iterable[BatchJob | Request[Any]]) -> PlanResult:
        """Plan a list of jobs, also while workers are at work on others.

        Those planned before keep their place; those that are not in the list any more are withdrawn.

        Raises:
            InvalidJobs: some jobs are invalid; nothing is planned.
            LedgerError: it could not be written.
        """
        listing = Listing(jobs)
        run_flow(self._connection, listing.write(), transaction=False)  # a temporary table: nobody waits for it
        return self._run(self._merge(listing))

    def _merge(self, listing: Listing) -> Flow[PlanResult]:
        own = {"batch": self.name}
        yield _INSERT, {**own, "place": self.place, "salt": secrets.token_hex(8)}
        yield from lock_batch(self.name)
        same = yield _SAME_KEYS, own
        self.same_jobs = (same[0][0], same[0][1]) if same else None
        result, _relisted = yield from merge(listing, self.name)
        yield "UPDATE batches SET cancelled = FALSE WHERE name = :batch", own
        yield WAKE, {}
        return result

    def retry(self, stages: Iterable[Stage] = RETRYABLE) -> int:
        """Plan refused, failed and cancelled jobs once more: each is a new submit. Return how many there are.

        That is done once, until all jobs have ended: whoever repeats it does not pay for what has failed meanwhile.
        """
        return self._run(self._retry(list(stages)))

    def _retry(self, stages: list[Stage]) -> Flow[int]:
        if not RETRYABLE.issuperset(stages):
            raise ValueError(f"only jobs that are {', '.join(sorted(RETRYABLE))} are tried again")
        yield from lock_batch(self.name)
        own = {"batch": self.name, "stages": [stage.value for stage in stages]}
        begun = yield "UPDATE batches SET retrying = TRUE WHERE name = :batch AND NOT retrying RETURNING 1", own
        if not begun:
            return 0
        count = yield from change_all(Stage.PLANNED, "stage = ANY(:stages)", own)
        yield "UPDATE batches SET cancelled = FALSE WHERE name = :batch", own
        yield WAKE, {}
        return count

    def pause(self) -> int:
        """Let nobody submit more, until `resume`; return how many submits are still under way. Jobs that run go on."""
        return self._run(self._pause())

    def _pause(self) -> Flow[int]:
        yield from lock_batch(self.name)
        yield "UPDATE batches SET paused = TRUE WHERE name = :batch", {"batch": self.name}
        found = yield "SELECT count(*) FROM jobs WHERE batch = :batch AND stage = 'submitting'", {"batch": self.name}
        return int(found[0][0])

    def resume(self, *, token: str | None = None) -> None:
        """Go on after a pause, a cancellation, or whatever has halted the batch. `token`: let it run with that one from now on."""
        self._run(self._resume(token))

    def _resume(self, token: str | None) -> Flow[None]:
        yield from lock_batch(self.name)
        if token is not None:
            yield from rebind(self.name, token)
        yield _RESUME, {"batch": self.name}
        yield WAKE, {}

    def cancel(self) -> int:
        """Withdraw what is planned, and have the workers cancel the jobs that are queued; return how many are withdrawn.

        A job that runs already cannot be cancelled. Planning the jobs again takes it back.
        """
        return self._run(self._cancel())

    def _cancel(self) -> Flow[int]:
        yield from lock_batch(self.name)
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
        """Settle an unknown job: it was accepted under a `request_id`; or it was not, so plan it again; or give it up.

        Args:
            key: the job.
            request_id: the id under which it was accepted.
            requeue: plan it again. Refused as long as the worker that meant to submit it may wake up and do so.
            give_up: it is not wanted any more.
            worker_gone: with `requeue`, that you have made sure that this worker has ended.
            stray: instead of all that, that the job of this request id, which nobody waits for, has been seen to.

        Raises:
            BatchError: there is no such job, its end is known or still to come, or its worker may still wake up.
            InvalidInput: that cannot be a request id.
        """
        self._run(
            settle_shared(
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
        """Set the limits of the batch as a whole, and let it go on if one of them had halted it.

        Raises:
            BatchError: a timeout is set, or a limit of money and the price of a job is not known.
        """
        check_no_timeout(limits)
        if limits.max_usd is not None and not limits.allow_unpriced:
            check_priced(self.rows(Stage.PLANNED))
        values = {
            "places": limits.max_concurrent_submits,
            "per_second": limits.submits_per_second,
            "max_submits": limits.max_submits,
            "max_usd": limits.max_usd,
            "allow_unpriced": limits.allow_unpriced,
        }
        self._run(_perform(_LIMITS, {**values, "batch": self.name, "save": save}, WAKE))

    async def run(
        self, client: AsyncRunComfy, *, limits: BatchLimits | None = None, save: bool = True, on_status: CountsCallback = None
    ) -> BatchReport:
        """Work on the batch, beside any other workers, until nothing of it is open.

        On cancellation, it waits for the submits in flight and leaves all other jobs to the other workers.

        Raises:
            LedgerError: the ledger cannot be used.
            BatchError: it runs on another server or account, or a limit of money is set and the price of a job is not known.
        """
        limits = limits or BatchLimits()
        self.set_limits(limits, save=save)
        check_media_host(self._run(_count_with_files(self.name)), client._uploads)
        ledger = SharedLedger(self._url, lease=self._lease)
        await ledger.start()
        worker = self._worker = Worker(client, ledger, names=[self.name], limits=limits)
        watching = asyncio.create_task(_watch(ledger, self.name, on_status))
        try:
            if client._uploads is not None:
                await upload_planned(ledger, client._uploads, self.name)
            for _ in range(self._stopped):
                worker.stop()
            report = await worker.run()
        finally:
            self._worker = None
            watching.cancel()
            await ledger.close()
        return self._report(save=save, orphans=len(report.orphans))

    def _report(self, *, save: bool, orphans: int) -> BatchReport:
        status, state = self.status(), self._state()
        counts = status.counts
        open_jobs = counts.in_flight + (counts[Stage.SUCCEEDED] if save else 0) - status.lost
        return BatchReport(
            self.place,
            counts,
            state.halted if state is not None else None,
            max(0, open_jobs) + status.lost,
            state is not None and state.account_problem,
            status.lost + orphans + status.strays,
            counts[Stage.SUCCEEDED] if save else 0,
        )

    def status(self) -> SharedStatus:
        """Return how the batch stands: jobs, money, workers, and what a human has to see to."""
        return self._run(read_status(self.name))

    def rows(self, *stages: Stage) -> Iterator[Row]:
        """Yield the rows of some stages, or all, in the order of the batch."""
        after = -1
        while page := self._run(read_rows(self.name, stages, after)):
            after = page[-1].position
            yield from page

    def files(self, row: Row) -> list[SavedFile]:
        """Return the files that were saved for a row."""
        return self._run(read_files(self.name, row))

    def attempts(self) -> Iterator[tuple[str, Decimal | None, Decimal | None]]:
        """Yield model, estimate and cost in USD of every attempt that may have been billed."""
        for model, estimate, cost in self._run(read_attempts(self.name)):
            yield model, to_decimal(estimate), to_decimal(cost)

    def stop(self) -> None:
        """Stop `run` cleanly: submit no more, and wait for the submits in flight. A second call does not wait for them."""
        self._stopped += 1
        if self._worker is not None:
            self._worker.stop()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def all_batches(database: str | None = None) -> list[BatchSummary]:
    """Return the batches of a ledger.

    Raises:
        ConfigurationError: no database is set, or psycopg is not installed.
        BatchError: the ledger is of another version.
        LedgerError: the database cannot be used.
    """
    with open_database(database_url(database)) as connection:
        return run_flow(connection, list_batches())


def _perform(sql: str, values: dict[str, object], *more: str) -> Flow[None]:
    yield sql, values
    for one in more:
        yield one, {}


def _count_with_files(batch: str) -> Flow[int]:
    found = yield _WITH_FILES, {"batch": batch}
    return int(found[0][0])


async def _watch(ledger: SharedLedger, batch: str, on_status: CountsCallback) -> None:
    """Call back with the counts, about once a second."""
    while on_status is not None:
        on_status(await ledger.run(partial(read_counts, batch)))
        await asyncio.sleep(1.0)

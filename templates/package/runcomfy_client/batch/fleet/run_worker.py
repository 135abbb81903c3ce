"""The function `work`: opens the ledger, runs a worker until no job is open, and closes the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.errors import BatchError
from runcomfy_client.batch.fleet.batches import find_batches
from runcomfy_client.batch.fleet.database import database_url
from runcomfy_client.batch.fleet.shared_ledger import LEASE, SharedLedger
from runcomfy_client.batch.fleet.worker import Worker, WorkReport
from runcomfy_client.batch.runner import BatchLimits


async def work(
    client: AsyncRunComfy,
    *,
    database: str | None = None,
    names: Sequence[str] | None = None,
    stay: bool = False,
    limits: BatchLimits | None = None,
    lease: float = LEASE,
    on_start: Callable[[Worker], object] | None = None,
) -> WorkReport:
    """Work on the batches of a shared ledger, together with any number of other workers, until no job is open.

    Args:
        client: the client that submits.
        database: the URL of PostgreSQL; by default, `RUNCOMFY_DATABASE` from the environment.
        names: the batches; by default, all of this server and token.
        stay: True to wait for new jobs when no job is open.
        limits: `max_in_flight` and `downloads` of this worker. All other limits are those of the batch, and ignored here.
        lease: seconds without a heartbeat after which this worker expires.
        on_start: called with the worker; its method `stop()` ends the work.

    Raises:
        ConfigurationError: no database is set, or psycopg is not installed.
        BatchError: `limits` has a timeout, a named batch does not exist and `stay` is false, the tables have another version, or
            the batches belong to another server or account.
        LedgerError: the database failed.
    """
    ledger = SharedLedger(database_url(database), lease=lease)
    worker = Worker(client, ledger, names=names, stay=stay, limits=limits)
    await ledger.start()
    try:
        if names is not None and not stay:
            await _check_names(ledger, names)
        if on_start is not None:
            on_start(worker)
        return await worker.run()
    finally:
        await ledger.close()


async def _check_names(ledger: SharedLedger, names: Sequence[str]) -> None:
    known = {batch.name for batch in await ledger.run(partial(find_batches, names))}
    for name in names:
        if name not in known:
            step = "`runcomfy-py batch status` lists the batches; to wait until a batch is planned, use --stay (`stay=True`)."
            raise BatchError(f"There is no batch {name!r} for workers in this ledger", next_step=step)

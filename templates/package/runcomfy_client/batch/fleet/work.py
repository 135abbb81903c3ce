"""What a worker process does: open the ledger, work until nothing is open, and end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runcomfy_client.async_client import AsyncRunComfy
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
    """Work on the batches of a shared ledger, beside any number of other workers, until nothing is open.

    Args:
        client: what to submit with.
        database: the address of PostgreSQL; by default `RUNCOMFY_DATABASE` from the environment.
        names: the batches; by default all that run at this server with this token.
        stay: whether to wait for more when nothing is open.
        limits: how much this worker does at a time: `max_in_flight` and `downloads`. The limits of money and of submits are the
            batch's, and ignored here.
        lease: seconds after which this worker expires if it sends no heartbeat.
        on_start: called with the worker, whose `stop()` ends the work.

    Raises:
        ConfigurationError: no database is set, or psycopg is not installed.
        BatchError: `limits` has a timeout, the ledger is of another version, or its batches belong to another server or account.
        LedgerError: the ledger cannot be used.
    """
    ledger = SharedLedger(database_url(database), lease=lease)
    worker = Worker(client, ledger, names=names, stay=stay, limits=limits)
    await ledger.start()
    if on_start is not None:
        on_start(worker)
    return await worker.run()

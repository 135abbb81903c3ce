"""Removes an ended batch from a shared ledger."""

from __future__ import annotations

from typing import Final

from runcomfy_client._core.plain_text import count_of
from runcomfy_client.batch.errors import BatchError
from runcomfy_client.batch.fleet.records import lock_batch
from runcomfy_client.batch.fleet.status import read_status
from runcomfy_client.batch.fleet.worker_registry import SURELY_ENDED
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.states import Stage

_KIND: Final = "SELECT external, save FROM batches WHERE name = :batch"
_MAY_WAKE: Final = """
SELECT intent.key, workers.id FROM events AS intent JOIN workers ON workers.id = intent.worker
WHERE intent.batch = :batch AND intent.stage = 'submitting' AND ended_at IS NULL
    AND expired_at > clock_timestamp() - :seconds * interval '1 second'
    AND NOT EXISTS (SELECT 1 FROM events AS outcome WHERE outcome.batch = intent.batch AND outcome.key = intent.key
        AND outcome.attempt = intent.attempt AND outcome.worker = intent.worker AND outcome.number > intent.number)
LIMIT 1
"""
"""It reads the events, since `jobs.worker` becomes the worker that takes over the job."""
_TABLES: Final = ("files", "attempts", "inputs", "events", "jobs")


def remove_batch(batch: str, *, forget_keys: bool) -> Flow[int]:
    """Delete a batch with its jobs, events, costs and the records of its files; return the number of jobs.

    Raises:
        BatchError: there is no such batch; some jobs have not ended, or a person has to resolve them; a worker may still record an
            outcome; or the batch has the keys of `pay_once`, and `forget_keys` is false.
    """
    own = {"batch": batch}
    yield from lock_batch(batch)
    status = yield from read_status(batch)
    [[external, save]] = yield _KIND, own
    counts = status.counts
    if external:  # workers do not wait for its jobs
        unfinished = counts[Stage.SUBMITTING]
    else:
        unfinished = counts[Stage.PLANNED] + counts.in_flight + (counts[Stage.SUCCEEDED] if save else 0) - status.lost
    to_resolve = counts[Stage.UNKNOWN] + status.lost + status.strays
    if unfinished > 0:
        step = f"Let workers finish them, or run `runcomfy-py batch cancel {batch}`. Nothing was removed."
        if unfinished == counts[Stage.SUCCEEDED]:
            step = (
                f"They have succeeded, and their files are not saved. Run `runcomfy-py worker {batch}`; or, if you do not need the "
                f"files, `runcomfy-py batch JOBS --name {batch} --no-save`. Nothing was removed."
            )
        raise BatchError(f"The batch {batch!r} has {count_of(unfinished, 'unfinished job')}", next_step=step)
    if to_resolve:
        step = f"`runcomfy-py batch report {batch}` lists them; run `runcomfy-py batch resolve {batch} KEY`. Nothing was removed."
        jobs = count_of(to_resolve, "job")
        raise BatchError(f"The batch {batch!r} has {jobs} to resolve: unknown, lost or stray", next_step=step)
    if found := (yield _MAY_WAKE, {**own, "seconds": SURELY_ENDED}):
        key, worker = found[0]
        step = "Remove it when the worker has expired for 24 hours. Nothing was removed."
        raise BatchError(f"The worker {worker} may still record the outcome of {key!r}", next_step=step)
    if external and not forget_keys:
        step = "If no engine can repeat these steps any more, pass --forget-keys (`forget_keys=True`). Nothing was removed."
        raise BatchError(f"The batch {batch!r} contains the keys that prevent `pay_once` from paying twice", next_step=step)
    for table in _TABLES:
        yield f"DELETE FROM {table} WHERE batch = :batch", own
    yield "DELETE FROM batches WHERE name = :batch", own
    return counts.total

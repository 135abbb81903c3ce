"""Many paid jobs that survive a crash: planned, submitted at most once each, waited for, and saved, with a ledger on the disk.

    from runcomfy_client import AsyncRunComfy
    from runcomfy_client.batch import read_jobs, run_batch

    async with AsyncRunComfy() as client:
        report = await run_batch(client, read_jobs("jobs.jsonl"), out="clips")

Kill it at any moment and run the same again: it goes on. Whatever may have been submitted already is never submitted again by
itself; what cannot be known is `unknown`, and `Batch.resolve` settles it.
"""

from __future__ import annotations

from runcomfy_client.batch.batch import Batch, BatchReport, FolderBatch, run_batch
from runcomfy_client.batch.engine import BatchLimits
from runcomfy_client.batch.errors import BatchBusy, BatchError, InvalidJobs, LedgerError, LineProblem
from runcomfy_client.batch.ledger_reader import read_ledger
from runcomfy_client.batch.plan import BatchJob
from runcomfy_client.batch.records import Row, SavedFile
from runcomfy_client.batch.report import write_report
from runcomfy_client.batch.sources import read_jobs
from runcomfy_client.batch.states import Counts, Stage

__all__ = [
    "Batch",
    "BatchBusy",
    "BatchError",
    "BatchJob",
    "BatchLimits",
    "BatchReport",
    "Counts",
    "FolderBatch",
    "InvalidJobs",
    "LedgerError",
    "LineProblem",
    "Row",
    "SavedFile",
    "Stage",
    "read_jobs",
    "read_ledger",
    "run_batch",
    "write_report",
]

"""Runs many paid jobs, and resumes after a crash: each job is submitted at most once, and recorded in a ledger on the disk.

    from runcomfy_client import AsyncRunComfy
    from runcomfy_client.batch import read_jobs, run_batch

    async with AsyncRunComfy() as client:
        report = await run_batch(client, read_jobs("jobs.jsonl"), out="clips")

If the process is killed, run the same again: it continues. A job that may have been submitted is never submitted again
automatically; if its outcome is not known, it is `unknown`, and `Batch.resolve` resolves it.

`Batch(database=..., name=..., out=...)` stores the ledger in PostgreSQL, where any number of workers (`work`) share it; `pay_once`
submits one request at most once, within a step of a workflow engine that repeats its steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_client._lazy import loader

if TYPE_CHECKING:
    from runcomfy_client.batch.batch import Batch as Batch
    from runcomfy_client.batch.batch import BatchReport as BatchReport
    from runcomfy_client.batch.batch import FolderBatch as FolderBatch
    from runcomfy_client.batch.batch import run_batch as run_batch
    from runcomfy_client.batch.errors import BatchBusy as BatchBusy
    from runcomfy_client.batch.errors import BatchError as BatchError
    from runcomfy_client.batch.errors import InvalidJobs as InvalidJobs
    from runcomfy_client.batch.errors import LedgerError as LedgerError
    from runcomfy_client.batch.errors import LineProblem as LineProblem
    from runcomfy_client.batch.fleet.pay_once import Paid as Paid
    from runcomfy_client.batch.fleet.pay_once import PayOutcome as PayOutcome
    from runcomfy_client.batch.fleet.pay_once import Refused as Refused
    from runcomfy_client.batch.fleet.pay_once import Unknown as Unknown
    from runcomfy_client.batch.fleet.pay_once import pay_once as pay_once
    from runcomfy_client.batch.fleet.run_worker import work as work
    from runcomfy_client.batch.fleet.shared_batch import SharedBatch as SharedBatch
    from runcomfy_client.batch.fleet.shared_ledger import SharedLedger as SharedLedger
    from runcomfy_client.batch.fleet.shared_ledger import open_ledger as open_ledger
    from runcomfy_client.batch.fleet.status import SharedStatus as SharedStatus
    from runcomfy_client.batch.fleet.status import WorkerStatus as WorkerStatus
    from runcomfy_client.batch.fleet.worker import Worker as Worker
    from runcomfy_client.batch.fleet.worker import WorkReport as WorkReport
    from runcomfy_client.batch.ledger_reader import read_ledger as read_ledger
    from runcomfy_client.batch.plan import BatchJob as BatchJob
    from runcomfy_client.batch.records import Row as Row
    from runcomfy_client.batch.records import SavedFile as SavedFile
    from runcomfy_client.batch.report import write_report as write_report
    from runcomfy_client.batch.runner import BatchLimits as BatchLimits
    from runcomfy_client.batch.sources import read_jobs as read_jobs
    from runcomfy_client.batch.states import Counts as Counts
    from runcomfy_client.batch.states import Stage as Stage
else:
    __getattr__, __dir__ = loader(
        __name__,
        {
            "Batch": "batch",
            "BatchBusy": "errors",
            "BatchError": "errors",
            "BatchJob": "plan",
            "BatchLimits": "runner",
            "BatchReport": "batch",
            "Counts": "states",
            "FolderBatch": "batch",
            "InvalidJobs": "errors",
            "LedgerError": "errors",
            "LineProblem": "errors",
            "Paid": "fleet.pay_once",
            "PayOutcome": "fleet.pay_once",
            "Refused": "fleet.pay_once",
            "Row": "records",
            "SavedFile": "records",
            "SharedBatch": "fleet.shared_batch",
            "SharedLedger": "fleet.shared_ledger",
            "SharedStatus": "fleet.status",
            "Stage": "states",
            "Unknown": "fleet.pay_once",
            "WorkReport": "fleet.worker",
            "Worker": "fleet.worker",
            "WorkerStatus": "fleet.status",
            "open_ledger": "fleet.shared_ledger",
            "pay_once": "fleet.pay_once",
            "read_jobs": "sources",
            "read_ledger": "ledger_reader",
            "run_batch": "batch",
            "work": "fleet.run_worker",
            "write_report": "report",
        },
    )

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
    "Paid",
    "PayOutcome",
    "Refused",
    "Row",
    "SavedFile",
    "SharedBatch",
    "SharedLedger",
    "SharedStatus",
    "Stage",
    "Unknown",
    "WorkReport",
    "Worker",
    "WorkerStatus",
    "open_ledger",
    "pay_once",
    "read_jobs",
    "read_ledger",
    "run_batch",
    "work",
    "write_report",
]

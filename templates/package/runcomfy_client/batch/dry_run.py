"""Checks a list of jobs on a copy of the ledger, so that the batch does not change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from runcomfy_client.batch.batch import LOCK_NAME
from runcomfy_client.batch.errors import LedgerError
from runcomfy_client.batch.ledger import LEDGER_NAME, Ledger
from runcomfy_client.batch.plan import BatchJob, PlanResult, plan
from runcomfy_client.batch.spending import ModelMoney, estimate_row, money_by_model
from runcomfy_client.batch.states import Stage
from runcomfy_client.requests import Request

BATCH_FILES: Final = (LEDGER_NAME, f"{LEDGER_NAME}-wal", f"{LEDGER_NAME}-shm", f"{LOCK_NAME}-journal", LOCK_NAME)
"""The files of a batch, except those of its jobs."""


def check_plan(jobs: Iterable[BatchJob | Request[Any]], out: Path) -> tuple[PlanResult, list[ModelMoney]]:
    """Return the result of planning jobs in a folder, and the estimated cost of the planned jobs by model. Nothing is changed.

    Raises:
        InvalidJobs: some jobs are invalid.
        LedgerError: the existing ledger cannot be read.
    """
    with TemporaryDirectory(prefix="runcomfy-check-") as folder:
        path = Path(folder, LEDGER_NAME)
        if (out / LEDGER_NAME).is_file():
            _copy(out / LEDGER_NAME, path)
        ledger = Ledger(path)
        try:
            planned = plan(ledger, jobs)
            return planned, money_by_model((row.model, estimate_row(row).usd, None) for row in ledger.rows(Stage.PLANNED))
        finally:
            ledger.close()


def remove_empty_batch(out: Path) -> None:
    """Remove the ledger of a batch without jobs, and its folder if it is empty. The caller must have the batch open.

    The lock file is removed last: while it exists without a ledger, no other process starts a batch in the folder.
    """
    with suppress(OSError):  # Windows does not remove open files; an empty ledger is harmless
        for name in BATCH_FILES:
            (out / name).unlink(missing_ok=True)
        out.rmdir()


def _copy(source: Path, target: Path) -> None:
    try:
        with (
            sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=10.0) as original,
            sqlite3.connect(target) as copy,
        ):
            original.backup(copy)
        original.close()
        copy.close()
    except sqlite3.Error as error:
        raise LedgerError(f"The ledger {source} cannot be read: {error}") from None

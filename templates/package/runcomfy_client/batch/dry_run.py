"""A plan that is tried and not kept: what `plan` would say of a list of jobs, on a copy of the ledger."""

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
"""The files of a batch that are not its jobs'."""


def check_plan(jobs: Iterable[BatchJob | Request[Any]], out: Path) -> tuple[PlanResult, list[ModelMoney]]:
    """Say what planning these jobs in a folder would do, and what the jobs still to be submitted cost by model; nothing is kept.

    Raises:
        InvalidJobs: some of them cannot be.
        LedgerError: the ledger that is there cannot be read.
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
    """Remove the ledger of a batch that has never had a job, and its folder if nothing else is in it. Whoever calls has it open.

    The lock goes last: as long as it is there without a ledger, nobody begins anew.
    """
    with suppress(OSError):  # Windows removes no open file; an empty ledger does no harm
        for name in BATCH_FILES:
            (out / name).unlink(missing_ok=True)
        out.rmdir()


def _copy(source: Path, target: Path) -> None:
    try:
        with (
            sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=10.0) as there,
            sqlite3.connect(target) as here,
        ):
            there.backup(here)
        there.close()
        here.close()
    except sqlite3.Error as error:
        raise LedgerError(f"The ledger {source} cannot be read: {error}") from None

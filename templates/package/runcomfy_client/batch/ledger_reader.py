"""Read-only access to a ledger, also while a batch runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from runcomfy_client.batch.errors import BatchError
from runcomfy_client.batch.ledger import (
    LEDGER_NAME,
    check_version,
    close_on_error,
    load_counts,
    read_errors,
    select_files,
    select_missing_files,
    select_rows,
    translate_errors,
)
from runcomfy_client.batch.records import Row, SavedFile
from runcomfy_client.batch.spending import load_spending
from runcomfy_client.batch.states import Stage
from runcomfy_client.prices import to_decimal


class LedgerView:
    """A ledger that is opened read-only. Another process may be writing it."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BatchError(
                f"There is no batch in {path.parent}", next_step="Check the folder: it must be the `out` of the batch."
            )
        self._folder = path.parent
        with translate_errors(path, "read"):
            self._database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10.0)
        with close_on_error(self._database), translate_errors(path, "read"):
            check_version(self._database, path)
            self.counts = load_counts(self._database)
            self.spending = load_spending(self._database)

    def rows(self, *stages: Stage) -> Iterator[Row]:
        """Yield the rows in these stages, or all rows, in the order of the batch."""
        return select_rows(self._database, stages)

    def files(self, row: Row) -> list[SavedFile]:
        """Return the files that were saved for a row."""
        return select_files(self._database, row)

    def costs(self, model_id: str) -> Iterator[tuple[str, object]]:
        """Yield body and cost of the jobs of a model whose cost is known, latest first."""
        query = "SELECT body, cost FROM jobs WHERE model = ? AND cost IS NOT NULL ORDER BY changed_at DESC, position DESC"
        with read_errors():
            yield from self._database.execute(query, (model_id,))

    def attempts(self) -> Iterator[tuple[str, Decimal | None, Decimal | None]]:
        """Yield model, estimate and cost of all attempts that may have been billed. Amounts are in USD."""
        query = "SELECT jobs.model, attempts.estimate, attempts.cost FROM attempts JOIN jobs USING (key)"
        with read_errors():
            for model, estimate, cost in self._database.execute(query):
                yield str(model), to_decimal(estimate), to_decimal(cost)

    def missing_files(self) -> list[tuple[str, str]]:
        """Return the request id and the path of each saved file that is no longer in the folder of the ledger."""
        return select_missing_files(self._database, self._folder)

    def meta(self) -> dict[str, str]:
        """Return the metadata of the batch."""
        return dict(self._database.execute("SELECT name, value FROM about").fetchall())

    def close(self) -> None:
        """Close the database."""
        self._database.close()


@contextmanager
def read_ledger(out: Path | str) -> Iterator[LedgerView]:
    """Open the ledger of the batch in a folder read-only, also while the batch runs.

    Raises:
        BatchError: the folder contains no batch.
        LedgerError: the ledger cannot be read.
    """
    view = LedgerView(Path(out) / LEDGER_NAME)
    try:
        yield view
    finally:
        view.close()

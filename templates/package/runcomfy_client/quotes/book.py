"""Quotes: planned rows of a ledger that several servers may share, and their transition to `submitting` before the paid call.

The transaction that changes a quote from `planned` to `submitting` also checks the budget, so only one call in one process submits
it. A `submitting` row has the name of its server, which holds a lock while it runs. If the lock is free, the server has ended, the
outcome of the call is not known, and the row becomes `unknown`.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client.batch.errors import BatchBusy, BatchError, LedgerError
from runcomfy_client.batch.files import fsync_folder
from runcomfy_client.batch.ledger import Ledger, check_version, close_on_error, read_errors, translate_errors
from runcomfy_client.batch.local_files import write_inputs
from runcomfy_client.batch.process_lock import ProcessLock
from runcomfy_client.batch.records import COLUMNS, Row, SavedFile, row_from_record
from runcomfy_client.batch.sql import run_sqlite
from runcomfy_client.batch.states import PREDECESSORS, Stage
from runcomfy_client.batch.transitions import Transition, change_stage
from runcomfy_client.errors import JobCancelled, JobFailed
from runcomfy_client.files.uploads import FileInput
from runcomfy_client.prices import Estimate, to_decimal
from runcomfy_client.quotes.budget import Budget, QuoteSpending
from runcomfy_client.result import AsyncResult

LEDGER_NAME: Final = "quotes.sqlite3"
_SERVERS: Final = "servers"
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS quotes (
    key TEXT PRIMARY KEY, usd TEXT, exact INTEGER NOT NULL, basis TEXT NOT NULL, quoted_at TEXT NOT NULL, server TEXT
)
"""
_INSERT: Final = """
INSERT INTO jobs (key, position, model, body, body_sha256, stage, changed_at)
VALUES (?, (SELECT coalesce(max(position), -1) + 1 FROM jobs), ?, ?, ?, 'planned', ?)
"""
_QUOTES: Final = f"SELECT usd, exact, basis, quoted_at, server, {COLUMNS} FROM jobs JOIN quotes USING (key)"
_NOT_BILLED: Final = (Stage.PLANNED, Stage.WITHDRAWN, Stage.REFUSED)


class OverBudget(Exception):
    """A submit exceeds the budget. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A job with its price, from the ledger.

    Attributes:
        row: the job.
        price: the estimate of its cost.
        quoted_at: when it was quoted, in UTC, in ISO 8601.
        server: the name of the server that submits it; None if it was not submitted.
    """

    row: Row
    price: Estimate
    quoted_at: str
    server: str | None

    @property
    def key(self) -> str:
        """The id of the quote."""
        return self.row.key


class QuoteBook:
    """The quotes in a folder. Use it only in the thread that opened it; other processes may open the same folder.

    Args:
        folder: the folder of the ledger; created if missing.
        server_url: the API that the jobs are submitted to. All jobs of a ledger are submitted to the same API.

    Raises:
        LedgerError: the ledger cannot be opened.
        BatchError: the ledger belongs to another API.
    """

    def __init__(self, folder: Path, *, server_url: str) -> None:
        self.folder = folder
        self.name, self._lock = _claim(folder)
        try:
            self.ledger = Ledger(folder / LEDGER_NAME)
            try:
                with self.ledger.transaction() as database:
                    database.execute(_TABLE)
                self._check_same_server(server_url)
                fsync_folder(folder)
                self.mark_interrupted()
            except BaseException:
                self.ledger.close()
                raise
        except BaseException:
            self._release()
            raise

    def _check_same_server(self, server_url: str) -> None:
        known = self.ledger.get_meta("server")
        if known not in (None, server_url):
            step = f"Set RUNCOMFY_BASE_URL to {known}, or choose another folder with --out. Nothing was sent."
            raise BatchError(f"The jobs in {self.folder} belong to {known}, not to {server_url}", next_step=step)
        if known is None:
            self.ledger.set_meta("server", server_url)

    def add(self, prepared: PreparedRequest, files: Sequence[FileInput], price: Estimate) -> tuple[Quote, bool]:
        """Store a quote; return it, and True if it is new. A quote for the same inputs that was not submitted is reused.

        Args:
            prepared: the prepared request, with digests in place of local files.
            files: its local files.
            price: the estimate of its cost.

        Raises:
            LedgerError: the quote could not be written.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        usd = None if price.usd is None else str(price.usd)
        with self.ledger.transaction() as database:
            query = "SELECT key FROM jobs WHERE model = ? AND body_sha256 = ? AND stage = 'planned' ORDER BY position LIMIT 1"
            existing = database.execute(query, (prepared.model_id, prepared.body_sha256)).fetchone()
            key = f"q_{secrets.token_hex(8)}" if existing is None else str(existing[0])
            if existing is None:
                database.execute(_INSERT, (key, prepared.model_id, prepared.body.decode(), prepared.body_sha256, now))
            run_sqlite(database, write_inputs(key, files))
            values = (key, usd, price.exact, price.basis, now)
            database.execute("INSERT OR REPLACE INTO quotes (key, usd, exact, basis, quoted_at) VALUES (?, ?, ?, ?, ?)", values)
        quote = self.get(key)
        if quote is None:
            raise LedgerError(f"The quote {key} was written, but cannot be read")
        return quote, existing is None

    def get(self, key: str) -> Quote | None:
        """Return the quote with this id; None if there is none."""
        return next(self._find("WHERE key = ?", key), None)

    def of_request(self, request_id: str) -> Quote | None:
        """Return the quote whose job has this request id; None if there is none."""
        return next(self._find("WHERE request_id = ? ORDER BY position DESC", request_id), None)

    def latest(self, limit: int, *, model: str | None = None, skip: int = 0) -> list[Quote]:
        """Return the latest quotes that were submitted, or failed to be, newest first: those of one model, or of all."""
        where = "WHERE (?1 IS NULL OR model = ?1) AND (stage <> 'planned' OR error IS NOT NULL)"
        return list(self._find(f"{where} ORDER BY position DESC LIMIT ?2 OFFSET ?3", model, limit, skip))

    def in_stages(self, *stages: Stage) -> list[Quote]:
        """Return the quotes whose jobs are in these stages, oldest first."""
        return list(self._find(f"WHERE stage IN ({', '.join('?' * len(stages))}) ORDER BY position", *stages))

    def same_inputs(self, quote: Quote) -> Quote | None:
        """Return the latest other quote with the same inputs that was submitted, or may have been; None if there is none."""
        marks = ", ".join("?" * len(_NOT_BILLED))
        where = f"WHERE model = ? AND body_sha256 = ? AND key <> ? AND stage NOT IN ({marks}) ORDER BY position DESC LIMIT 1"
        return next(self._find(where, quote.row.model, quote.row.body_sha256, quote.key, *_NOT_BILLED), None)

    def _find(self, where: str, *values: object) -> Iterator[Quote]:
        with read_errors():
            yield from map(_quote_of, self.ledger.query(f"{_QUOTES} {where}", values))

    def spending(self) -> QuoteSpending:
        """Return what all jobs of the ledger have cost, or may have cost."""
        with read_errors():
            return _spending(self.ledger.query)

    def reserve(self, key: str, budget: Budget | None) -> Quote | None:
        """Reserve a planned quote for a submit by this server. Return it, or None if it is not planned any more.

        If this returns a quote, the intent is on the disk, and only this server may submit it.

        Args:
            key: the id of the quote.
            budget: the limits of spending; None for no limit.

        Raises:
            OverBudget: the budget does not allow the submit.
            LedgerError: the intent could not be written, so nothing may be submitted.
        """
        with self.ledger.transaction() as database:
            quote = self.get(key)
            if quote is None or quote.row.stage is not Stage.PLANNED:
                return None
            refusal = None if budget is None else budget.refusal(quote.price.usd, _spending(database.execute))
            if refusal is not None:
                raise OverBudget(refusal)
            run_sqlite(database, change_stage(Transition(key=key, was=Stage.PLANNED, stage=Stage.SUBMITTING)))
            database.execute("UPDATE quotes SET server = ? WHERE key = ?", (self.name, key))
        return self.get(key)

    def mark_interrupted(self, key: str | None = None) -> None:
        """Set rows to `unknown` whose server has ended during the submit: all of them, or only the one with this key."""
        for quote in list(self._find("WHERE stage = 'submitting' AND (?1 IS NULL OR key = ?1)", key)):
            if quote.server == self.name or (quote.server and _is_alive(self.folder, quote.server)):
                continue
            detail = f"The server ended during the submit, which started at {quote.row.changed_at}; the job may exist"
            self.note(quote.key, Stage.UNKNOWN, detail=detail)

    def note(
        self,
        key: str,
        stage: Stage,
        *,
        detail: str | None = None,
        output: str | None = None,
        cost: Decimal | None = None,
        files: list[SavedFile] | None = None,
    ) -> None:
        """Store the new stage of a job, unless another server has stored it already.

        Args:
            key: the id of the quote.
            stage: the new stage.
            detail: the error message, if the job did not succeed.
            output: the output as JSON.
            cost: the cost in USD.
            files: the saved files.

        Raises:
            LedgerError: the stage could not be written.
        """
        with self.ledger.transaction() as database:
            quote = self.get(key)
            if quote is not None and quote.row.stage in PREDECESSORS[stage] and quote.row.stage is not stage:
                change = Transition(
                    key=key, was=quote.row.stage, stage=stage, detail=detail, output=output, cost=cost, files=files or ()
                )
                run_sqlite(database, change_stage(change))

    def note_success(self, key: str, result: AsyncResult[Any]) -> None:
        """Store that a job succeeded, with its output and its cost."""
        output, cost = json.dumps(result.raw.get("output")), to_decimal(result.raw.get("cost"))
        self.note(key, Stage.SUCCEEDED, output=output, cost=cost)

    def note_failure(self, key: str, error: JobFailed | JobCancelled) -> None:
        """Store that a job failed or was cancelled, with the message of the API."""
        self.note(key, Stage.FAILED if isinstance(error, JobFailed) else Stage.CANCELLED, detail=error.message)

    def close(self) -> None:
        """Close the ledger, and release the lock of this server."""
        try:
            self.ledger.close()
        finally:
            self._release()

    def _release(self) -> None:
        self._lock.release()
        (self.folder / _SERVERS / f"{self.name}.lock").unlink(missing_ok=True)


def read_quotes(folder: Path) -> list[Quote]:
    """Return the quotes in a folder, read-only, also while a server uses it.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    path = folder / LEDGER_NAME
    with translate_errors(path, "read"):
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10.0)
    with close_on_error(database), translate_errors(path, "read"):
        check_version(database, path)
        quotes = [_quote_of(record) for record in database.execute(f"{_QUOTES} ORDER BY position")]
    database.close()
    return quotes


def _quote_of(record: tuple[Any, ...]) -> Quote:
    usd, exact, basis, quoted_at, server, *row = record
    price = Estimate(None if usd is None else Decimal(usd), bool(exact), basis)
    return Quote(row_from_record(tuple(row)), price, quoted_at, server)


def _spending(query: Any) -> QuoteSpending:
    marks = ", ".join("?" * len(_NOT_BILLED))
    usd, submits, unpriced = Decimal(0), 0, 0
    sql = f"SELECT cost, usd FROM jobs JOIN quotes USING (key) WHERE stage NOT IN ({marks})"
    for cost, estimate in query(sql, tuple(_NOT_BILLED)):
        submits += 1
        price = cost if cost is not None else estimate
        unpriced += price is None
        usd += Decimal(0) if price is None else Decimal(str(price))
    return QuoteSpending(usd, submits, unpriced)


def _claim(folder: Path) -> tuple[str, ProcessLock]:
    """Create a name for this server, and the lock that it holds while it runs."""
    try:
        (folder / _SERVERS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"The folder {folder} cannot be created: {error.strerror or error}") from None
    name = secrets.token_hex(8)
    return name, ProcessLock(folder / _SERVERS / f"{name}.lock", what=f"the quotes in {folder}")


def _is_alive(folder: Path, server: str) -> bool:
    path = folder / _SERVERS / f"{server}.lock"
    if not path.exists():
        return False
    try:
        ProcessLock(path, what="").release()
    except (BatchBusy, LedgerError):  # in doubt, the server counts as running
        return True
    return False

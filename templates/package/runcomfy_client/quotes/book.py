"""Quotes: planned rows of a ledger that several servers may share, and the one transition of each that comes before its paid call.

A quote goes from `planned` to `submitting` in the commit in which the budget is checked, so whoever asks, from whatever process and
however often, one of them submits. A row that is `submitting` names its server, which holds a lock as long as it lives: when that
is gone, nobody knows what came of the call, and the row becomes `unknown`.
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
    """A submit is not within the budget, so it was not made."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A job with its price, as the ledger has it."""

    row: Row
    price: Estimate
    quoted_at: str
    server: str | None

    @property
    def key(self) -> str:
        """The id of the quote."""
        return self.row.key


class QuoteBook:
    """The quotes of a folder. It belongs to the thread that opened it; other processes may have the same folder open.

    Args:
        folder: where the ledger is; it is made if need be.
        server_url: the API that the jobs go to. A ledger belongs to one.

    Raises:
        LedgerError: the ledger cannot be opened.
        BatchError: it belongs to another API.
    """

    def __init__(self, folder: Path, *, server_url: str) -> None:
        self.folder = folder
        self.name, self._lock = _claim(folder)
        try:
            self.ledger = Ledger(folder / LEDGER_NAME)
            try:
                with self.ledger.transaction() as database:
                    database.execute(_TABLE)
                self._hold_to(server_url)
                fsync_folder(folder)
                self.settle_dead()
            except BaseException:
                self.ledger.close()
                raise
        except BaseException:
            self._release()
            raise

    def _hold_to(self, server_url: str) -> None:
        known = self.ledger.get_meta("server")
        if known not in (None, server_url):
            step = f"Set RUNCOMFY_BASE_URL to {known}, or choose another folder with --out. Nothing was sent."
            raise BatchError(f"The jobs in {self.folder} belong to {known}, and this is {server_url}", next_step=step)
        if known is None:
            self.ledger.set_meta("server", server_url)

    def add(self, order: PreparedRequest, files: Sequence[FileInput], price: Estimate) -> tuple[Quote, bool]:
        """Write down a quote; return it, and whether it is new. One for the same inputs that was not submitted yet is used again.

        `order` has digests in place of the local files, `files`.

        Raises:
            LedgerError: it could not be written.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        usd = None if price.usd is None else str(price.usd)
        with self.ledger.transaction() as database:
            query = "SELECT key FROM jobs WHERE model = ? AND body_sha256 = ? AND stage = 'planned' ORDER BY position LIMIT 1"
            found = database.execute(query, (order.model_id, order.body_sha256)).fetchone()
            key = f"q_{secrets.token_hex(8)}" if found is None else str(found[0])
            if found is None:
                database.execute(_INSERT, (key, order.model_id, order.body.decode(), order.body_sha256, now))
            run_sqlite(database, write_inputs(key, files))
            values = (key, usd, price.exact, price.basis, now)
            database.execute("INSERT OR REPLACE INTO quotes (key, usd, exact, basis, quoted_at) VALUES (?, ?, ?, ?, ?)", values)
        quote = self.get(key)
        if quote is None:
            raise LedgerError(f"The quote {key} was written and cannot be read")
        return quote, found is None

    def get(self, key: str) -> Quote | None:
        """Return a quote by its id."""
        return next(self._find("WHERE key = ?", key), None)

    def of_request(self, request_id: str) -> Quote | None:
        """Return the quote that a request id came from."""
        return next(self._find("WHERE request_id = ? ORDER BY position DESC", request_id), None)

    def latest(self, limit: int, *, model: str | None = None, skip: int = 0) -> list[Quote]:
        """Return the last quotes that somebody has submitted, or tried to, the newest first: those of one model, or all."""
        where = "WHERE (?1 IS NULL OR model = ?1) AND (stage <> 'planned' OR error IS NOT NULL)"
        return list(self._find(f"{where} ORDER BY position DESC LIMIT ?2 OFFSET ?3", model, limit, skip))

    def in_stages(self, *stages: Stage) -> list[Quote]:
        """Return the quotes whose jobs are in some stages, in the order of their making."""
        return list(self._find(f"WHERE stage IN ({', '.join('?' * len(stages))}) ORDER BY position", *stages))

    def same_inputs(self, quote: Quote) -> Quote | None:
        """Return the last quote for the same inputs that was submitted, or may have been."""
        marks = ", ".join("?" * len(_NOT_BILLED))
        where = f"WHERE model = ? AND body_sha256 = ? AND key <> ? AND stage NOT IN ({marks}) ORDER BY position DESC LIMIT 1"
        return next(self._find(where, quote.row.model, quote.row.body_sha256, quote.key, *_NOT_BILLED), None)

    def _find(self, where: str, *values: object) -> Iterator[Quote]:
        with read_errors():
            yield from map(_quote_of, self.ledger.query(f"{_QUOTES} {where}", values))

    def spending(self) -> QuoteSpending:
        """Return what was spent, or may have been, by all jobs of the ledger."""
        with read_errors():
            return _spending(self.ledger.query)

    def reserve(self, key: str, budget: Budget | None) -> Quote | None:
        """Take a planned quote for a submit, if the budget allows it; return it, or None when it is not planned any more.

        Without a budget, whoever confirms a job alone decides.

        When this returns a quote, the intent is on the disk, and this server is the only one that may submit it.

        Raises:
            OverBudget: the budget does not allow it.
            LedgerError: it could not be written, so nothing may be submitted.
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

    def settle_dead(self, key: str | None = None) -> None:
        """Make rows unknown that were being submitted by a server that has ended. With a key, only that one."""
        for quote in list(self._find("WHERE stage = 'submitting' AND (?1 IS NULL OR key = ?1)", key)):
            if quote.server == self.name or (quote.server and _is_alive(self.folder, quote.server)):
                continue
            detail = f"The server ended while the submit was under way, which began at {quote.row.changed_at}; the job may exist"
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
        """Write down where a job stands now, unless that is known already: other servers may have seen it, too."""
        with self.ledger.transaction() as database:
            quote = self.get(key)
            if quote is not None and quote.row.stage in PREDECESSORS[stage] and quote.row.stage is not stage:
                change = Transition(
                    key=key, was=quote.row.stage, stage=stage, detail=detail, output=output, cost=cost, files=files or ()
                )
                run_sqlite(database, change_stage(change))

    def note_success(self, key: str, result: AsyncResult[Any]) -> None:
        """Write down that a job succeeded, with its output and its cost."""
        output, cost = json.dumps(result.raw.get("output")), to_decimal(result.raw.get("cost"))
        self.note(key, Stage.SUCCEEDED, output=output, cost=cost)

    def note_failure(self, key: str, error: JobFailed | JobCancelled) -> None:
        """Write down that a job failed or was cancelled, with the words of the API."""
        self.note(key, Stage.FAILED if isinstance(error, JobFailed) else Stage.CANCELLED, detail=error.message)

    def close(self) -> None:
        """Close the ledger. From then on nobody waits for this server."""
        try:
            self.ledger.close()
        finally:
            self._release()

    def _release(self) -> None:
        self._lock.release()
        (self.folder / _SERVERS / f"{self.name}.lock").unlink(missing_ok=True)


def read_quotes(folder: Path) -> list[Quote]:
    """Return the quotes of a folder without taking part in it, also while a server uses it.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    path = folder / LEDGER_NAME
    with translate_errors(path, "read"):
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10.0)
    with close_on_error(database), translate_errors(path, "read"):
        check_version(database, path)
        found = [_quote_of(record) for record in database.execute(f"{_QUOTES} ORDER BY position")]
    database.close()
    return found


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
    """Take a name for this server, and the lock that says that it lives."""
    try:
        (folder / _SERVERS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"The folder {folder} cannot be made: {error.strerror or error}") from None
    name = secrets.token_hex(8)
    return name, ProcessLock(folder / _SERVERS / f"{name}.lock", what=f"the quotes in {folder}")


def _is_alive(folder: Path, server: str) -> bool:
    path = folder / _SERVERS / f"{server}.lock"
    if not path.exists():
        return False
    try:
        ProcessLock(path, what="").release()
    except (BatchBusy, LedgerError):  # where it cannot be said, nobody is declared dead
        return True
    return False

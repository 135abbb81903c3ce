"""The ledger of a batch: what was meant, what was sent and what came of it, on the disk before anything depends on it.

SQLite in WAL mode with `synchronous=FULL`: a commit that has returned survives a kill and a power cut. A commit that fails is the
last one: from then on nothing can be written, and so nothing is submitted.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from runcomfy_client.batch.errors import LedgerError
from runcomfy_client.batch.local_files import PENDING_WITH_FILES
from runcomfy_client.batch.local_files import TABLE as INPUTS_TABLE
from runcomfy_client.batch.records import COLUMNS, TABLES, UPGRADE_FROM_1, VERSION, Row, SavedFile, row_from_record
from runcomfy_client.batch.spending import load_spending, settle_cost
from runcomfy_client.batch.sql import run_sqlite
from runcomfy_client.batch.states import Counts, Stage
from runcomfy_client.batch.transitions import Transition, change_stage, to_database_text

LEDGER_NAME: Final = "batch.sqlite3"
_FLUSH_INTERVAL: Final = 1.0
"""Seconds after which a change that costs nothing to lose is written at the latest."""

_UPDATE_STAGE: Final = "UPDATE jobs SET stage = ?, changed_at = ? WHERE key = ? AND stage = ?"
_SUBMITS_BILLED: Final = """
SELECT coalesce(sum(CASE WHEN stage = 'submitting' THEN 1
    WHEN was IN ('submitting', 'unknown') AND stage IN ('planned', 'refused') THEN -1 ELSE 0 END), 0) FROM events
"""


class Ledger:
    """An open ledger. It belongs to the thread that opened it.

    Raises:
        LedgerError: it cannot be opened or made; from every method that writes, that it could not be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._broken: str | None = None
        self._deferred: dict[str, str] = {}
        self._flushed_at = time.monotonic()
        with translate_errors(path, "opened"):
            self._database = sqlite3.connect(path, isolation_level=None, timeout=10.0)
        with close_on_error(self._database), translate_errors(path, "opened"):
            self._database.executescript(
                f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE; {TABLES} {INPUTS_TABLE} COMMIT;"
            )
            self._database.execute("INSERT OR IGNORE INTO about VALUES ('version', ?)", (str(VERSION),))
            _upgrade(self._database)
            check_version(self._database, path)
            self.counts = load_counts(self._database)
            self.spending = load_spending(self._database)
        self._file_identities = _file_identities(path)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit everything that the block writes as one transaction; roll it back if the block fails."""
        if self._broken is None and _file_identities(self.path) != self._file_identities:
            self._broken = f"The ledger {self.path} was removed or replaced while it was in use"
        if self._broken is not None:
            raise LedgerError(self._broken)
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._write_deferred()
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            self._broken = f"The ledger {self.path} could not be written: {error}"
            raise LedgerError(self._broken) from None
        self._deferred.clear()
        self._flushed_at = time.monotonic()

    def transition(
        self,
        key: str,
        was: Stage,
        stage: Stage,
        *,
        request_id: str | None = None,
        detail: str | None = None,
        output: str | None = None,
        cost: Decimal | None = None,
        files: Sequence[SavedFile] = (),
        estimate: Decimal | None = None,
    ) -> None:
        """Change the stage of a job; when this returns, the change is on the disk."""
        change = Transition(
            key=key,
            was=was,
            stage=stage,
            request_id=request_id,
            detail=detail,
            output=output,
            cost=cost,
            files=files,
            estimate=estimate,
        )
        with self.transaction() as database:
            money = run_sqlite(database, change_stage(change))
        self.spending.apply(money)
        self.counts.transition(was, stage)

    def mark_running(self, key: str) -> None:
        """Note that a submitted job runs. It is written with the next commit, or within a second: losing it would lose nothing."""
        self._deferred[key] = _now()
        self.counts.transition(Stage.SUBMITTED, Stage.RUNNING)
        if time.monotonic() - self._flushed_at > _FLUSH_INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Write the deferred changes."""
        if self._deferred:
            with self.transaction():
                pass

    def set_error(self, key: str, error: str) -> None:
        """Store the last error of a job; its stage stays the same."""
        with self.transaction() as database:
            database.execute("UPDATE jobs SET error = ? WHERE key = ?", (to_database_text(error), key))

    def settle_cost(self, key: str, cost: Decimal) -> None:
        """Write down the cost of a job's last attempt that the server told late."""
        with self.transaction() as database:
            money = run_sqlite(database, settle_cost({"key": key}, cost))
        self.spending.apply(money)

    def recover(self) -> int:
        """Make every row unknown whose submit was under way when its process ended; return how many there are."""
        with read_errors():
            found = self._database.execute("SELECT key, changed_at FROM jobs WHERE stage = 'submitting'").fetchall()
        for key, begun in found:
            detail = f"The process ended while the submit was under way, which began at {begun}; the job may exist"
            self.transition(key, Stage.SUBMITTING, Stage.UNKNOWN, detail=detail)
        return len(found)

    def set_meta(self, name: str, value: str) -> None:
        """Store a value about the whole batch."""
        with self.transaction() as database:
            database.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def get_meta(self, name: str) -> str | None:
        """Return a value about the whole batch; None when it is not set."""
        with read_errors():
            found = self._database.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def query(self, sql: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """Yield the records that a query finds, for those who keep a table of their own in the ledger."""
        return iter(self._database.execute(sql, values).fetchall())

    def next_pending(self, skip: Collection[str] = ()) -> Row | None:
        """Return the first row that is still to be submitted, and whose key is not one to `skip`."""
        return next((row for row in self.rows(Stage.PLANNED, limit=len(skip) + 1) if row.key not in skip), None)

    def has_local_files(self, key: str) -> bool:
        """Whether the inputs of a job are local files."""
        return any(self.query("SELECT 1 FROM inputs WHERE key = ? LIMIT 1", (key,)))

    def jobs_with_local_files(self) -> int:
        """Return how many planned jobs have local files."""
        return int(next(self.query(PENDING_WITH_FILES))[0])

    def rows(self, *stages: Stage, after: int = -1, limit: int = -1) -> Iterator[Row]:
        """Yield the rows of some stages, or all, in the order of the batch, from behind the position `after` on."""
        return select_rows(self._database, stages, after=after, limit=limit)

    def row(self, key: str) -> Row | None:
        """Return the row of a key."""
        with read_errors():
            found = self._database.execute(f"SELECT {COLUMNS} FROM jobs WHERE key = ?", (key,)).fetchone()
        return None if found is None else row_from_record(found)

    def has_request_id(self, request_id: str) -> bool:
        """Whether the ledger contains a request id, earlier attempts included."""
        with read_errors():
            return self._database.execute("SELECT 1 FROM events WHERE request_id = ?", (request_id,)).fetchone() is not None

    def files(self, row: Row) -> list[SavedFile]:
        """Return the files that were saved for a row."""
        return select_files(self._database, row)

    def missing_files(self) -> list[tuple[str, str]]:
        """Return the request id and the path of each file that was saved, and is not in the folder of the ledger any more."""
        return select_missing_files(self._database, self.path.parent)

    def close(self) -> None:
        """Write the deferred changes if possible, and close the database."""
        try:
            if self._broken is None:
                self.flush()
        finally:
            self._database.close()

    def _write_deferred(self) -> None:
        for key, now in self._deferred.items():
            changed = self._database.execute(_UPDATE_STAGE, (Stage.RUNNING, now, key, Stage.SUBMITTED)).rowcount
            if changed:
                told = "SELECT ?, key, attempt, 'submitted', 'running', request_id, NULL FROM jobs WHERE key = ?"
                self._database.execute(f"INSERT INTO events (at, key, attempt, was, stage, request_id, detail) {told}", (now, key))


@contextmanager
def translate_errors(path: Path, done: str) -> Iterator[None]:
    """Raise errors of SQLite as `LedgerError`."""
    try:
        yield
    except sqlite3.Error as error:
        damaged = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
        step = "Bring back a good copy, with its `-wal` file. Don't delete it: it alone knows what was paid." if damaged else None
        raise LedgerError(f"The ledger {path} cannot be {done}: {error}", next_step=step) from None


def _file_identities(path: Path) -> tuple[tuple[int, int] | None, ...]:
    """Return which files the ledger is, on the disk: it itself, and what SQLite keeps beside it."""
    return tuple(_file_identity(one) for one in (path, path.with_name(f"{path.name}-wal")))


def _file_identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def close_on_error(database: sqlite3.Connection) -> Iterator[None]:
    """Close a database when the block fails."""
    try:
        yield
    except BaseException:
        database.close()
        raise


@contextmanager
def read_errors() -> Iterator[None]:
    """Raise errors of SQLite while reading as `LedgerError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(f"The ledger could not be read: {error}") from None


def select_rows(database: sqlite3.Connection, stages: tuple[Stage, ...], *, after: int = -1, limit: int = -1) -> Iterator[Row]:
    """Yield the rows of some stages, or all, in the order of the batch."""
    some = f"AND stage IN ({', '.join('?' * len(stages))})" if stages else ""
    query = f"SELECT {COLUMNS} FROM jobs WHERE position > ? {some} ORDER BY position LIMIT ?"
    with read_errors():
        yield from map(row_from_record, database.execute(query, (after, *stages, limit)))


def select_files(database: sqlite3.Connection, row: Row) -> list[SavedFile]:
    """Return the files that were saved for a row."""
    query = "SELECT path, sha256, bytes FROM files WHERE key = ? AND attempt = ? ORDER BY number"
    with read_errors():
        return [SavedFile(*record) for record in database.execute(query, (row.key, row.attempt))]


def select_missing_files(database: sqlite3.Connection, folder: Path) -> list[tuple[str, str]]:
    """Return the request id and the path of each file that was saved in a folder, and is not there any more."""
    query = (
        """SELECT request_id, path FROM jobs JOIN files USING (key, attempt) WHERE stage = 'downloaded' ORDER BY position, number"""
    )
    with read_errors():
        return [(request_id, path) for request_id, path in database.execute(query) if not (folder / path).exists()]


def load_counts(database: sqlite3.Connection) -> Counts:
    """Count the jobs in each stage."""
    counts = Counts(submits_billed=int(database.execute(_SUBMITS_BILLED).fetchone()[0]))
    for stage, count in database.execute("SELECT stage, count(*) FROM jobs GROUP BY stage"):
        counts.by_stage[Stage(stage)] = count
    return counts


def _upgrade(database: sqlite3.Connection) -> None:
    """Bring a ledger of version 1 to this version, in one transaction."""
    found = database.execute("SELECT value FROM about WHERE name = 'version'").fetchone()
    if found is not None and found[0] == "1":
        database.executescript(f"BEGIN IMMEDIATE; {UPGRADE_FROM_1} COMMIT;")


def check_version(database: sqlite3.Connection, path: Path) -> None:
    """Check that a ledger is one that this version can read."""
    found: Any = database.execute("SELECT value FROM about WHERE name = 'version'").fetchone()
    if found is None or found[0] != str(VERSION):
        raise LedgerError(f"The ledger {path} was written by another version of this package")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

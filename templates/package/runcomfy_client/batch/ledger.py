"""The ledger of a batch: intents, submits and outcomes, written to the disk before anything depends on them.

SQLite in WAL mode with `synchronous=FULL`: a commit that has returned survives a kill and a power failure. After a failed commit,
nothing is written any more, and so nothing is submitted.
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
from runcomfy_client.batch.spending import load_spending, record_cost
from runcomfy_client.batch.sql import run_sqlite
from runcomfy_client.batch.states import Counts, Stage
from runcomfy_client.batch.transitions import Transition, change_stage, to_database_text

LEDGER_NAME: Final = "batch.sqlite3"
_FLUSH_INTERVAL: Final = 1.0
"""The maximum delay in seconds of a write whose loss is harmless."""

_UPDATE_STAGE: Final = "UPDATE jobs SET stage = ?, changed_at = ? WHERE key = ? AND stage = ?"
_SUBMITS_BILLED: Final = """
SELECT coalesce(sum(CASE WHEN stage = 'submitting' THEN 1
    WHEN was IN ('submitting', 'unknown') AND stage IN ('planned', 'refused') THEN -1 ELSE 0 END), 0) FROM events
"""


class Ledger:
    """An open ledger. Use it only in the thread that opened it.

    Raises:
        LedgerError: the ledger cannot be opened or created. All methods that write raise it if the ledger cannot be written.
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
        """Commit the writes of the block as one transaction; roll back if the block raises an exception."""
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
        """Record that a submitted job runs. This is written with the next commit, or within a second: losing it is harmless."""
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

    def record_cost(self, key: str, cost: Decimal) -> None:
        """Store the cost of a job's last attempt that the server reported late."""
        with self.transaction() as database:
            money = run_sqlite(database, record_cost(key, cost))
        self.spending.apply(money)

    def recover(self) -> int:
        """Set the rows to `unknown` whose process ended during the submit; return how many there are."""
        with read_errors():
            interrupted = self._database.execute("SELECT key, changed_at FROM jobs WHERE stage = 'submitting'").fetchall()
        for key, started_at in interrupted:
            detail = f"The process ended during the submit, which started at {started_at}; the job may exist"
            self.transition(key, Stage.SUBMITTING, Stage.UNKNOWN, detail=detail)
        return len(interrupted)

    def set_meta(self, name: str, value: str) -> None:
        """Store a value in the metadata of the batch."""
        with self.transaction() as database:
            database.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def get_meta(self, name: str) -> str | None:
        """Return a value from the metadata of the batch; None if it is not set."""
        with read_errors():
            record = self._database.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if record is None else str(record[0])

    def query(self, sql: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """Yield the records of a query, for modules that have their own tables in the ledger."""
        return iter(self._database.execute(sql, values).fetchall())

    def next_pending(self, skip: Collection[str] = ()) -> Row | None:
        """Return the first planned row whose key is not in `skip`; None if there is none."""
        return next((row for row in self.rows(Stage.PLANNED, limit=len(skip) + 1) if row.key not in skip), None)

    def has_local_files(self, key: str) -> bool:
        """Return True if a job has local files."""
        return any(self.query("SELECT 1 FROM inputs WHERE key = ? LIMIT 1", (key,)))

    def jobs_with_local_files(self) -> int:
        """Return how many planned jobs have local files."""
        return int(next(self.query(PENDING_WITH_FILES))[0])

    def rows(self, *stages: Stage, after: int = -1, limit: int = -1) -> Iterator[Row]:
        """Yield the rows in these stages, or all rows, in the order of the batch, beginning after the position `after`."""
        return select_rows(self._database, stages, after=after, limit=limit)

    def row(self, key: str) -> Row | None:
        """Return the row with a key; None if there is none."""
        with read_errors():
            record = self._database.execute(f"SELECT {COLUMNS} FROM jobs WHERE key = ?", (key,)).fetchone()
        return None if record is None else row_from_record(record)

    def has_request_id(self, request_id: str) -> bool:
        """Return True if the ledger contains a request id, including those of earlier attempts."""
        with read_errors():
            return self._database.execute("SELECT 1 FROM events WHERE request_id = ?", (request_id,)).fetchone() is not None

    def files(self, row: Row) -> list[SavedFile]:
        """Return the files that were saved for a row."""
        return select_files(self._database, row)

    def missing_files(self) -> list[tuple[str, str]]:
        """Return the request id and the path of each saved file that is no longer in the folder of the ledger."""
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
                event = "SELECT ?, key, attempt, 'submitted', 'running', request_id, NULL FROM jobs WHERE key = ?"
                self._database.execute(f"INSERT INTO events (at, key, attempt, was, stage, request_id, detail) {event}", (now, key))


@contextmanager
def translate_errors(path: Path, action: str) -> Iterator[None]:
    """Convert errors of SQLite to `LedgerError`. `action` is a past participle for the message, such as `read`."""
    try:
        yield
    except sqlite3.Error as error:
        damaged = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
        step = "Restore a backup, with its `-wal` file. Don't delete it: only it knows what was paid for." if damaged else None
        raise LedgerError(f"The ledger {path} cannot be {action}: {error}", next_step=step) from None


def _file_identities(path: Path) -> tuple[tuple[int, int] | None, ...]:
    """Return the identities of the ledger's files on the disk: the database and SQLite's write-ahead log."""
    return tuple(_file_identity(file) for file in (path, path.with_name(f"{path.name}-wal")))


def _file_identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextmanager
def close_on_error(database: sqlite3.Connection) -> Iterator[None]:
    """Close a database if the block raises an exception."""
    try:
        yield
    except BaseException:
        database.close()
        raise


@contextmanager
def read_errors() -> Iterator[None]:
    """Convert errors of SQLite while reading to `LedgerError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(f"The ledger could not be read: {error}") from None


def select_rows(database: sqlite3.Connection, stages: tuple[Stage, ...], *, after: int = -1, limit: int = -1) -> Iterator[Row]:
    """Yield the rows in these stages, or all rows, in the order of the batch."""
    condition = f"AND stage IN ({', '.join('?' * len(stages))})" if stages else ""
    query = f"SELECT {COLUMNS} FROM jobs WHERE position > ? {condition} ORDER BY position LIMIT ?"
    with read_errors():
        yield from map(row_from_record, database.execute(query, (after, *stages, limit)))


def select_files(database: sqlite3.Connection, row: Row) -> list[SavedFile]:
    """Return the files that were saved for a row."""
    query = "SELECT path, sha256, bytes FROM files WHERE key = ? AND attempt = ? ORDER BY number"
    with read_errors():
        return [SavedFile(*record) for record in database.execute(query, (row.key, row.attempt))]


def select_missing_files(database: sqlite3.Connection, folder: Path) -> list[tuple[str, str]]:
    """Return the request id and the path of each file that was saved in a folder, but is no longer there."""
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
    """Upgrade a ledger of version 1, in one transaction."""
    record = database.execute("SELECT value FROM about WHERE name = 'version'").fetchone()
    if record is not None and record[0] == "1":
        database.executescript(f"BEGIN IMMEDIATE; {UPGRADE_FROM_1} COMMIT;")


def check_version(database: sqlite3.Connection, path: Path) -> None:
    """Check that this version can read a ledger.

    Raises:
        LedgerError: another version of this package has written it.
    """
    record: Any = database.execute("SELECT value FROM about WHERE name = 'version'").fetchone()
    if record is None or record[0] != str(VERSION):
        raise LedgerError(f"The ledger {path} was written by another version of this package")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

"""A lock that one process at a time can hold. The operating system releases it when the process ends."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from runcomfy_client.batch.errors import BatchBusy, LedgerError


class ProcessLock:
    """A lock file: a SQLite database with an exclusive transaction, which works on all platforms.

    Args:
        path: the lock file.
        what: what it locks, for messages.

    Raises:
        BatchBusy: another process holds the lock.
        LedgerError: the file cannot be created or locked.
    """

    def __init__(self, path: Path, *, what: str) -> None:
        try:
            self._database = sqlite3.connect(path, isolation_level=None, timeout=0)
        except sqlite3.Error as error:
            raise LedgerError(f"{path} cannot be created: {error}") from None
        try:
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")  # a commit does not release the lock
            self._database.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            self._database.close()
            if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise BatchBusy(f"Another process is using {what}") from None
            raise LedgerError(f"{path} cannot be locked: {error}") from None

    def mark(self, path: Path) -> None:
        """Write to the lock file, which is empty before: the content means that the ledger was created.

        Raises:
            LedgerError: the lock file cannot be written.
        """
        try:
            self._database.execute("PRAGMA user_version = 1")
            self._database.execute("COMMIT")
            self._database.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            raise LedgerError(f"{path} cannot be written: {error}") from None

    def release(self) -> None:
        """Release the lock."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        self.release()

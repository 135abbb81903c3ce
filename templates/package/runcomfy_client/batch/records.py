"""The rows of a ledger as values, and the tables of the ledger."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Final

from runcomfy_client.batch.states import LOST, Stage

VERSION: Final = 2

TABLES: Final = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    key TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    model TEXT NOT NULL,
    body TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    stage TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    request_id TEXT,
    error TEXT,
    output TEXT,
    cost TEXT,
    changed_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_by_stage ON jobs (stage, position);
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    key TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    was TEXT,
    stage TEXT NOT NULL,
    request_id TEXT,
    detail TEXT
);
CREATE TABLE IF NOT EXISTS files (
    key TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    number INTEGER NOT NULL,
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (key, attempt, number)
);
CREATE TABLE IF NOT EXISTS attempts (
    key TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    estimate TEXT,
    cost TEXT,
    PRIMARY KEY (key, attempt)
);
"""
"""`jobs` has the current stage of each job; `events`, which is append-only, has all changes: every attempt and request id."""

UPGRADE_FROM_1: Final = """
ALTER TABLE jobs RENAME COLUMN cost TO old_cost;
ALTER TABLE jobs ADD COLUMN cost TEXT;
UPDATE jobs SET cost = CAST(old_cost AS TEXT);
ALTER TABLE jobs DROP COLUMN old_cost;
INSERT OR IGNORE INTO attempts SELECT key, attempt, NULL, cost FROM jobs
    WHERE stage NOT IN ('planned', 'refused', 'withdrawn') AND attempt > 0;
UPDATE about SET value = '2' WHERE name = 'version';
"""
"""The cost was a REAL; as text it is exact."""

COLUMNS: Final = "key, position, model, body, body_sha256, stage, attempt, request_id, error, output, cost, changed_at"


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A saved file of a job.

    Attributes:
        path: the path relative to the folder of the batch.
        sha256: the SHA-256 of its content, in hex.
        bytes: its size.
    """

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Row:
    """One job of a batch, from the ledger.

    Attributes:
        key: its key in the batch.
        position: its position in the batch.
        model: the model's id.
        body: the JSON text of its inputs, as it is sent.
        body_sha256: the SHA-256 of `body`, in hex.
        stage: its stage.
        attempt: the number of attempts to submit it.
        request_id: the id of its last accepted submit.
        error: its last error.
        output: the JSON text of its output.
        cost: its cost in USD as decimal text; None if the server has not reported it.
        changed_at: when its stage last changed, in UTC, in ISO 8601.
    """

    key: str
    position: int
    model: str
    body: str = field(repr=False)
    body_sha256: str
    stage: Stage
    attempt: int
    request_id: str | None
    error: str | None
    output: str | None = field(repr=False)
    cost: str | None
    changed_at: str

    @property
    def is_lost(self) -> bool:
        """True if the API did not know its request id at the last call, or its files are no longer available."""
        return self.stage in (Stage.SUBMITTED, Stage.RUNNING, Stage.SUCCEEDED) and (self.error or "").startswith(LOST)


def row_from_record(record: sqlite3.Row | tuple[object, ...]) -> Row:
    """Return the row for a record with `COLUMNS`."""
    values = list(record)
    values[5] = Stage(str(values[5]))
    return Row(*values)

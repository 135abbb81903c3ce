"""The tables in PostgreSQL. `jobs`, `events`, `files`, `attempts` and `inputs` are those of SQLite, with a column for the batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VERSION: Final = 1
"""The version of the tables. Packages of different versions can share a ledger if this is the same."""

UPGRADES: Final[Mapping[int, str]] = {}
"""The statements that upgrade the tables to the next version, by their current version."""

SCHEMA: Final = "runcomfy"

TABLES: Final = f"""
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
SET LOCAL search_path TO {SCHEMA};
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE batches (
    name TEXT PRIMARY KEY,
    place TEXT NOT NULL,
    save BOOLEAN NOT NULL DEFAULT TRUE,
    external BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    server TEXT,
    account TEXT,
    salt TEXT NOT NULL,
    paused BOOLEAN NOT NULL DEFAULT FALSE,
    cancelled BOOLEAN NOT NULL DEFAULT FALSE,
    retrying BOOLEAN NOT NULL DEFAULT FALSE,
    halted TEXT,
    account_problem BOOLEAN NOT NULL DEFAULT FALSE,
    max_concurrent_submits INTEGER NOT NULL DEFAULT 4 CHECK (max_concurrent_submits > 0),
    submits_per_second DOUBLE PRECISION CHECK (submits_per_second > 0),
    max_submits BIGINT,
    max_usd NUMERIC,
    allow_unpriced BOOLEAN NOT NULL DEFAULT FALSE,
    submits_billed BIGINT NOT NULL DEFAULT 0,
    spent NUMERIC NOT NULL DEFAULT 0,
    reserved NUMERIC NOT NULL DEFAULT 0,
    unpriced BIGINT NOT NULL DEFAULT 0,
    next_submit_at TIMESTAMPTZ
);
CREATE TABLE jobs (
    batch TEXT NOT NULL REFERENCES batches,
    key TEXT NOT NULL,
    position BIGINT NOT NULL,
    model TEXT NOT NULL,
    body TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    stage TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    request_id TEXT,
    error TEXT,
    output TEXT,
    cost TEXT,
    changed_at TEXT NOT NULL,
    worker TEXT,
    PRIMARY KEY (batch, key)
);
CREATE INDEX jobs_planned ON jobs (batch, position) WHERE stage = 'planned';
CREATE INDEX jobs_open ON jobs (batch, stage, worker) WHERE stage IN ('submitting', 'submitted', 'running', 'succeeded');
CREATE TABLE events (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at TEXT NOT NULL,
    batch TEXT NOT NULL,
    key TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    was TEXT,
    stage TEXT NOT NULL,
    request_id TEXT,
    detail TEXT,
    worker TEXT DEFAULT current_setting('application_name')
);
CREATE INDEX events_by_job ON events (batch, key);
CREATE INDEX events_by_request ON events (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX events_stray ON events (batch) WHERE stage IN ('stray', 'stray settled');
CREATE TABLE files (
    batch TEXT NOT NULL,
    key TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    number INTEGER NOT NULL,
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (batch, key, attempt, number)
);
CREATE TABLE attempts (
    batch TEXT NOT NULL,
    key TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    estimate TEXT,
    cost TEXT,
    PRIMARY KEY (batch, key, attempt)
);
CREATE TABLE inputs (
    batch TEXT NOT NULL,
    key TEXT NOT NULL,
    place TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    object TEXT NOT NULL,
    path TEXT NOT NULL,
    stripped INTEGER NOT NULL,
    PRIMARY KEY (batch, key, place)
);
CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    version TEXT NOT NULL,
    lease DOUBLE PRECISION NOT NULL,
    began_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    seen_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    expired_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ
);
CREATE INDEX workers_living ON workers (id) WHERE expired_at IS NULL AND ended_at IS NULL;
INSERT INTO about VALUES ('version', '{VERSION}');
"""
"""`batches.external`: only `pay_once` submits its jobs, and no worker waits for them.

`workers.expired_at`: it sent no heartbeat for the duration of its lease. `ended_at`: it, or a person, recorded its end."""

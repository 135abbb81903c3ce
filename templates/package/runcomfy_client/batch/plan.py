"""Writes a list of jobs to a ledger: all jobs, or none. Planning the same list again changes nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client.batch.errors import InvalidJobs, LineProblem
from runcomfy_client.batch.ledger import Ledger
from runcomfy_client.batch.local_files import prepare_for_ledger, write_inputs
from runcomfy_client.batch.sql import Flow, run_sqlite
from runcomfy_client.batch.states import RETRYABLE, Stage
from runcomfy_client.errors import InvalidInput
from runcomfy_client.files.checks import CheckedFile
from runcomfy_client.files.uploads import FileInput
from runcomfy_client.requests import Request

_MAX_PROBLEMS: Final = 1000
_MAX_KEY_LENGTH: Final = 200
_CHUNK: Final = 500
_LISTED: Final = """
CREATE TEMP TABLE IF NOT EXISTS listed (
    key TEXT PRIMARY KEY, line INTEGER, number INTEGER, model TEXT, body TEXT, body_sha256 TEXT
)
"""
_LIST: Final = """
INSERT INTO listed (key, line, number, model, body, body_sha256) VALUES (:key, :line, :number, :model, :body, :body_sha256)
"""
_CHANGED: Final = """
SELECT listed.line, listed.key FROM listed JOIN jobs ON {in_batch}jobs.key = listed.key
WHERE jobs.model <> listed.model OR jobs.body_sha256 <> listed.body_sha256 ORDER BY listed.line
"""
_NEW: Final = "NOT EXISTS (SELECT 1 FROM jobs WHERE {in_batch}jobs.key = listed.key)"
_IS_LISTED: Final = "EXISTS (SELECT 1 FROM listed WHERE listed.key = jobs.key)"
_INSERT_JOBS: Final = f"""
INSERT INTO jobs ({{batch}}key, position, model, body, body_sha256, stage, changed_at)
SELECT {{batch_value}}key, :first + number, model, body, body_sha256, 'planned', {{now}} FROM listed WHERE {_NEW}
"""
_INSERT_EVENTS: Final = """
INSERT INTO events ({{batch}}at, key, attempt, was, stage)
SELECT {{batch_value}}{{now}}, key, attempt, stage, :stage FROM jobs WHERE {{in_batch}}{which}
"""
_UPDATE_STAGE: Final = "UPDATE jobs SET stage = :stage, changed_at = {{now}} WHERE {{in_batch}}{which} RETURNING 1"


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One job of a batch.

    Attributes:
        request: the request to submit.
        key: the key in the batch; by default, it is derived from the request, so that the order of the list does not matter.
        line: the line in the file of jobs, for messages.
    """

    request: Request[Any]
    key: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class PlanResult:
    """The result of planning.

    Attributes:
        new: the number of new jobs.
        known: the number of jobs that were planned before.
        withdrawn: the number of planned jobs that are no longer in the list.
        with_files: the number of jobs with local files.
    """

    new: int
    known: int
    withdrawn: int
    with_files: int = 0


def plan(ledger: Ledger, jobs: Iterable[BatchJob | Request[Any]]) -> PlanResult:
    """Write a list of jobs to the ledger. Planned jobs that are not in the list are withdrawn; submitted jobs are kept.

    Raises:
        InvalidJobs: a key occurs twice, or had other inputs before, or a request cannot be sent; nothing is planned.
        LedgerError: the ledger could not be written.
    """
    listing = Listing(jobs)
    with ledger.transaction() as database:
        run_sqlite(database, listing.write())
        result, relisted = run_sqlite(database, merge(listing))
    counts = ledger.counts.by_stage
    counts[Stage.PLANNED] += result.new + relisted - result.withdrawn
    counts[Stage.WITHDRAWN] += result.withdrawn - relisted
    return result


def requeue(ledger: Ledger, stages: Iterable[Stage]) -> int:
    """Plan the jobs in these stages again, on request of the user; return how many there are.

    Raises:
        ValueError: jobs in one of the stages cannot be retried.
        LedgerError: the ledger could not be written.
    """
    count = 0
    for stage in stages:
        if stage not in RETRYABLE:
            raise ValueError(f"jobs that are {stage} cannot be retried")
        with ledger.transaction() as database:
            changed = run_sqlite(database, change_all(Stage.PLANNED, "stage = :was", {"was": stage.value}))
        ledger.counts.by_stage[stage] -= changed
        ledger.counts.by_stage[Stage.PLANNED] += changed
        count += changed
    return count


class Listing:
    """The list of jobs to plan, in a temporary table, and its problems."""

    def __init__(self, jobs: Iterable[BatchJob | Request[Any]]) -> None:
        self.total = 0
        """The number of problems."""
        self.problems: list[LineProblem] = []
        self.inputs: list[tuple[str, list[FileInput]]] = []
        """The local files of each job: (key, files)."""
        self._jobs = _with_lines(jobs)
        self._keys: set[str] = set()
        self._duplicates: Counter[str] = Counter()
        self._known_files: dict[tuple[int, ...], CheckedFile] = {}

    def write(self) -> Flow[None]:
        """Write the jobs to the temporary table, and collect the problems."""
        yield _LISTED, {}
        yield "DELETE FROM listed", {}
        while chunk := list(self._next_rows()):
            yield _LIST, chunk

    def add_problem(self, line: int, message: str) -> None:
        """Add a problem of a line."""
        self.total += 1
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(LineProblem(line, message))

    def check(self) -> None:
        """Check that there are no problems.

        Raises:
            InvalidJobs: there are problems.
        """
        if self.problems:
            raise InvalidJobs(sorted(self.problems, key=lambda problem: problem.line), total=self.total)

    def _next_rows(self) -> Iterator[dict[str, object]]:
        """Yield the next rows of the table, up to a chunk."""
        count = 0
        while count < _CHUNK:
            try:
                line, job = next(self._jobs)
            except StopIteration:
                return
            except InvalidJobs as error:  # raised at the end of the source
                self.problems.extend(error.problems)
                self.total += error.total
                return
            row = self._row_of(line, job)
            if isinstance(row, str):
                self.add_problem(line, row)
            else:
                count += 1
                yield row

    def _row_of(self, line: int, job: BatchJob) -> dict[str, object] | str:
        """Return the row of a job, or a message about its problem."""
        try:
            prepared, inputs = prepare_for_ledger(job.request, self._known_files)
        except InvalidInput as error:
            return "; ".join(map(str, error.problems))
        key = job.key if job.key is not None else self._key_of(prepared)
        if not key or len(key) > _MAX_KEY_LENGTH or not key.isprintable():
            return f"a key must have 1 to {_MAX_KEY_LENGTH} printable characters"
        if key in self._keys:
            return f"duplicate key {key!r}"
        self._keys.add(key)
        if inputs:
            self.inputs.append((key, inputs))
        row = {"key": key, "line": line, "number": len(self._keys) - 1, "model": prepared.model_id}
        return {**row, "body": prepared.body.decode(), "body_sha256": prepared.body_sha256}

    @property
    def count(self) -> int:
        """The number of valid jobs in the list."""
        return len(self._keys)

    def _key_of(self, prepared: PreparedRequest) -> str:
        """Return a key that is derived from model and inputs. Equal jobs get a number as well."""
        name = hashlib.sha256(f"{prepared.model_id}\n{prepared.body_sha256}".encode()).hexdigest()[:16]
        self._duplicates[name] += 1
        return name if self._duplicates[name] == 1 else f"{name}-{self._duplicates[name]}"


def _with_lines(jobs: Iterable[BatchJob | Request[Any]]) -> Iterator[tuple[int, BatchJob]]:
    for number, job in enumerate(jobs, start=1):
        item = BatchJob(job) if isinstance(job, Request) else job
        yield (number if item.line is None else item.line), item


def merge(listing: Listing, batch: str | None = None) -> Flow[tuple[PlanResult, int]]:
    """Update a ledger to a listing, within a transaction; return the result, and how many withdrawn jobs are planned again.

    Raises:
        InvalidJobs: some jobs are invalid, or conflict with jobs that were planned before.
    """
    own = {"batch": batch}
    for line, key in (yield _CHANGED, own):
        listing.add_problem(
            line, f"the key {key!r} was planned with another model or other inputs; use a new key for the changed job"
        )
    listing.check()
    [[first]] = yield "SELECT coalesce(max(position), -1) + 1 FROM jobs WHERE {in_batch}TRUE", own
    [[new]] = yield f"SELECT count(*) FROM listed WHERE {_NEW}", own
    yield _INSERT_JOBS, {**own, "first": first}
    for key, inputs in listing.inputs:
        yield from write_inputs(key, inputs, batch)
    withdrawn = yield from change_all(Stage.WITHDRAWN, f"stage = 'planned' AND NOT {_IS_LISTED}", own)
    relisted = yield from change_all(Stage.PLANNED, f"stage = 'withdrawn' AND {_IS_LISTED}", own)
    yield "DELETE FROM listed", {}
    return PlanResult(new, listing.count - new, withdrawn, len(listing.inputs)), relisted


def change_all(stage: Stage, which: str, values: Mapping[str, object]) -> Flow[int]:
    """Change all rows that match a condition to a stage, within a transaction, and record the events; return how many."""
    all_values = {**values, "stage": stage.value}
    yield _INSERT_EVENTS.format(which=which), all_values
    return len((yield _UPDATE_STAGE.format(which=which), all_values))

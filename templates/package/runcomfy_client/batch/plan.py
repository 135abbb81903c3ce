"""From a list of jobs to rows of a ledger: all of them, or none. Planning the same list again changes nothing."""

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
        request: what is to be submitted.
        key: its name in the batch; by default one is made from what is submitted, so that the order of the list does not matter.
        line: where it stands in its file.
    """

    request: Request[Any]
    key: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What planning did: how many jobs are new, known from before, and no longer in the list, and how many have local files."""

    new: int
    known: int
    withdrawn: int
    with_files: int = 0


def plan(ledger: Ledger, jobs: Iterable[BatchJob | Request[Any]]) -> PlanResult:
    """Write a list of jobs into the ledger. What was planned and is no longer in the list is withdrawn; what was submitted stays.

    Raises:
        InvalidJobs: a key stands twice or for other inputs than before, or a request cannot be sent; then nothing is planned.
        LedgerError: it could not be written.
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
    """Plan the jobs of some stages once more, because somebody asked for it; return how many there are."""
    count = 0
    for stage in stages:
        if stage not in RETRYABLE:
            raise ValueError(f"jobs that are {stage} are not tried again like this")
        with ledger.transaction() as database:
            found = run_sqlite(database, change_all(Stage.PLANNED, "stage = :was", {"was": stage.value}))
        ledger.counts.by_stage[stage] -= found
        ledger.counts.by_stage[Stage.PLANNED] += found
        count += found
    return count


class Listing:
    """The list of jobs that is to be planned, in a temporary table, and what is wrong with it."""

    def __init__(self, jobs: Iterable[BatchJob | Request[Any]]) -> None:
        self.total = 0
        """How many problems there are."""
        self.problems: list[LineProblem] = []
        self.inputs: list[tuple[str, list[FileInput]]] = []
        """The local files of jobs, by key."""
        self._jobs = _with_lines(jobs)
        self._keys: set[str] = set()
        self._duplicates: Counter[str] = Counter()
        self._known_files: dict[tuple[int, ...], CheckedFile] = {}

    def write(self) -> Flow[None]:
        """Write the jobs into the temporary table, and gather what is wrong with any of them."""
        yield _LISTED, {}
        yield "DELETE FROM listed", {}
        while chunk := list(self._next_rows()):
            yield _LIST, chunk

    def add_problem(self, line: int, message: str) -> None:
        """Note what is wrong with a line."""
        self.total += 1
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(LineProblem(line, message))

    def check(self) -> None:
        """Raise what is wrong.

        Raises:
            InvalidJobs: something is.
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
            except InvalidJobs as error:  # the source has read itself to its end
                self.problems.extend(error.problems)
                self.total += error.total
                return
            found = self._row_of(line, job)
            if isinstance(found, str):
                self.add_problem(line, found)
            else:
                count += 1
                yield found

    def _row_of(self, line: int, job: BatchJob) -> dict[str, object] | str:
        """Return a job as a row, or what is wrong with it."""
        try:
            order, inputs = prepare_for_ledger(job.request, self._known_files)
        except InvalidInput as error:
            return "; ".join(map(str, error.problems))
        key = job.key if job.key is not None else self._key_of(order)
        if not key or len(key) > _MAX_KEY_LENGTH or not key.isprintable():
            return f"a key is 1 to {_MAX_KEY_LENGTH} printable characters"
        if key in self._keys:
            return f"the key {key!r} stands in the list before"
        self._keys.add(key)
        if inputs:
            self.inputs.append((key, inputs))
        row = {"key": key, "line": line, "number": len(self._keys) - 1, "model": order.model_id}
        return {**row, "body": order.body.decode(), "body_sha256": order.body_sha256}

    @property
    def count(self) -> int:
        """How many jobs are in it."""
        return len(self._keys)

    def _key_of(self, order: PreparedRequest) -> str:
        """Name a job after what it sends. Jobs that are alike are told apart by number."""
        name = hashlib.sha256(f"{order.model_id}\n{order.body_sha256}".encode()).hexdigest()[:16]
        self._duplicates[name] += 1
        return name if self._duplicates[name] == 1 else f"{name}-{self._duplicates[name]}"


def _with_lines(jobs: Iterable[BatchJob | Request[Any]]) -> Iterator[tuple[int, BatchJob]]:
    for number, job in enumerate(jobs, start=1):
        item = BatchJob(job) if isinstance(job, Request) else job
        yield (number if item.line is None else item.line), item


def merge(listing: Listing, batch: str | None = None) -> Flow[tuple[PlanResult, int]]:
    """Bring a ledger to what is listed, inside a transaction; return what was done, and how many are planned that were withdrawn.

    Raises:
        InvalidJobs: something is wrong with some job, also in view of what was planned before.
    """
    own = {"batch": batch}
    for line, key in (yield _CHANGED, own):
        listing.add_problem(line, f"the key {key!r} was planned with another model or other inputs; give the changed job a new key")
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
    """Bring all rows that a condition names to a stage, inside a transaction, and note it; return how many."""
    all_values = {**values, "stage": stage.value}
    yield _INSERT_EVENTS.format(which=which), all_values
    return len((yield _UPDATE_STAGE.format(which=which), all_values))

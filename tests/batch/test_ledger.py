"""The ledger as a state machine: it keeps what was written, refuses invalid changes, and survives a kill unchanged."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from runcomfy_client.batch import Counts, LedgerError, SavedFile, Stage, read_ledger
from runcomfy_client.batch.ledger import LEDGER_NAME, Ledger
from runcomfy_client.batch.plan import plan
from runcomfy_client.batch.process_lock import ProcessLock
from runcomfy_client.batch.states import PREDECESSORS

from tests.batch.worker import jobs

KEYS = [f"job-{number}" for number in range(5)]


class LedgerMachine(RuleBasedStateMachine):
    """Any order of changes, kills included, against a plain dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.submits_billed = 0

    @initialize()
    def begin(self) -> None:
        self.ledger = Ledger(self.folder / LEDGER_NAME)
        plan(self.ledger, jobs(len(KEYS)))
        self.stages = dict.fromkeys(KEYS, Stage.PLANNED)
        self.on_disk = dict(self.stages)

    @rule(key=st.sampled_from(KEYS), stage=st.sampled_from(list(Stage)))
    def move(self, key: str, stage: Stage) -> None:
        was = self.stages[key]
        if was not in PREDECESSORS[stage]:
            with pytest.raises(LedgerError):
                self.ledger.transition(key, was, stage)
            return
        self.ledger.transition(key, was, stage, request_id="id-1" if stage is Stage.SUBMITTED else None)
        self.submits_billed += stage is Stage.SUBMITTING
        self.submits_billed -= was in (Stage.SUBMITTING, Stage.UNKNOWN) and stage in (Stage.PLANNED, Stage.REFUSED)
        self.stages[key] = stage
        self.on_disk = dict(self.stages)

    @precondition(lambda self: Stage.SUBMITTED in self.stages.values())
    @rule(data=st.data())
    def mark_running(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from([key for key, stage in self.stages.items() if stage is Stage.SUBMITTED]))
        self.ledger.mark_running(key)
        self.stages[key] = Stage.RUNNING

    @rule(key=st.sampled_from(KEYS), was=st.sampled_from(list(Stage)), stage=st.sampled_from(list(Stage)))
    def move_from_elsewhere(self, key: str, was: Stage, stage: Stage) -> None:
        if was is not self.stages[key]:
            with pytest.raises(LedgerError):
                self.ledger.transition(key, was, stage)

    @rule()
    def requeue(self) -> None:
        planned = plan(self.ledger, jobs(len(KEYS)))
        assert (planned.new, planned.known) == (0, len(KEYS))
        for key, stage in self.stages.items():
            self.stages[key] = Stage.PLANNED if stage is Stage.WITHDRAWN else stage
        self.on_disk = dict(self.stages)

    @rule()
    def kill_and_start_again(self) -> None:
        """What is on the disk at this moment is what the next process finds: a copy of the files stands for a kill."""
        copy = Path(tempfile.mkdtemp())
        for file in self.folder.iterdir():
            shutil.copy(file, copy)
        self.ledger.close()
        shutil.rmtree(self.folder)
        self.folder, self.ledger = copy, Ledger(copy / LEDGER_NAME)
        found = {row.key: row.stage for row in self.ledger.rows()}
        for key, stage in self.stages.items():
            may_be = {stage, Stage.SUBMITTED} if stage is Stage.RUNNING else {stage}
            assert found[key] in may_be, "only the note that a job runs may be lost"
        interrupted = sum(stage is Stage.SUBMITTING for stage in found.values())
        assert self.ledger.recover() == interrupted
        self.stages = {key: Stage.UNKNOWN if stage is Stage.SUBMITTING else stage for key, stage in found.items()}

    @invariant()
    def the_tally_is_right(self) -> None:
        counts = {stage: count for stage, count in self.ledger.counts.by_stage.items() if count}
        assert counts == {stage: list(self.stages.values()).count(stage) for stage in set(self.stages.values())}
        assert self.ledger.counts.submits_billed == self.submits_billed

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / LEDGER_NAME)
    plan(made, jobs(3))
    return made


def carry(ledger: Ledger, key: str, *stages: Stage) -> None:
    """Bring a planned row through some stages."""
    was = Stage.PLANNED
    for stage in stages:
        ledger.transition(key, was, stage, request_id=f"id-of-{key}" if stage is Stage.SUBMITTED else None)
        was = stage


def test_submitting_and_unknown_return_to_planned_only_when_nothing_was_accepted() -> None:
    assert [stage for stage, before in PREDECESSORS.items() if Stage.UNKNOWN in before] == [
        Stage.PLANNED,
        Stage.SUBMITTED,
        Stage.REFUSED,
        Stage.ABANDONED,
    ]
    assert PREDECESSORS[Stage.SUBMITTING] == {Stage.PLANNED}


def test_a_commit_waits_for_the_disk(ledger: Ledger) -> None:
    with ledger.transaction() as database:
        assert database.execute("PRAGMA synchronous").fetchone() == (2,)
    with closing(sqlite3.connect(ledger.path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    ledger.close()


def test_every_attempt_and_its_id_are_kept(ledger: Ledger) -> None:
    carry(ledger, "job-0", Stage.SUBMITTING, Stage.SUBMITTED, Stage.FAILED, Stage.PLANNED, Stage.SUBMITTING)
    row = ledger.row("job-0")
    assert row is not None and row.attempt == 2 and row.request_id is None
    assert ledger.has_request_id("id-of-job-0") and not ledger.has_request_id("another")
    ledger.close()


def test_files_belong_to_an_attempt(ledger: Ledger, tmp_path: Path) -> None:
    carry(ledger, "job-1", Stage.SUBMITTING, Stage.SUBMITTED, Stage.SUCCEEDED)
    ledger.transition("job-1", Stage.SUCCEEDED, Stage.DOWNLOADED, files=[SavedFile("a.mp4", "00", 3)])
    with read_ledger(tmp_path) as view:
        found = next(view.rows(Stage.DOWNLOADED))
        assert view.files(found) == [SavedFile("a.mp4", "00", 3)]
    ledger.close()


def test_after_a_failed_commit_nothing_is_written(ledger: Ledger) -> None:
    ledger._database.execute("PRAGMA query_only = ON")
    with pytest.raises(LedgerError, match="readonly"):
        ledger.transition("job-0", Stage.PLANNED, Stage.SUBMITTING)
    ledger._database.execute("PRAGMA query_only = OFF")
    with pytest.raises(LedgerError, match="readonly"):
        ledger.transition("job-1", Stage.PLANNED, Stage.SUBMITTING)
    assert ledger.counts[Stage.PLANNED] == 3
    ledger.close()


def test_a_file_that_is_not_a_ledger_is_not_modified(tmp_path: Path) -> None:
    path = tmp_path / LEDGER_NAME
    path.write_bytes(b"something else altogether, and long enough to be taken for a file header" * 20)
    before = path.read_bytes()
    with pytest.raises(LedgerError):
        Ledger(path)
    assert path.read_bytes() == before


def test_a_ledger_of_another_version_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    ledger.set_meta("version", "9")
    ledger.close()
    with pytest.raises(LedgerError, match="another version"):
        Ledger(tmp_path / LEDGER_NAME)
    with pytest.raises(LedgerError, match="another version"), read_ledger(tmp_path):
        pass


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    from runcomfy_client.batch import BatchBusy

    with ProcessLock(tmp_path / "lock", what="it"), pytest.raises(BatchBusy):
        ProcessLock(tmp_path / "lock", what="it")
    ProcessLock(tmp_path / "lock", what="it").release()


def test_empty_counts_are_zero() -> None:
    assert (Counts().total, Counts().in_flight, Counts().unsuccessful) == (0, 0, 0)


def test_an_interrupted_submit_records_its_start_time(ledger: Ledger, tmp_path: Path) -> None:
    carry(ledger, "job-2", Stage.SUBMITTING)
    begun = ledger.row("job-2")
    ledger.close()
    again = Ledger(tmp_path / LEDGER_NAME)
    assert again.recover() == 1 and begun is not None
    found = again.row("job-2")
    assert found is not None and found.stage is Stage.UNKNOWN and begun.changed_at in str(found.error)
    again.close()

"""A ledger that cannot be written: no paid call leaves after the first commit that failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from runcomfy_client.batch import Batch, FolderBatch, LedgerError, Stage, read_ledger

from tests.batch.harness import run, simulate, submits


class TestDisks:
    """No paid call leaves after the first commit that failed."""

    @pytest.mark.parametrize("commits", [0, 1, 2, 3, 5, 8, 13])
    def test_read_only(self, commits: int, tmp_path: Path) -> None:
        simulator = simulate()

        def break_it(batch: FolderBatch) -> None:
            left = [commits]

            def watch(statement: str) -> None:
                if statement == "COMMIT":
                    left[0] -= 1
                elif statement.startswith("BEGIN") and left[0] == 0:
                    after.append(submits(simulator))
                    batch.ledger._database.set_progress_handler(lambda: 1, 1)  # from here on, every statement fails

            batch.ledger._database.set_trace_callback(watch)

        after: list[int] = []
        with pytest.raises(LedgerError):
            run(simulator, tmp_path, 20, before=break_it, save=False)
        assert submits(simulator) == after[0], "a submit left after the ledger had failed"

    def test_full(self, tmp_path: Path) -> None:
        """The system itself refuses to let the ledger grow; the process cannot know beforehand when."""
        code = f"""
import resource, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from runcomfy_client.batch import LedgerError
from tests.batch.harness import run, simulate, submits
simulator, out = simulate(), Path({str(tmp_path)!r})
limit = lambda batch: resource.setrlimit(resource.RLIMIT_FSIZE, ((out / "batch.sqlite3-wal").stat().st_size + 600_000,) * 2)
try:
    run(simulator, out, 500, before=limit, save=False)
except LedgerError as error:
    accepted = {{job.request_id for job in simulator.accepted}}
    print(submits(simulator), len(accepted), *[request_id for _key, request_id in error.orphans])
"""
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        submitted, accepted, *orphans = ran.stdout.split()
        assert 0 < int(submitted) < 500 and submitted == accepted
        with read_ledger(tmp_path) as ledger:
            written = [row for row in ledger.rows() if row.request_id]
            interrupted = list(ledger.rows(Stage.SUBMITTING))
        assert len(written) + len(orphans) == int(accepted), "what could not be written down is told"
        assert len(orphans) <= len(interrupted) <= 4

    def test_a_batch_continues_after_a_full_disk(self, tmp_path: Path) -> None:
        """Whatever the disk took before it was full, the same run again submits each job once."""
        code = f"""
import resource, signal, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from runcomfy_client.batch import LedgerError
from tests.batch.harness import run, simulate, submits
for size in [0, 1, 100, 511, 512, 4095, 4096, 4097, 8192, 12_288, 20_000, 28_672, 32_768, 33_000, 40_000, 65_536, 1_000_000]:
    simulator, out = simulate(), Path({str(tmp_path)!r}, str(size))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    failed = False
    try:
        run(simulator, out, 3, save=False)
    except LedgerError as error:
        failed = not error.orphans
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    report = run(simulator, out, 3, save=False)
    unknown = sum(count for stage, count in report.counts.by_stage.items() if stage == "unknown")
    assert submits(simulator) + unknown <= 3 and (unknown or submits(simulator) == 3), (size, report)
    print(size, failed)
"""
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        told = dict(line.split() for line in ran.stdout.splitlines())
        assert told["0"] == told["4096"] == "True" and told["1000000"] == "False"

    def test_a_link_to_nothing_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "out").symlink_to("/nonexistent/place")
        with pytest.raises(LedgerError, match="a link to a folder that does not exist"):
            Batch(tmp_path / "out")

    def test_a_folder_that_cannot_be_created(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(LedgerError):
            Batch(tmp_path / "file")

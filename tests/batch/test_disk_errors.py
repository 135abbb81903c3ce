"""A ledger that cannot be written: no paid call leaves after the first commit that failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from runcomfy_client.batch import Batch, LedgerError, Stage, read_ledger

from tests.batch.harness import run, simulate, submits


class TestDisks:
    """No paid call leaves after the first commit that failed."""

    @pytest.mark.parametrize("commits", [0, 1, 2, 3, 5, 8, 13])
    def test_read_only(self, commits: int, tmp_path: Path) -> None:
        simulator = simulate()

        def break_it(batch: Batch) -> None:
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

    def test_a_folder_that_cannot_be_created(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(LedgerError):
            Batch(tmp_path / "file")

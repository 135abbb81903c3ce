"""Whatever is killed, stopped, cut off or crashed, nothing is paid twice and nothing lost; the server's own record decides."""

from __future__ import annotations

import hashlib
import signal
import time
from pathlib import Path
from random import Random

import pytest
from runcomfy_client.batch import Stage

from tests.batch.test_process_kills import MIX
from tests.fleet.harness import PLACES, Fleet, is_stopped
from tests.fleet.postgres import new_database, own_server

SLOW = "submit:delay=0.05,times=always"


def kill_five(fleet: Fleet, *, calls: int) -> None:
    """Run three workers to the end, and kill five on the way, each within so many calls after the last; others replace them."""
    chance = Random(calls)
    for _ in range(3):
        fleet.start()
    for _ in range(5):
        fleet.calls(chance.randrange(calls // 2, calls))
        living = [worker for worker in fleet.workers if worker.poll() is None]
        chance.choice(living).kill()
        fleet.start()
    fleet.finish()


def test_two_thousand_jobs_three_workers_and_five_kills(database: str, tmp_path: Path) -> None:
    with Fleet(database, tmp_path, 2000, *MIX, save=False) as fleet:
        kill_five(fleet, calls=500)
        found = fleet.verdict()
        with fleet.batch() as batch:
            assert batch.status().workers == () and batch.status().strays == 0
    assert (found.double, found.lost, found.open) == (0, 0, 0), found
    assert found.unknown <= found.ambiguous + PLACES * 5, found


@pytest.mark.parametrize("guard", [True, False])
def test_kills_during_slow_submits(guard: bool, database: str, tmp_path: Path) -> None:
    with Fleet(database, tmp_path, 100, SLOW, "download:half-body,probability=0.1,times=always", guard=guard, save=guard) as fleet:
        kill_five(fleet, calls=60)
        found = fleet.verdict()
        with fleet.batch() as batch:
            saved = {file.path: file for row in batch.rows(Stage.DOWNLOADED) for file in batch.files(row)}
    if guard:
        assert (found.double, found.lost, found.open) == (0, 0, 0) and found.unknown <= PLACES * 5, found
        assert len(saved) == 100 - found.unknown and saved.keys() == {path.name for path in tmp_path.iterdir()}
        assert {hashlib.sha256((tmp_path / path).read_bytes()).hexdigest() for path in saved} == {next(iter(saved.values())).sha256}
    else:
        assert found.double > 0, "the test does not bite: it finds nothing where there is no guard"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="which process is stopped is read from /proc")
@pytest.mark.parametrize("guard", [True, False])
def test_stopped_for_ten_seconds(guard: bool, database: str, tmp_path: Path) -> None:
    """In the middle of the claim, between the intent and the call, before the call and after it; another one goes on meanwhile."""
    with Fleet(database, tmp_path, 80, lease=2.0, guard=guard, save=False, running=0.2) as fleet:
        stopped = [fleet.start(stop_at=point) for point in ("claim", "intent", "before", "after")]
        fleet.until(lambda: all(map(is_stopped, stopped)))
        fleet.start()
        time.sleep(10)  # that is what is tested
        for worker in stopped:
            worker.send_signal(signal.SIGCONT)
        fleet.finish()
        found = fleet.verdict()
        with fleet.batch() as batch:
            strays = batch.status().strays
    if guard:
        assert (found.double, found.lost, found.open, found.unknown, strays) == (0, 0, 0, 0, 0), found
    else:
        assert found.double > 0 and strays > 0, "the test does not bite: it finds nothing where there is no guard"


def test_postgresql_crashes_twice(tmp_path: Path) -> None:
    with own_server() as server, new_database(server.url) as database:
        with Fleet(database, tmp_path, 150, *MIX, save=False) as fleet:
            for _ in range(3):
                fleet.start()
            for _ in range(2):
                fleet.calls(60)
                server.crash()
                time.sleep(0.5)
                server.start()
            fleet.finish()
            found = fleet.verdict()
    assert (found.double, found.lost, found.open) == (0, 0, 0), found
    assert found.unknown <= found.ambiguous, found

"""Killed at random moments, a batch loses nothing and submits nothing twice; the server's own record is the server."""

from __future__ import annotations

import hashlib
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from runcomfy_client.batch import Stage, read_ledger

from tests.batch.simulator_process import SimulatorProcess, run_simulator
from tests.programs import Program

WORKER = Path(__file__).with_name("worker.py")
SUBMITS = 4
MIX = (
    "submit:429,retry-after=0,probability=0.03,times=always",
    "submit:503,probability=0.01,times=always",
    "submit:drop-after,probability=0.01,times=always",
    "submit:drop-before,probability=0.01,times=always",
    "submit:job-fails,probability=0.03,times=always",
    "submit:422,probability=0.01,times=always",
    "status:503,probability=0.05,times=always",
    "result:502,probability=0.03,times=always",
    "download:half-body,probability=0.05,times=always",
)
FINAL = {Stage.DOWNLOADED, Stage.FAILED, Stage.REFUSED, Stage.UNKNOWN}
SAMPLE = Path(sys.modules["runcomfy_client"].__path__[0]) / "simulator" / "media" / "sample.mp4"


def start(server: SimulatorProcess, out: Path, count: int, *limits: str) -> Program:
    return Program(WORKER, server.base_url, str(out), str(count), *limits)


def kill_after(server: SimulatorProcess, out: Path, count: int, *, calls: int) -> bool:
    """Run the batch until the server has seen so many more calls, and kill it; False when it came to its end before."""
    until = server.ask("calls") + calls
    with start(server, out, count) as worker:
        while server.ask("calls") < until:
            if worker.poll() is not None:
                return False
            time.sleep(0.002)
        worker.kill()
    return True


def finish(server: SimulatorProcess, out: Path, count: int) -> str:
    """Run the batch to its end; a file that could not be saved is asked for again in another run."""
    output = ""
    for _ in range(5):
        with start(server, out, count) as worker:
            output = worker.communicate(timeout=600)[0]
            assert worker.returncode == 0
        if "unfinished: 0" in output:
            break
    return output


@pytest.mark.parametrize("seed", [7])
def test_a_thousand_jobs_and_ten_kills(seed: int, tmp_path: Path) -> None:
    count, kills, chance = 1000, 0, Random(seed)
    with run_simulator(*MIX, seed=seed) as server:
        for _ in range(10):
            kills += kill_after(server, tmp_path, count, calls=chance.randrange(1, 400))
        finish(server, tmp_path, count)
        record = server.ask("record")
    accepted = Counter(key for _id, key in record["accepted"])
    assert kills == 10
    assert max(accepted.values()) == 1, "a job was submitted twice"
    with read_ledger(tmp_path) as ledger:
        rows = {row.key: row for row in ledger.rows()}
        files = {row.key: ledger.files(row) for row in rows.values()}
    assert len(rows) == count and {row.stage for row in rows.values()} <= FINAL
    for request_id, key in record["accepted"]:
        assert rows[key].request_id == request_id or rows[key].stage is Stage.UNKNOWN
    unknown = [row for row in rows.values() if row.stage is Stage.UNKNOWN]
    assert len(unknown) <= record["ambiguous"] + SUBMITS * kills
    assert all(len(files[row.key]) == 1 for row in rows.values() if row.stage is Stage.DOWNLOADED)


def test_a_kill_during_twenty_downloads_leaves_no_wrong_file(tmp_path: Path) -> None:
    right = hashlib.sha256(SAMPLE.read_bytes()).hexdigest()
    with run_simulator("download:drip=15000,times=always") as server:
        with start(server, tmp_path, 20, "300", "20") as worker:
            while sum(path.stat().st_size > 0 for path in tmp_path.glob("*.part")) < 10:  # on a busy machine, not all overlap
                assert worker.poll() is None
                time.sleep(0.005)
            worker.kill()
        torn = {path.name for path in tmp_path.glob("*.part")}
        assert len(torn) >= 10, "the kill came too late to tear much"
        assert all(digest(path) == right for path in tmp_path.glob("*.mp4"))
        finish(server, tmp_path, 20)
    assert not torn & {path.name for path in tmp_path.iterdir()}, "half-written files are cleared away"
    assert [digest(path) for path in tmp_path.glob("*.mp4")] == [right] * 20


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_two_thousand_jobs_at_three_hundred_in_flight_stay_small(tmp_path: Path) -> None:
    with run_simulator(seconds_running=1.2) as server:
        told = finish(server, tmp_path, 2000)
        record = server.ask("record")
    assert "done: True" in told and len(record["accepted"]) == 2000
    assert int(told.rpartition(" ")[2]) < 300, told


def test_a_second_process_on_one_ledger_is_refused(tmp_path: Path) -> None:
    with run_simulator(seconds_running=0.5) as server, start(server, tmp_path, 40) as first:
        while not (tmp_path / "batch.sqlite3").exists() or server.ask("calls") < 1:
            time.sleep(0.005)
        first.send_signal(signal.SIGSTOP)  # so that it has not ended before the second begins, however busy the machine
        with start(server, tmp_path, 40) as second:
            _printed, errors = second.communicate()
        first.send_signal(signal.SIGCONT)
        assert second.returncode != 0 and "BatchBusy" in errors
        first.communicate(timeout=60)
        assert first.returncode == 0
        keys = [key for _id, key in server.ask("record")["accepted"]]
    assert len(keys) == len(set(keys)) == 40

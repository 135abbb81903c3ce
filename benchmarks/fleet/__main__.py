"""Prints what a job costs with several workers on PostgreSQL: `python -m benchmarks fleet`. It fails when a bound is broken.

The same jobs, against a simulator in a process of its own, which takes CPU time of the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runcomfy_client.batch import Stage

from tests.batch.simulator_process import run_simulator
from tests.fleet.harness import Fleet
from tests.fleet.postgres import Server, new_database, own_server

ROOT = Path(__file__).parents[2]
SINGLE = ROOT / "tests/batch/worker.py"
WORKER = ROOT / "tests/fleet/worker.py"
CPU_BOUND = 1.6
WALL_BOUND = 1.0
"""On an idle machine: a busy one has no core left for the second worker."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: seconds, milliseconds of CPU a job of workers and database, and the most memory of a worker in MiB."""

    what: str
    wall: float
    worker: float
    database: float
    mib: int

    def __str__(self) -> str:
        return f"{self.what:36} {self.wall:6.1f} s {self.worker:7.1f} ms {self.database:7.1f} ms {self.mib:6} MiB"


def single(count: int) -> Cost:
    """One process, SQLite in a folder."""
    with tempfile.TemporaryDirectory() as out, run_simulator(seconds_running=0.5) as server:
        before = _children()
        began = time.monotonic()
        words = [sys.executable, str(SINGLE), server.base_url, out, str(count)]
        told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        return Cost(
            "one process, SQLite", time.monotonic() - began, (_children() - before) / count * 1e3, 0.0, int(told.split()[-1])
        )


def fleet(server: Server, count: int, workers: int) -> Cost:
    """Several workers, PostgreSQL."""
    with new_database(server.url) as database, tempfile.TemporaryDirectory() as out:
        with Fleet(database, Path(out), count, lease=60, running=0.5) as one:
            before = _cpu_of(server)
            began = time.monotonic()
            told = _run_workers(one, workers)
            wall = time.monotonic() - began
            with one.batch() as batch:
                assert batch.counts[Stage.DOWNLOADED] == count, batch.status()
        worker = sum(each["cpu"] for each in told) / count * 1e3
        used = (_cpu_of(server) - before) / count * 1e3
        return Cost(f"{workers} workers, PostgreSQL", wall, worker, used, max(each["mib"] for each in told))


def least(costs: Sequence[Cost]) -> Cost:
    """The least of each figure: what else the machine does only adds to it."""
    return Cost(
        costs[0].what,
        min(cost.wall for cost in costs),
        min(cost.worker for cost in costs),
        min(cost.database for cost in costs),
        max(cost.mib for cost in costs),
    )


def _run_workers(one: Fleet, count: int) -> list[dict[str, Any]]:
    """Run workers to their end, each in an interpreter of its own: its start is a part of what it costs."""
    words = [sys.executable, str(WORKER), json.dumps({"base_url": one.server.base_url, **one.options})]
    environment = {**os.environ, "RUNCOMFY_DATABASE": one.database, "PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    printed = [process.communicate()[0] for process in running]
    assert not any(process.returncode for process in running)
    return [json.loads(text) for text in printed]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _cpu_of(server: Server) -> float:
    """Seconds of CPU of all processes of a server, those included that have ended."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if server.pid in (int(path.parent.name), int(fields[1])):
            ticks += sum(map(int, fields[11:13])) + (sum(map(int, fields[13:15])) if int(path.parent.name) == server.pid else 0)
    return ticks / os.sysconf("SC_CLK_TCK")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and compare with the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fleet", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2, help="runs of each, in turn; the least of each figure counts")
    options = parser.parse_args(arguments)
    print(f"{options.jobs:,} jobs; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'':36} {'wall':>8} {'worker CPU':>10} {'database':>10} {'memory':>10}   (CPU a job)")
    with own_server() as server:
        rounds = [(single(options.jobs), fleet(server, options.jobs, options.workers)) for _ in range(options.rounds)]
    costs = [least(each) for each in zip(*rounds, strict=True)]
    for cost in costs:
        print(cost)
    ratio = costs[1].worker / costs[0].worker
    wall = costs[1].wall / costs[0].wall
    print(f"worker CPU a job {ratio:.2f} times that of one process (at most {CPU_BOUND}); wall {wall:.2f} (at most {WALL_BOUND})")
    return int(ratio > CPU_BOUND or wall > WALL_BOUND)


if __name__ == "__main__":
    sys.exit(main())

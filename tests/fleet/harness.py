"""Several workers on one batch, a simulator that keeps the record of what it accepted, and the comparison of the two."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from runcomfy_client import RawRequest
from runcomfy_client.batch import Batch, BatchJob, BatchLimits, Stage
from runcomfy_client.batch.fleet.shared_batch import SharedBatch

from tests.batch.simulator_process import SimulatorProcess, run_simulator
from tests.batch.worker import jobs
from tests.programs import Program

WORKER = Path(__file__).with_name("worker.py")
ROOT = Path(__file__).parents[2]
FINAL = {Stage.DOWNLOADED, Stage.FAILED, Stage.REFUSED, Stage.UNKNOWN}
PLACES = 4
USD = {
    "bytedance/seedance-2.5/image-to-video/480p": Decimal("0.17"),
    "bytedance/seedance-2.5/image-to-video/720p": Decimal("0.35"),
}
"""What these models cost a second, as the catalog of the client says."""


@dataclass(frozen=True)
class Verdict:
    """What the server's record says of the ledger.

    Attributes:
        double: jobs that were accepted more than once.
        lost: accepted ids that no row and no unknown job stands for.
        unknown: rows that are unknown.
        open: rows that have not come to an end.
        accepted: jobs that were accepted.
        ambiguous: submits whose answer does not say whether they were accepted.
    """

    double: int
    lost: int
    unknown: int
    open: int
    accepted: int
    ambiguous: int


class Fleet:
    """A batch of so many jobs, or of these, its simulator, and its workers."""

    def __init__(
        self,
        database: str,
        out: Path,
        what: int | Iterable[BatchJob],
        *faults: str,
        lease: float = 3.0,
        guard: bool = True,
        running: float = 0.05,
        limits: BatchLimits | None = None,
        save: bool = True,
        **simulator: Any,
    ) -> None:
        self.database = database
        self._final = FINAL if save else FINAL | {Stage.SUCCEEDED}
        self.options = {"lease": lease, "guard": guard}
        self.workers: list[Program] = []
        self._stack = ExitStack()
        self.server: SimulatorProcess = self._stack.enter_context(run_simulator(*faults, seconds_running=running, **simulator))
        with self.batch(str(out)) as batch:
            batch.plan(jobs(what) if isinstance(what, int) else what)
            batch.set_limits(limits or BatchLimits(), save=save)

    def batch(self, out: str | None = None) -> SharedBatch:
        """Open the batch."""
        return Batch(out, database=self.database, name="night", shared=True)

    def start(self, database: str | None = None, **options: Any) -> Program:
        """Start a worker, by default on the database of the batch."""
        text = json.dumps({"base_url": self.server.base_url, **self.options, **options})
        worker = Program(WORKER, text, environment={"RUNCOMFY_DATABASE": database or self.database})
        self.workers.append(worker)
        return worker

    def until(self, condition: Callable[[], object], *, seconds: float = 100.0) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not come to that"
            time.sleep(0.02)

    def calls(self, count: int) -> None:
        """Wait until the simulator has had so many more calls."""
        until = self.server.ask("calls") + count
        self.until(lambda: self.server.ask("calls") >= until or all(worker.poll() is not None for worker in self.workers))
        assert self.server.ask("calls") >= until, "the batch was done before"

    def finish(self, *, seconds: float = 110.0) -> list[dict[str, Any]]:
        """Wait for all workers that were not killed; return what they print."""
        told = []
        for worker in self.workers:
            output, errors = worker.communicate(timeout=seconds)
            assert worker.returncode in (0, -9), errors
            if worker.returncode == 0:
                told.append(json.loads(output))
        return told

    def verdict(self) -> Verdict:
        """Compare the ledger with the record of the simulator."""
        record = self.server.ask("record")
        with self.batch() as batch:
            rows = {row.key: row for row in batch.rows()}
        accepted = Counter(key for _id, key in record["accepted"])
        lost = [
            key
            for request_id, key in record["accepted"]
            if rows[key].request_id != request_id and rows[key].stage is not Stage.UNKNOWN and accepted[key] == 1
        ]
        stages = Counter(row.stage for row in rows.values())
        return Verdict(
            double=sum(count > 1 for count in accepted.values()),
            lost=len(lost),
            unknown=stages[Stage.UNKNOWN],
            open=sum(count for stage, count in stages.items() if stage not in self._final),
            accepted=len(record["accepted"]),
            ambiguous=record["ambiguous"],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.communicate()
        self._stack.close()


def is_stopped(worker: Program) -> bool:
    """Whether a process is stopped by a signal."""
    return Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def priced(count: int) -> list[BatchJob]:
    """Jobs of two models and five lengths."""
    return [
        BatchJob(
            RawRequest(
                model=list(USD)[number % 2],
                inputs={"prompt": f"job-{number}", "image": "https://example.com/photo.png", "duration": 4 + number % 5},
            ),
            key=f"job-{number}",
        )
        for number in range(count)
    ]


def estimate_of(number: int) -> Decimal:
    """The estimate of one of them."""
    return list(USD.values())[number % 2] * (4 + number % 5)

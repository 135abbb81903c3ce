"""A batch against the simulator in process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from runcomfy_client import AsyncRunComfy, Policy
from runcomfy_client.batch import Batch, BatchJob, BatchLimits, BatchReport, FolderBatch, Stage, read_ledger
from runcomfy_client.simulator import Fault, Simulator

from tests.batch.worker import jobs

QUICK = Policy(poll_initial=0.001, poll_max=0.01, polls_per_second=1e6, backoff_initial=0.0, backoff_max=0.0)


def simulate(*faults: Fault, running: float = 0.0) -> Simulator:
    """A simulator whose jobs take no time."""
    return Simulator(seconds_in_queue=0, seconds_running=running, faults=faults)


def run(
    simulator: Simulator,
    out: Path,
    what: int | Iterable[BatchJob] = 5,
    *,
    token: str = "test-token",
    before: Callable[[FolderBatch], Any] = lambda batch: None,
    **options: Any,
) -> BatchReport:
    """Plan and run a batch. `before` is called with the planned batch; options are those of `BatchLimits` and `run`."""
    bounds = {name: options.pop(name) for name in list(options) if name in BatchLimits.__dataclass_fields__}
    planned = jobs(what) if isinstance(what, int) else what

    async def main() -> BatchReport:
        async with simulator.async_http_client() as http:
            async with AsyncRunComfy(token, base_url=simulator.base_url, policy=QUICK, http_client=http) as client:
                with Batch(out) as batch:
                    batch.plan(planned)
                    before(batch)
                    return await batch.run(client, limits=BatchLimits(**bounds), **options)

    return asyncio.run(main())


def stages(out: Path) -> dict[str, Stage]:
    """Where each job stands."""
    with read_ledger(out) as ledger:
        return {row.key: row.stage for row in ledger.rows()}


def submits(simulator: Simulator) -> int:
    """How many paid calls left."""
    return sum(call.point == "submit" for call in simulator.calls)

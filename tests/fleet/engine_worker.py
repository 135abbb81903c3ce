"""A worker of one of the examples of workflow engines, with short leases: `python engine_worker.py ENGINE '{"guard": ...}'`.

Without the guard, the step calls the API as one would without `pay_once`: the control that shows that the test bites.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from functools import partial
from typing import Any

from runcomfy_client import AsyncRunComfy
from runcomfy_client.batch import Paid

from tests.batch.worker import HASTY


async def careless(_ledger: Any, client: AsyncRunComfy, _key: str, request: Any, **_options: Any) -> Paid:
    """Pay, without a look at what was paid before."""
    job = await client.submit(request)
    return Paid(job.request_id, first=True)


def temporal(guard: bool) -> None:
    """Run a worker of the example of Temporal."""
    from temporalio.worker import UnsandboxedWorkflowRunner, Worker

    from examples.engines import temporal_clips as example

    example.LEASE, example.PAY_TIMEOUT, example.HEARTBEAT = 2.0, timedelta(seconds=20), timedelta(seconds=2)
    quick: dict[str, Any] = {
        "sticky_queue_schedule_to_start_timeout": timedelta(seconds=1),
        "workflow_runner": UnsandboxedWorkflowRunner(),
    }
    setattr(example, "Worker", partial(Worker, **quick))  # in a sandbox, the workflow would have the timeouts of the example
    if not guard:
        setattr(example, "pay_once", careless)

    async def run() -> None:
        async with AsyncRunComfy("test-token", policy=HASTY) as client:
            await example.work(client)

    asyncio.run(run())


def dbos(guard: bool) -> None:
    """Run a worker of the example of DBOS."""
    from examples.engines import dbos_clips as example

    example.LEASE = 2.0
    setattr(example, "connect", lambda: AsyncRunComfy("test-token", policy=HASTY))
    if not guard:
        setattr(example, "pay_once", careless)
    example.work()


if __name__ == "__main__":
    {"temporal": temporal, "dbos": dbos}[sys.argv[1]](json.loads(sys.argv[2])["guard"])

"""A worker in a process that may be killed, stopped or cut off: `python worker.py '{"base_url": ..., ...}'`.

The database is in the environment. `stop_at` lets it stop itself (SIGSTOP) at a point of its `stop_after`-th submit: `claim`,
in the middle of the transaction that claims it; `intent`, once it is committed; `before` and `after` the paid call. With
`guard: false`, a submit that was under way when a worker died is planned again, as engines do it by default: the control that shows
that tests bite.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any

from runcomfy_client import AsyncRunComfy
from runcomfy_client.batch import BatchLimits
from runcomfy_client.batch.fleet import shared_ledger as ledger_module
from runcomfy_client.batch.fleet import worker as worker_module
from runcomfy_client.batch.fleet import worker_registry as workers
from runcomfy_client.batch.fleet.run_worker import work
from runcomfy_client.batch.fleet.submit_claims import claim_submit
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.submit import send as real_send

from tests.batch.worker import HASTY


def stop_here(after: int) -> Callable[[], None]:
    """Return what stops this process when it is called for the n-th time."""
    count = [0]

    def stop() -> None:
        count[0] += 1
        if count[0] == after:
            os.kill(os.getpid(), signal.SIGSTOP)

    return stop


def install_stop(point: str, after: int) -> None:
    """Let this process stop itself at a point of a submit."""
    stop, send, claim = stop_here(after), real_send, claim_submit

    async def slow_send(*arguments: Any) -> Any:
        if point == "before":
            stop()
        outcome = await send(*arguments)
        if point == "after":
            stop()
        return outcome

    def slow_claim(*arguments: Any) -> Flow[Any]:
        flow = claim(*arguments)
        sql, values = next(flow)
        records = yield sql, values  # the batch is locked now
        if point == "claim":
            stop()
        try:
            while True:
                sql, values = flow.send(records)
                records = yield sql, values
        except StopIteration as end:
            return end.value

    may_submit = ledger_module.SharedLedger.may_submit

    def slow_may_submit(ledger: ledger_module.SharedLedger) -> bool:
        if point == "intent":
            stop()
        return may_submit(ledger)

    for module, name, replacement in (
        (worker_module, "send", slow_send),
        (worker_module, "claim_submit", slow_claim),
        (ledger_module.SharedLedger, "may_submit", slow_may_submit),
    ):
        setattr(module, name, replacement)


def careless_expire() -> Flow[int]:
    """What at-least-once engines do: what a dead worker had under way is given to another."""
    yield workers._EXPIRE, {}
    found = yield workers._LEFT_SUBMITTING, {}
    for batch, key, *_rest in found:
        values = {"batch": batch, "key": key}
        yield "UPDATE jobs SET stage = 'planned' WHERE batch = :batch AND key = :key AND stage = 'submitting'", values
    return len(found)


async def main(options: dict[str, Any]) -> None:
    """Work until nothing is open, and print what it cost."""
    if not options.get("guard", True):
        setattr(ledger_module, "expire_workers", careless_expire)
    if "grace" in options:
        setattr(worker_module, "GRACE", options["grace"])
    if "stop_at" in options:
        install_stop(options["stop_at"], options.get("stop_after", 3))
    limits = BatchLimits(max_in_flight=options.get("in_flight", 300))
    stopping: list[Any] = []
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: [worker.stop() for worker in stopping])
    async with AsyncRunComfy("test-token", base_url=options["base_url"], policy=HASTY) as client:
        report = await work(
            client, limits=limits, lease=options.get("lease", 60.0), stay=options.get("stay", False), on_start=stopping.append
        )
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"submitted": report.submitted, "orphans": report.orphans}
    print(json.dumps({**told, "cpu": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss // 1024}))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(json.loads(sys.argv[1])))

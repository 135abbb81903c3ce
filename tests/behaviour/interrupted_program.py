"""A program that a test runs in a separate process. It interrupts itself at random times, and prints a line of JSON per round."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import signal
import sys
import time
from typing import Any

from runcomfy_client import AsyncRunComfy, Policy, RunComfy, orphaned_jobs
from runcomfy_client.simulator import Delay, Fault, Simulator

from tests.behaviour.harness import clip

POLICY = Policy(poll_initial=0.005, poll_max=0.02, polls_per_second=1000.0)


class RecordCollector(logging.Handler):
    """Collects log messages. When an iterator is garbage-collected, the log names its jobs."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += record.getMessage()


def play(kind: str, many: bool, simulator: Simulator, handed: list[str]) -> None:
    """Run jobs that never end, except the first few."""
    requests = [clip(prompt=str(number)) for number in range(8)]
    options: dict[str, Any] = {"token": "canary-0815", "base_url": simulator.base_url, "policy": POLICY}
    if kind == "sync":
        with RunComfy(**options, http_client=simulator.http_client()) as client:
            if not many:
                handed.append(client.run(requests[0]).request_id)
            for _, outcome in client.run_all(requests, max_concurrent_submits=2):
                handed.append(str(outcome.request_id))
        return

    async def main() -> None:
        async with simulator.async_http_client() as http, AsyncRunComfy(**options, http_client=http) as client:
            if not many:
                handed.append((await client.run(requests[0])).request_id)
            async for _, outcome in client.run_all(requests, max_concurrent_submits=2):
                handed.append(str(outcome.request_id))

    asyncio.run(main())


def send_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Send the signal again if Python discarded its exception, because it was raised in a destructor or a weak reference callback.

    Otherwise the round would not end, since its jobs never do.
    """
    if isinstance(unraisable.exc_value, KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, 0.005)
    else:
        sys.__unraisablehook__(unraisable)


def interrupt(kind: str, number: int, longest: float) -> dict[str, Any]:
    """Play a round that is interrupted within `longest` seconds, at random; return the seconds until its end, and the lost jobs."""
    chance, kept = random.Random(number), RecordCollector()
    handed: list[str] = []
    logging.getLogger("runcomfy_client").addHandler(kept)
    stopped_at, known = 0.0, set[str | None]()

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopped_at
        stopped_at = time.monotonic()
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGALRM, stop)
    with Simulator(
        seconds_in_queue=0.05, seconds_running=10**6 * chance.random(), faults=[Fault("any", Delay(0.004), times=None)]
    ) as simulator:
        signal.setitimer(signal.ITIMER_REAL, 0.002 + chance.random() * longest)
        try:
            play(kind, bool(number % 2), simulator, handed)
        except KeyboardInterrupt as error:
            known = {left.request_id for left in orphaned_jobs(error)}
        seconds = time.monotonic() - stopped_at
        accepted = {job.request_id for job in simulator.accepted}
    logging.getLogger("runcomfy_client").removeHandler(kept)
    lost = sorted(job for job in accepted - known - {*handed} if job not in kept.text)
    return {
        "kind": kind,
        "round": number,
        "interrupted": bool(stopped_at),
        "seconds": seconds,
        "accepted": len(accepted),
        "lost": lost,
    }


if __name__ == "__main__":
    sys.unraisablehook = send_again
    longest = 0.12
    for turn in range(int(sys.argv[2])):
        outcome = interrupt(sys.argv[1], turn, longest)
        if turn % 4 == 0 and not outcome["accepted"]:  # a busy machine
            longest = min(2 * longest, 1.0)
        print(json.dumps(outcome), flush=True)

"""Prints the CPU of a job of a batch, from its submit to its file and with all commits: `python -m benchmarks batch`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
from runcomfy_client import AsyncRunComfy, Policy, RawRequest
from runcomfy_client.batch import run_batch

from benchmarks.client import contenders, servers

_POLL: Final = 0.6
_POLICY: Final = Policy(polls_per_second=1e9)


def _inputs(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {**contenders.INPUTS, "prompt": f"job {number}"}


async def _batch(url: str, count: int, out: Path) -> None:
    async with AsyncRunComfy(contenders.TOKEN, base_url=url, policy=_POLICY) as client:
        jobs = [RawRequest(model=contenders.MODEL, inputs=inputs) for inputs in _inputs(count)]
        assert (await run_batch(client, jobs, out=out)).is_done


async def _by_hand(url: str, count: int, out: Path) -> None:
    """The same calls with httpx, four submits and 300 jobs at a time; a file is written as it comes, and nothing is kept safe."""
    slots, submits = asyncio.Semaphore(300), asyncio.Semaphore(4)
    async with httpx.AsyncClient(timeout=60, headers={"Authorization": f"Bearer {contenders.TOKEN}"}) as http:

        async def run(number: int, inputs: dict[str, Any]) -> None:
            async with slots:
                async with submits:
                    job = (await http.post(f"{url}/v1/models/{contenders.MODEL}", json=inputs)).json()["request_id"]
                while (await http.get(f"{url}/v1/requests/{job}/status")).json()["status"] != "completed":
                    await asyncio.sleep(_POLL)
                output = (await http.get(f"{url}/v1/requests/{job}/result")).json()["output"]
                (out / f"{number}.mp4").write_bytes((await http.get(output["video"])).content)

        await asyncio.gather(*(run(number, inputs) for number, inputs in enumerate(_inputs(count))))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks batch", description=__doc__)
    parser.add_argument("--jobs", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    found: dict[str, list[float]] = {"a batch": [], "httpx by hand, no ledger": []}
    with servers.simulator(in_queue=0.5, running=1.5) as url:
        for _ in range(options.rounds):
            for name, work in zip(found, (_batch, _by_hand), strict=True):
                costs = []
                for count in (20, options.jobs):  # the first jobs also pay for what is imported and opened once
                    with tempfile.TemporaryDirectory() as folder:
                        before = time.process_time()
                        asyncio.run(work(url, count, Path(folder)))
                        costs.append(time.process_time() - before)
                found[name].append((costs[1] - costs[0]) / (options.jobs - 20))
    own, hand = (min(times) for times in found.values())
    print(f"CPU of a job of a batch: {1000 * own:.1f} ms; of the same calls with httpx, no ledger: {1000 * hand:.1f} ms")
    print(f"a batch / httpx by hand: {own / hand:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

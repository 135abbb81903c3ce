"""Prints what the client costs: `python -m benchmarks client`. It fails when a promise is broken."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
from httpx_aiohttp import HttpxAiohttpClient
from runcomfy_client import AsyncRunComfy, Policy, RunComfy, request
from runcomfy_client._core.flows.polling import JobState
from runcomfy_client._core.protocol.parsing import ResultBody
from runcomfy_client.downloads import files_in
from runcomfy_client.result import Result
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.status import State

from benchmarks.client import contenders, measure, servers


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, and the bound that it is to keep."""

    what: str
    figure: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the promise holds."""
        return (self.at_most is None or self.figure <= self.at_most) and (self.at_least is None or self.figure >= self.at_least)

    def __str__(self) -> str:
        bound = f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}" if self.at_least else ""
        return f"{self.what:72} {self.figure:8.2f}  {bound:14} {'' if self.kept else 'BROKEN'}"


def cpu_rows(calls: int, rounds: int) -> list[Row]:
    """Submits and polls against hand-written ones on the simulator, and against peers on a server that says the same to all."""
    rows = []
    with servers.simulator() as url:
        pair = [contenders.by_hand(url), contenders.ours(url)]
        for verb, bound in (("submit", 1.3), ("poll", 1.05)):
            hand, own = measure.cpu({one.name: getattr(one, verb) for one in pair}, calls=calls, rounds=rounds).values()
            rows.append(Row(f"CPU of a {verb}, runcomfy-client / httpx by hand", own / hand, at_most=bound))
    with servers.plain() as url:
        own_one = contenders.ours(url)
        others = contenders.peers(url)
        for verb in ("submit", "poll"):
            times = measure.cpu({one.name: getattr(one, verb) for one in (own_one, *others)}, calls=calls, rounds=rounds)
            rows += [
                Row(f"CPU of a {verb}, runcomfy-client / {one.name}", times[own_one.name] / times[one.name], at_most=1.0)
                for one in others
            ]
    return rows


async def _hand_throughput(url: str, calls: int) -> None:
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(limits=limits, timeout=60) as http:

        async def work() -> None:
            for _ in range(calls // 200):
                (await http.get(f"{url}/v1/requests/r-1/status", headers={"Authorization": "Bearer x"})).raise_for_status()

        await asyncio.gather(*(work() for _ in range(200)))


async def _own_throughput(url: str, calls: int, http: httpx.AsyncClient | None = None) -> None:
    async with AsyncRunComfy(contenders.TOKEN, base_url=url, http_client=http) as client:
        job = client.job("r-1")

        async def work() -> None:
            for _ in range(calls // 200):
                await job.status()

        await asyncio.gather(*(work() for _ in range(200)))


async def _aiohttp_throughput(url: str, calls: int) -> None:
    async with HttpxAiohttpClient(limits=httpx.Limits(max_connections=50)) as http:
        await _own_throughput(url, calls, http)


def throughput_rows(calls: int, rounds: int) -> list[Row]:
    """200 tasks that ask all the time, against raw httpx with a connection for each."""
    with servers.plain() as url:
        ways = {
            "hand": lambda: asyncio.run(_hand_throughput(url, calls)),
            "own": lambda: asyncio.run(_own_throughput(url, calls)),
            "aiohttp": lambda: asyncio.run(_aiohttp_throughput(url, calls)),
        }
        wall = measure.wall(ways, rounds=rounds)
        cpu = measure.cpu(ways, calls=1, rounds=rounds)  # the server shares the cores, but not this figure
    name = "async calls of 200 tasks, runcomfy-client / raw httpx"
    return [
        Row(f"{name}, by wall time", wall["hand"] / wall["own"], at_least=5.0),
        Row("the same with the extra `aiohttp`", wall["hand"] / wall["aiohttp"], at_least=5.0),
        Row(f"{name}, for the same CPU", cpu["hand"] / cpu["own"], at_least=5.0),
        Row("the same with the extra `aiohttp`", cpu["hand"] / cpu["aiohttp"], at_least=5.0),
    ]


async def _bulk_cpu(url: str, jobs: int, polls: int) -> float:
    """Return the CPU seconds of one poll, with so many jobs under way."""
    policy = Policy(polls_per_second=1e9, poll_initial=0.5, poll_max=1.0)
    seen = 0

    def count(_request: object, _status: object) -> None:
        nonlocal seen
        seen += 1

    async with AsyncRunComfy(contenders.TOKEN, base_url=url, policy=policy, cancel_queued=False) as client:
        runs = client.run_all(
            (request(contenders.MODEL, **contenders.INPUTS) for _ in range(jobs)),
            max_in_flight=jobs,
            max_concurrent_submits=8,
            on_status=count,
        )
        task = asyncio.ensure_future(anext(runs))
        submitted = jobs * 2
        while seen < submitted:
            await asyncio.sleep(0.05)
        before, start = seen, time.process_time()
        while seen < before + polls:
            await asyncio.sleep(0.05)
        cost = (time.process_time() - start) / (seen - before)
        task.cancel()
        await asyncio.wait({task})
    return cost


def bulk_rows(jobs: int, polls: int) -> list[Row]:
    """What a poll costs among many jobs, against among few."""
    logging.disable(logging.WARNING)
    with servers.plain() as url:
        few, many = asyncio.run(_bulk_cpu(url, 100, polls)), asyncio.run(_bulk_cpu(url, jobs, polls))
    return [Row(f"CPU of a poll among {jobs:,} jobs / among 100", many / few, at_most=1.2)]


def _hand_download(url: str, folder: Path, *, sync: bool) -> None:
    path = folder / "by-hand.mp4"
    with httpx.Client() as http, http.stream("GET", f"{url}/large.mp4") as response, path.open("wb") as file:
        for chunk in response.iter_raw():
            file.write(chunk)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    path.unlink()  # as the other does: what the system still has to write of it would slow down who comes next


def _own_download(url: str, folder: Path) -> None:
    body = ResultBody(State.COMPLETED, "succeeded", {"output": {"video": f"{url}/large.mp4"}})
    with RunComfy(contenders.TOKEN, base_url=url) as client:
        result = Result(JobState("r-1", None), body, MediaOutput, session=client._session)
        assert files_in(body.output)
        for path in result.save(folder):
            path.unlink()


def download_rows(rounds: int) -> list[Row]:
    """A large file to the disk, against streaming it by hand."""
    with servers.plain() as url, tempfile.TemporaryDirectory() as folder:
        ways = {
            "synced": partial(_hand_download, url, Path(folder), sync=True),
            "hand": partial(_hand_download, url, Path(folder), sync=False),
            "own": partial(_own_download, url, Path(folder)),
        }
        times = measure.wall(ways, rounds=rounds)
    size = f"{servers.LARGE >> 20} MiB"
    return [
        Row(
            f"download of {size} to the disk, runcomfy-client / raw httpx and fsync", times["synced"] / times["own"], at_least=0.95
        ),
        Row(f"download of {size}, runcomfy-client / raw httpx, left in the system's cache", times["hand"] / times["own"]),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 when a bound is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks client", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer calls: enough to see that it runs")
    quick = parser.parse_args(arguments).quick
    calls, rounds = (20, 3) if quick else (20, 75)  # few calls a turn: a slow moment of the machine hits all alike
    kept = True
    for rows in (
        partial(cpu_rows, calls, rounds),
        partial(throughput_rows, 1000 if quick else 4000, 1 if quick else 3),
        partial(download_rows, 1 if quick else 9),
        partial(bulk_rows, 1000 if quick else 10_000, 500 if quick else 5_000),
    ):
        for row in rows():
            print(row, flush=True)
            kept = kept and row.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

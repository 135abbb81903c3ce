"""A batch in a process that may be killed: `python worker.py BASE_URL OUT JOBS [IN_FLIGHT [DOWNLOADS]]`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from runcomfy_client import AsyncRunComfy, Policy
from runcomfy_client.batch import BatchJob, BatchLimits, run_batch
from runcomfy_client.models import Kling3_0StandardImageToVideo

HASTY = Policy(
    poll_initial=0.1,
    poll_multiplier=4.0,
    poll_max=1.0,
    polls_per_second=2000,
    backoff_initial=0.01,
    backoff_max=0.05,
    retry_budget=10_000,
)


def jobs(count: int) -> Iterator[BatchJob]:
    """As many jobs, named after their prompts."""
    for number in range(count):
        clip = Kling3_0StandardImageToVideo(prompt=f"job-{number}", start_image_url="https://example.com/photo.png")
        yield BatchJob(clip, key=f"job-{number}")


async def main(base_url: str, out: str, count: int, max_in_flight: int, downloads: int) -> None:
    """Run the batch to its end, and print how it stands and the most memory it took, in MiB."""
    limits = BatchLimits(max_in_flight=max_in_flight, downloads=downloads)
    async with AsyncRunComfy("test-token", base_url=base_url, policy=HASTY) as client:
        report = await run_batch(client, jobs(count), out=out, limits=limits)
    most = _peak()
    print(f"{report.halted}; done: {report.is_done}; unfinished: {report.unfinished}; {most}")


def _peak() -> int:
    """The most memory that this program had at once, in MiB. (What getrusage tells begins with the size of the process that started
    it.)
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) // 1024


if __name__ == "__main__":
    _program, url, folder, number, *rest = sys.argv
    wide, saved, *_ = (*map(int, rest), *(300, 8)[len(rest) :])
    asyncio.run(main(url, folder, int(number), wide, saved))

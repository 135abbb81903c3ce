"""Run paid jobs in Temporal: it retries every activity, and each job is paid at most once.

    pip install "runcomfy-client[fleet]" temporalio
    export RUNCOMFY_DATABASE=postgresql://... RUNCOMFY_API_TOKEN=...
    python temporal_clips.py worker                  # on each machine
    python temporal_clips.py start "Snow falls." "Rain falls."

Temporal repeats an activity if its worker died, even if the paid call was already sent. `pay_once` commits its intent before the
call, under the id of the workflow. A repeated activity finds that intent and does not call again.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from runcomfy_client import AsyncRunComfy
    from runcomfy_client.batch import Paid, SharedLedger, open_ledger, pay_once
    from runcomfy_client.errors import JobCancelled, JobFailed, RequestNotFound
    from runcomfy_client.models import Kling3_0StandardImageToVideo

QUEUE = "clips"
PHOTO = "https://playgrounds-storage-public.runcomfy.net/tools/7349/media-files/input.png"
LEASE = 60.0
"""Seconds without a heartbeat after which a worker counts as dead, and the jobs that it was submitting become unknown."""
PAY_TIMEOUT = timedelta(minutes=10)
"""Longer than the lease, so that a repeated activity sees the outcome of the first one."""
HEARTBEAT = timedelta(seconds=30)


class Activities:
    """The activities, with the client and the ledger that they share in one process."""

    def __init__(self, client: AsyncRunComfy, ledger: SharedLedger) -> None:
        self._client = client
        self._ledger = ledger

    @activity.defn
    async def pay(self, prompt: str) -> str:
        """Submit a job, at most once for this workflow; return its request id."""
        key = f"{activity.info().workflow_id}/clip"  # the same for every attempt of this activity
        clip = Kling3_0StandardImageToVideo(prompt=prompt, start_image_url=PHOTO)
        heartbeats = asyncio.create_task(send_heartbeats())
        try:
            outcome = await pay_once(self._ledger, self._client, key, clip, batch="clips")
        finally:
            heartbeats.cancel()
        if isinstance(outcome, Paid):
            return outcome.request_id
        # Retrying does not help: a person must check the job, or change the inputs.
        raise ApplicationError(outcome.detail, type=type(outcome).__name__, non_retryable=True)

    @activity.defn
    async def wait(self, request_id: str) -> str | None:
        """Wait for a job. This costs nothing, so it may be repeated."""
        heartbeats = asyncio.create_task(send_heartbeats())
        try:
            result = await self._client.job(request_id, Kling3_0StandardImageToVideo).result()
            return result.output.video
        except (JobFailed, JobCancelled, RequestNotFound) as error:
            raise ApplicationError(error.message, type=type(error).__name__, non_retryable=True) from None
        finally:
            heartbeats.cancel()


async def send_heartbeats() -> None:
    """Send heartbeats, so that Temporal notices soon if the worker dies."""
    while True:
        activity.heartbeat()
        await asyncio.sleep(HEARTBEAT.total_seconds() / 3)


@workflow.defn
class Clip:
    """Pay for one clip and wait for it."""

    @workflow.run
    async def run(self, prompt: str) -> str | None:
        """Return the URL of the clip."""
        retries = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))  # no limit on attempts
        request_id = await workflow.execute_activity(
            "pay", prompt, start_to_close_timeout=PAY_TIMEOUT, heartbeat_timeout=HEARTBEAT, retry_policy=retries, result_type=str
        )
        found: str | None = await workflow.execute_activity(
            "wait", request_id, start_to_close_timeout=timedelta(hours=2), heartbeat_timeout=HEARTBEAT, retry_policy=retries
        )
        return found


async def connect() -> Client:
    """Connect to the server that TEMPORAL_ADDRESS names."""
    return await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "localhost:7233"))


async def work(client: AsyncRunComfy) -> None:
    """Work until the process is terminated."""
    async with open_ledger(lease=LEASE) as ledger:
        steps = Activities(client, ledger)
        worker = Worker(
            await connect(), task_queue=QUEUE, workflows=[Clip], activities=[steps.pay, steps.wait], max_concurrent_activities=100
        )
        await worker.run()


async def start(prompts: list[str]) -> None:
    """Start a workflow for each prompt, and print each result."""
    temporal = await connect()
    handles = [await temporal.start_workflow(Clip.run, prompt, id=f"clip-{uuid4()}", task_queue=QUEUE) for prompt in prompts]
    results = await asyncio.gather(*(handle.result() for handle in handles), return_exceptions=True)
    for prompt, result in zip(prompts, results, strict=True):
        print(f"{prompt}: {result}")


async def main() -> None:
    """Run the command that the first argument names."""
    if sys.argv[1:2] == ["worker"]:
        async with AsyncRunComfy() as client:
            await work(client)
    elif sys.argv[1:2] == ["start"] and sys.argv[2:]:
        await start(sys.argv[2:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    asyncio.run(main())

"""Run paid jobs in DBOS: it retries steps and recovers workflows, and each job is paid at most once.

    pip install "runcomfy-client[fleet]" dbos
    export RUNCOMFY_DATABASE=postgresql://... DBOS_SYSTEM_DATABASE_URL=postgresql://... RUNCOMFY_API_TOKEN=...
    python dbos_clips.py worker                      # under a supervisor that restarts it with the same DBOS__VMID
    python dbos_clips.py start "Snow falls." "Rain falls."

DBOS repeats a step if its process died before the result of the step was stored, even if the paid call was already sent.
`pay_once` commits its intent before the call, under the id of the workflow. A repeated step finds that intent and does not call
again.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, WorkflowHandle
from runcomfy_client import AsyncRunComfy
from runcomfy_client.batch import Paid, open_ledger, pay_once
from runcomfy_client.models import Kling3_0StandardImageToVideo

PHOTO = "https://playgrounds-storage-public.runcomfy.net/tools/7349/media-files/input.png"
LEASE = 60.0
"""Seconds without a heartbeat after which a process counts as dead, and the jobs that it was submitting become unknown."""
QUEUE = "clips"


class NotPaid(Exception):
    """The job is unknown or refused. Retrying does not help: a person must check it."""


def connect() -> AsyncRunComfy:
    """Return the client of the API."""
    return AsyncRunComfy()


@DBOS.step(retries_allowed=True, max_attempts=10, should_retry=lambda error: not isinstance(error, NotPaid))
def pay(key: str, prompt: str) -> str:
    """Submit a job, at most once for this key; return its request id."""

    async def once() -> str:
        clip = Kling3_0StandardImageToVideo(prompt=prompt, start_image_url=PHOTO)
        async with open_ledger(lease=LEASE) as ledger, connect() as client:
            outcome = await pay_once(ledger, client, key, clip, batch="clips")
        if isinstance(outcome, Paid):
            return outcome.request_id
        raise NotPaid(f"{type(outcome).__name__}: {outcome.detail}")

    return asyncio.run(once())


@DBOS.step(retries_allowed=True, max_attempts=10)
def wait(request_id: str) -> str | None:
    """Wait for a job. This costs nothing, so it may be repeated."""

    async def result() -> str | None:
        async with connect() as client:
            return (await client.job(request_id, Kling3_0StandardImageToVideo).result()).output.video

    return asyncio.run(result())


@DBOS.workflow()
def clip(prompt: str) -> str | None:
    """Pay for one clip and wait for it. The id of the workflow stays the same when DBOS recovers it."""
    return wait(pay(f"{DBOS.workflow_id}/clip", prompt))


def config() -> DBOSConfig:
    """Return the settings. DBOS recovers only workflows of the same executor id, so a restarted process needs its old id."""
    return {
        "name": "clips",
        "system_database_url": os.environ["DBOS_SYSTEM_DATABASE_URL"],
        "executor_id": os.environ.get("DBOS__VMID", "clips-0"),
        "application_version": "1",  # the default is a hash of the code, so an upgraded process would not recover old workflows
    }


def work() -> None:
    """Work until the process is terminated."""
    DBOS(config=config())
    DBOS.listen_queues([QUEUE])
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=20)
    while True:
        time.sleep(60)


def start(prompts: list[str]) -> None:
    """Start a workflow for each prompt, and print each result."""
    client = DBOSClient(system_database_url=os.environ["DBOS_SYSTEM_DATABASE_URL"])
    options: EnqueueOptions = {"queue_name": QUEUE, "workflow_name": "clip", "app_version": "1"}
    handles: list[WorkflowHandle[str | None]] = [client.enqueue(options, prompt) for prompt in prompts]
    for prompt, handle in zip(prompts, handles, strict=True):
        try:
            print(f"{prompt}: {handle.get_result()}")
        except Exception as error:
            print(f"{prompt}: {error}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        work()
    elif sys.argv[1:2] == ["start"] and sys.argv[2:]:
        start(sys.argv[2:])
    else:
        sys.exit(__doc__)

"""What a batch learns from its ledger about how long jobs take, and what it does first when it goes on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runcomfy_client import AsyncRunComfy
from runcomfy_client._core.flows.durations import Durations
from runcomfy_client.batch import Batch, BatchJob, Stage
from runcomfy_client.batch.batch import FolderBatch
from runcomfy_client.batch.past_durations import learn_durations
from runcomfy_client.models import Kling3_0StandardImageToVideo
from runcomfy_client.requests import RawRequest
from runcomfy_client.simulator import Fault, NeverFinishes, Simulator

from tests.batch.harness import QUICK, run, simulate, submits
from tests.batch.worker import jobs

QUICK_MODEL, SLOW_MODEL = Kling3_0StandardImageToVideo.MODEL_ID, "vendor/slow"


def note(batch: FolderBatch, key: str, *stages: tuple[Stage, float]) -> None:
    """Take a job through stages, the changes to which were so many seconds ago."""
    was = Stage.PLANNED
    for stage, ago in stages:
        batch.ledger.transition(key, was, stage, request_id=f"id-{key}" if stage is Stage.SUBMITTED else None)
        at = (datetime.now(UTC) - timedelta(seconds=ago)).isoformat(timespec="milliseconds")
        with batch.ledger.transaction() as database:
            database.execute("UPDATE jobs SET changed_at = ? WHERE key = ?", (at, key))
            database.execute("UPDATE events SET at = ? WHERE number = (SELECT max(number) FROM events)", (at,))
        was = stage


def plan(batch: Batch, **models: str) -> None:
    batch.plan([BatchJob(RawRequest(model=model, inputs={"prompt": key}), key=key) for key, model in models.items()])


def test_durations_come_from_the_ledger(tmp_path: Path) -> None:
    with Batch(tmp_path) as batch:
        plan(batch, a=SLOW_MODEL, b=SLOW_MODEL, c=SLOW_MODEL, d=QUICK_MODEL)
        for key, seconds in (("a", 90.0), ("b", 100.0), ("c", 120.0)):
            note(
                batch, key, (Stage.SUBMITTING, 500), (Stage.SUBMITTED, 500), (Stage.RUNNING, 400), (Stage.SUCCEEDED, 400 - seconds)
            )
        note(batch, "d", (Stage.SUBMITTING, 500), (Stage.SUBMITTED, 500), (Stage.RUNNING, 400), (Stage.FAILED, 1))
        durations = Durations()
        learn_durations(batch.ledger, durations)
    low, high = durations.expected_range(SLOW_MODEL) or (0, 0)
    assert 70 < low < 90 and 120 < high < 150
    assert durations.expected_range(QUICK_MODEL) is None


def test_jobs_past_their_usual_duration_are_polled_first(tmp_path: Path) -> None:
    """After a restart. The job that was submitted first is of a slow model, and not likely to be done."""
    simulator, policy = simulate(), replace(QUICK, not_found_grace=0.0)

    async def main() -> None:
        with Batch(tmp_path) as batch:
            keys = {"old-slow": SLOW_MODEL, "quick": QUICK_MODEL, "overdue": SLOW_MODEL, "new": QUICK_MODEL}
            plan(batch, **keys, **{f"past-{model[:5]}-{number}": model for model in set(keys.values()) for number in range(3)})
            for number in range(3):
                for model, seconds in ((QUICK_MODEL, 10), (SLOW_MODEL, 600)):
                    begun = [(Stage.SUBMITTING, 2000), (Stage.SUBMITTED, 2000), (Stage.RUNNING, 1000)]
                    done = [(Stage.SUCCEEDED, 1000 - seconds), (Stage.DOWNLOADED, 1000 - seconds)]
                    note(batch, f"past-{model[:5]}-{number}", *begun, *done)
            for key, ago in (("old-slow", 300), ("quick", 60), ("overdue", 900), ("new", 1)):
                note(batch, key, (Stage.SUBMITTING, ago), (Stage.SUBMITTED, ago), (Stage.RUNNING, ago))
            async with simulator.async_http_client() as http:
                async with AsyncRunComfy("test", base_url=simulator.base_url, policy=policy, http_client=http) as client:
                    await batch.run(client)

    asyncio.run(main())
    polls = [call.url.split("/")[-2] for call in simulator.calls if call.point == "status"]
    assert polls == ["id-overdue", "id-quick", "id-new", "id-old-slow"]  # all of them are unknown to the server


def test_files_are_saved_while_other_jobs_are_polled(tmp_path: Path) -> None:
    simulator: Simulator = simulate(Fault("submit", NeverFinishes(), times=1))
    report = run(simulator, tmp_path, [*jobs(2)], max_concurrent_submits=1, timeout=0.2)
    assert (report.unfinished, report.counts[Stage.DOWNLOADED], submits(simulator)) == (1, 1, 2)
    calls = [call.point for call in simulator.calls]
    assert "status" in calls[calls.index("download") :]

"""Files of many machines: results into a bucket or a shared folder, and local files as inputs that only one machine has."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from runcomfy_client import AsyncRunComfy
from runcomfy_client.batch import Batch, BatchError, BatchJob, BatchLimits, Stage, work
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.models import Kling3_0StandardImageToVideo
from runcomfy_client.simulator import Fault, HalfBody, Simulator

from tests.batch.harness import QUICK, simulate
from tests.batch.worker import jobs
from tests.files.conftest import _server, bucket  # noqa: F401  # fixtures
from tests.files.harness import Bucket, png
from tests.fleet.test_limits import drive, open_batch


@pytest.fixture
def cloud(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:  # noqa: F811
    """An empty bucket, which the environment leads to."""
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    return bucket


def test_results_in_a_bucket_are_complete_and_named_by_request_id(database: str, cloud: Bucket) -> None:
    simulator = simulate(Fault("download", HalfBody(), times=3))
    with Batch(f"s3://{cloud.name}/night", database=database, name="night") as batch:
        batch.plan(jobs(6))
        batch.set_limits(BatchLimits())
        drive(simulator, 2)
        assert batch.counts[Stage.DOWNLOADED] == 6 and batch.status().place == f"s3://{cloud.name}/night"
        found = {file.path: file for row in batch.rows() for file in batch.files(row)}
    assert set(found) == {f"{job.request_id}-1.mp4" for job in simulator.accepted}
    for path in (cloud.folder / cloud.name / "night").iterdir():
        content = path.read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (found[path.name].sha256, found[path.name].bytes)


def test_partial_files_of_a_dead_worker_are_removed(database: str, tmp_path: Path) -> None:
    simulator = simulate()
    with open_batch(database, tmp_path) as batch:
        batch.plan(jobs(3))
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 1)
        request_id = simulator.accepted[0].request_id
        torn = tmp_path / f"{request_id}-1.mp4.0123abcd.part"
        torn.write_bytes(b"half")
        batch.set_limits(BatchLimits(), save=True)
        drive(simulator, 1)
        assert batch.counts[Stage.DOWNLOADED] == 3
    assert not torn.exists() and len(list(tmp_path.iterdir())) == 3


def test_local_files_are_uploaded_once_and_linked_by_all_workers(database: str, cloud: Bucket, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(png(1, width=400, height=400))
    simulator = Simulator(seconds_in_queue=0, seconds_running=0, fetch_media=True)
    planned = [
        BatchJob(Kling3_0StandardImageToVideo(prompt=f"job-{number}", start_image_url=photo), key=f"job-{number}")
        for number in range(4)
    ]

    async def main() -> None:
        with open_batch(database, tmp_path / "out") as batch:
            batch.plan(planned)
            async with (
                simulator.async_http_client() as http,
                AsyncRunComfy("test-token", base_url=simulator.base_url, policy=QUICK, http_client=http, media=cloud.url) as client,
            ):
                await batch.run(client, limits=BatchLimits(max_submits=1), save=False)
                assert len(simulator.accepted) == 1
                photo.unlink()  # on another machine, it was never there
                batch.set_limits(BatchLimits(), save=False)
                await work(client)
            assert batch.counts[Stage.SUCCEEDED] == 4
            assert "X-Amz-Signature" not in "".join(row.body for row in batch.rows())

    asyncio.run(main())
    assert len(cloud.keys()) == 1
    assert all("X-Amz-Signature" in job.inputs["start_image_url"] for job in simulator.accepted)


@pytest.mark.parametrize("place", ["s3://not-there/night", "folder"])
def test_no_job_is_paid_for_whose_files_cannot_be_saved(place: str, database: str, cloud: Bucket, tmp_path: Path) -> None:
    simulator = simulate()
    (tmp_path / "file").write_text("a file, not a folder")
    out = place if "://" in place else str(tmp_path / "file/night")
    with Batch(out, database=database, name="night", shared=True) as batch:
        batch.plan(jobs(3))
        with pytest.raises(ConfigurationError, match="Files cannot be saved to") as refused:
            drive(simulator, 1)
        assert "Nothing was submitted" in str(refused.value.next_step)
        assert batch.counts[Stage.PLANNED] == 3 and not simulator.accepted
        batch.set_limits(BatchLimits(), save=False)
        drive(simulator, 1)
        assert batch.counts[Stage.SUCCEEDED] == 3
        batch.set_limits(BatchLimits(), save=True)
        with pytest.raises(BatchError, match="3 unfinished jobs") as unfinished:
            batch.remove()
        assert "--no-save" in str(unfinished.value.next_step)


def test_the_check_of_a_bucket_leaves_nothing(database: str, cloud: Bucket) -> None:
    with Batch(f"s3://{cloud.name}/night", database=database, name="night") as batch:
        batch.plan(jobs(1))
        drive(simulate(), 1)
        assert batch.counts[Stage.DOWNLOADED] == 1
    assert [path.suffix for path in (cloud.folder / cloud.name / "night").iterdir()] == [".mp4"]

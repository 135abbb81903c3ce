"""Local files are checked, uploaded to a real S3 server, fetched by the simulator, and only then submitted."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client import AsyncRunComfy, LocalFile, Policy, RunComfy
from runcomfy_client.errors import InvalidInput
from runcomfy_client.models import Kling3_0StandardImageToVideo as Kling
from runcomfy_client.models import Kling3_0StandardImageToVideoElementsItem as Element
from runcomfy_client.simulator import Simulator

from tests.files.harness import Bucket, png

FAST = Policy(poll_initial=0.01, polls_per_second=1000)
PUBLIC = "https://simulator.invalid/outputs/a.png"
KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


def call(kind: str, simulator: Simulator, use: Callable[[Any], Any], **options: Any) -> Any:
    """Call `use` with a client of a kind, and await its result if necessary."""
    if kind == "sync":
        with RunComfy("test", base_url=simulator.base_url, http_client=simulator.http_client(), policy=FAST, **options) as client:
            return use(client)

    async def run() -> Any:
        async with simulator.async_http_client() as http:
            async with AsyncRunComfy("test", base_url=simulator.base_url, http_client=http, policy=FAST, **options) as client:
                return await use(client)

    return asyncio.run(run())


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(seconds_in_queue=0, seconds_running=0, fetch_media=True)


@KINDS
def test_a_request_with_a_path_runs(kind: str, simulator: Simulator, bucket: Bucket, tmp_path: Path) -> None:
    photo = tmp_path / "My Holiday.PNG"
    photo.write_bytes(png())
    request = Kling(prompt="Snow falls.", start_image_url=photo)
    result = call(kind, simulator, lambda client: client.run(request), media=bucket.host())
    assert result.output.video
    (job,) = simulator.accepted
    link = job.inputs["start_image_url"]
    digest = hashlib.sha256(png()).hexdigest()
    assert bucket.keys() == [f"{digest}.png"]
    assert httpx.get(link).content == png()
    assert httpx.get(link).headers["content-type"] == "image/png"
    assert "Holiday" not in str(job.inputs)


@KINDS
def test_files_in_objects_and_lists_run(kind: str, simulator: Simulator, bucket: Bucket, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_bytes(png(number))
    request = Kling(
        prompt="Snow falls.",
        start_image_url=LocalFile(paths[0]),
        elements=[Element(frontal_image_url=paths[1], reference_image_urls=[paths[2], PUBLIC, paths[3]])],
    )
    call(kind, simulator, lambda client: client.submit(request), media=bucket.host())
    (job,) = simulator.accepted
    element = job.inputs["elements"][0]
    links = [job.inputs["start_image_url"], element["frontal_image_url"], *element["reference_image_urls"]]
    assert links.pop(3) == PUBLIC
    assert [httpx.get(link).content for link in links] == [png(number) for number in range(4)]


@KINDS
def test_a_file_in_the_environment_s_bucket_runs(
    kind: str, simulator: Simulator, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    photo = tmp_path / "photo.png"
    photo.write_bytes(png())
    call(kind, simulator, lambda client: client.run(Kling(prompt="x", start_image_url=photo)))
    assert len(simulator.accepted) == len(bucket.keys()) == 1


@KINDS
def test_the_same_content_is_uploaded_once(kind: str, simulator: Simulator, bucket: Bucket, tmp_path: Path) -> None:
    sent: list[Any] = []
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(png())
        for _again in range(2):
            request = Kling(prompt="x", start_image_url=tmp_path / name)
            call(kind, simulator, lambda client: client.run(request), media=bucket.host(on_progress=sent.append))  # noqa: B023
    assert len(simulator.accepted) == 4 and len(bucket.keys()) == 1
    assert [progress.path.name for progress in sent] == ["a.png"]


@KINDS
def test_without_a_bucket_the_error_names_the_two_ways(kind: str, simulator: Simulator, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(png())
    with pytest.raises(InvalidInput) as caught:
        call(kind, simulator, lambda client: client.run(Kling(prompt="x", start_image_url=photo)))
    assert "host the file yourself" in str(caught.value) and "RUNCOMFY_MEDIA" in str(caught.value)
    assert "start_image_url" in str(caught.value) and not simulator.accepted


@pytest.mark.parametrize(("kind", "jobs", "files"), [("sync", 40, 4), ("async", 40, 4)])
def test_run_all_uploads_each_content_once(
    kind: str, jobs: int, files: int, simulator: Simulator, bucket: Bucket, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(files)]
    for number, path in enumerate(paths):
        path.write_bytes(png(number))
    requests = [Kling(prompt=f"job {number}", start_image_url=paths[number % files]) for number in range(jobs)]
    sent: list[Any] = []

    def run(client: Any) -> Any:
        if kind == "sync":
            return list(client.run_all(requests))

        async def gather() -> list[Any]:
            return [outcome async for outcome in client.run_all(requests)]

        return gather()

    outcomes = call(kind, simulator, run, media=bucket.host(on_progress=sent.append))
    assert [outcome for _, outcome in outcomes if isinstance(outcome, Exception)] == []
    assert len(simulator.accepted) == jobs and len(sent) == len(bucket.keys()) == files

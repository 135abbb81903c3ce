"""Batches with local files: each content is uploaded once, even after kills, and the ledger contains no links."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client import AsyncRunComfy, LocalFile, Policy
from runcomfy_client.batch import Batch, BatchJob, BatchReport, InvalidJobs, Stage, read_jobs, read_ledger, run_batch
from runcomfy_client.batch.dry_run import check_plan
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.files import MediaFile
from runcomfy_client.models import Kling3_0StandardImageToVideo as Kling
from runcomfy_client.simulator import Simulator

from tests.files.harness import KEY_ID, KLING, SECRET, Bucket, mp4, png

FAST = Policy(poll_initial=0.01, polls_per_second=1000)


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(seconds_in_queue=0, seconds_running=0, fetch_media=True)


def run(simulator: Simulator, media: Any, jobs: Any, out: Path) -> BatchReport:
    async def main() -> BatchReport:
        options: dict[str, Any] = {"base_url": simulator.base_url, "policy": FAST, "media": media}
        async with simulator.async_http_client() as http:
            async with AsyncRunComfy("test", http_client=http, **options) as client:
                return await run_batch(client, jobs, out=out, save=False)

    return asyncio.run(main())


def write_jobs(folder: Path, jobs: int, files: int) -> Path:
    """Write a file of jobs and its images to a new folder; the paths in the file are relative."""
    folder.mkdir(exist_ok=True)
    for number in range(files):
        (folder / f"{number}.png").write_bytes(png(number))
    inputs = [{"prompt": f"job {number}", "start_image_url": f"{number % files}.png"} for number in range(jobs)]
    path = folder / "jobs.jsonl"
    path.write_text("".join(json.dumps({"model": KLING, "inputs": one}) + "\n" for one in inputs))
    return path


def all_text_in(out: Path) -> str:
    """Return all text in a ledger and its associated files."""
    return "".join(path.read_bytes().decode("latin-1") for path in out.glob("batch.sqlite3*"))


def test_200_jobs_over_20_files_are_20_uploads(simulator: Simulator, bucket: Bucket, tmp_path: Path) -> None:
    path = write_jobs(tmp_path / "jobs", 200, 20)
    sent: list[Any] = []
    host = bucket.host(on_progress=sent.append)
    report = run(simulator, host, read_jobs(path), tmp_path / "out")
    assert report.counts[Stage.SUCCEEDED] == 200 and len(simulator.accepted) == 200
    assert len(sent) == len(bucket.keys()) == 20
    text = all_text_in(tmp_path / "out")
    assert "X-Amz" not in text and bucket.endpoint not in text and SECRET not in text and KEY_ID not in text
    again = run(simulator, host, read_jobs(path), tmp_path / "out")
    assert again.counts[Stage.SUCCEEDED] == 200 and len(simulator.accepted) == 200


def test_the_identity_of_a_job_does_not_depend_on_the_path_of_its_file(
    simulator: Simulator, bucket: Bucket, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(png())
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "moved.png").write_bytes(png())
    for path in (tmp_path / "a.png", tmp_path / "b" / "moved.png"):
        run(simulator, bucket.host(), [BatchJob(Kling(prompt="x", start_image_url=path), key="mine")], tmp_path / "out")
    assert len(simulator.accepted) == 1
    (tmp_path / "a.png").write_bytes(png(1))
    with pytest.raises(InvalidJobs, match="other inputs"):
        changed = BatchJob(Kling(prompt="x", start_image_url=tmp_path / "a.png"), key="mine")
        run(simulator, bucket.host(), [changed], tmp_path / "out")


def test_a_check_names_the_lines_of_unsuitable_files(simulator: Simulator, tmp_path: Path) -> None:
    path = write_jobs(tmp_path / "jobs", 3, 3)
    (path.parent / "0.png").unlink()
    (path.parent / "2.png").write_bytes(mp4())
    with pytest.raises(InvalidJobs) as caught:
        check_plan(read_jobs(path), tmp_path / "out")
    assert [(one.line, one.message) for one in caught.value.problems] == [
        (1, f"start_image_url: {path.parent / '0.png'}: no such file"),
        (3, f"start_image_url: {path.parent / '2.png'} is not an image: its content is video/mp4"),
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_symbolic_link_out_of_the_folder_of_jobs_is_not_followed(tmp_path: Path) -> None:
    path = write_jobs(tmp_path / "jobs", 1, 1)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "0.png").write_bytes(png())
    (path.parent / "sub").symlink_to(tmp_path / "secret")
    path.write_text(json.dumps({"model": KLING, "inputs": {"prompt": "x", "start_image_url": "sub/0.png"}}))
    with pytest.raises(InvalidJobs, match="symbolic link out of its folder"):
        check_plan(read_jobs(path), tmp_path / "out")
    explicit = {"model": KLING, "inputs": {"prompt": "x", "start_image_url": str(tmp_path / "secret" / "0.png")}}
    path.write_text(json.dumps(explicit))
    assert check_plan(read_jobs(path), tmp_path / "out")[0].with_files == 1


def test_paths_in_a_csv_file(simulator: Simulator, bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    path = tmp_path / "jobs.csv"
    path.write_text(f"model,prompt,start_image_url\n{KLING},x,a.png\n")
    run(simulator, bucket.host(), read_jobs(path), tmp_path / "out")
    assert len(simulator.accepted) == 1


def test_without_a_bucket_nothing_is_sent(simulator: Simulator, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="1 job has local files, but there is no bucket"):
        run(simulator, None, read_jobs(write_jobs(tmp_path / "jobs", 1, 1)), tmp_path / "out")
    assert not simulator.calls


class FlakyHost:
    """A media host that fails for some files until it is repaired."""

    def __init__(self, simulator: Simulator, *bad: bytes) -> None:
        self._host = simulator.media_host()
        self.bad = list(bad)

    def put(self, file: MediaFile, *, lifetime: float) -> str:
        if file.path.read_bytes() in self.bad:
            raise OSError("the bucket is full")
        return self._host.put(file, lifetime=lifetime)


def test_a_failed_upload_leaves_its_job_planned_and_other_jobs_continue(simulator: Simulator, tmp_path: Path) -> None:
    path, out = write_jobs(tmp_path / "jobs", 9, 3), tmp_path / "out"
    host = FlakyHost(simulator, png(1))
    report = run(simulator, host, read_jobs(path), out)
    assert report.counts[Stage.SUCCEEDED] == 6 and report.counts[Stage.PLANNED] == 3 and not report.is_done
    assert report.halted and "the bucket is full" in report.halted and "1.png" in report.halted
    assert report.counts.submits_billed == len(simulator.accepted) == 6
    host.bad.clear()
    report = run(simulator, host, read_jobs(path), out)
    assert report.counts[Stage.SUCCEEDED] == len(simulator.accepted) == 9 and report.is_done


def test_a_file_that_changed_since_the_plan_is_not_sent(simulator: Simulator, tmp_path: Path) -> None:
    path, out = write_jobs(tmp_path / "jobs", 2, 2), tmp_path / "out"

    async def main() -> BatchReport:
        options: dict[str, Any] = {"base_url": simulator.base_url, "policy": FAST, "media": simulator.media_host()}
        async with simulator.async_http_client() as http:
            async with AsyncRunComfy("test", http_client=http, **options) as client:
                with Batch(out) as batch:
                    batch.plan(read_jobs(path))
                    (path.parent / "0.png").write_bytes(png(99))
                    return await batch.run(client, save=False)

    report = asyncio.run(main())
    assert report.counts[Stage.REFUSED] == 1 and report.counts[Stage.SUCCEEDED] == 1 and report.counts.submits_billed == 1
    with read_ledger(out) as ledger:
        (row,) = ledger.rows(Stage.REFUSED)
    assert "0.png is not the file that was planned" in (row.error or "")


def test_each_attempt_signs_new_links(simulator: Simulator, bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    out = tmp_path / "out"
    links: list[str] = []
    inner = bucket.host()

    class Spy:
        async def put(self, file: MediaFile, *, lifetime: float) -> str:
            links.append(await inner.put(file, lifetime=lifetime + len(links)))
            return links[-1]

    from runcomfy_client.simulator import Fault, Reply

    simulator.inject(Fault("submit", Reply(401), times=1))
    jobs = [Kling(prompt="x", start_image_url=LocalFile(tmp_path / "a.png"))]
    assert run(simulator, Spy(), jobs, out).account_problem
    assert run(simulator, Spy(), jobs, out).is_done
    assert len(set(links)) == 2 and simulator.accepted[0].inputs["start_image_url"] == links[1]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_kills_at_any_time_cause_no_second_payment(bucket: Bucket, tmp_path: Path) -> None:
    jobs, files = 24, 6
    path, out = write_jobs(tmp_path / "jobs", jobs, files), tmp_path / "out"
    for number in range(files):  # large enough to be uploaded in parts
        (path.parent / f"{number}.png").write_bytes(png(number, padding=6_000_000))
    simulator = Simulator(seconds_in_queue=0, seconds_running=0, fetch_media=True)
    with simulator.serve() as server:
        shown = {**os.environ, **bucket.environment, "RUNCOMFY_BASE_URL": server.base_url, "RUNCOMFY_API_TOKEN": "test"}
        command = [sys.executable, "-m", "runcomfy_client", "batch", str(path), "--out", str(out), "--no-save"]
        done = False
        for attempt in range(8):
            with subprocess.Popen(command, env=shown, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                wait_for(lambda: process.poll() is not None or bool(bucket.keys()), 60)
                time.sleep(0.05 + 0.11 * attempt)  # each attempt is killed at another time
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)
            visible = [name for name in bucket.keys() if not name.startswith(".")]  # noqa: SIM118
            assert all(len(name) == 68 for name in visible)
        for _ in range(3):
            ran = subprocess.run(command, env=shown, capture_output=True, text=True, check=False, timeout=120)
            done = ran.returncode in (0, 76)
            if done:
                break
        assert done, ran.stderr
    prompts = [job.inputs["prompt"] for job in simulator.accepted]
    assert len(prompts) == len(set(prompts))
    states = dict(sqlite3.connect(out / "batch.sqlite3").execute("SELECT stage, count(*) FROM jobs GROUP BY stage").fetchall())
    assert states.get("succeeded", 0) + states.get("unknown", 0) == jobs
    assert "X-Amz" not in all_text_in(out)


def wait_for(condition: Any, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)

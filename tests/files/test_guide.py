"""The examples of the guide to local files run against a real bucket and the simulator; the core does not import obstore."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from runcomfy_client.simulator import Simulator

from tests.files.harness import KLING, SECRET, Bucket, png

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "local-files.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def environment(bucket: Bucket, server_url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return {**kept, **bucket.environment, "RUNCOMFY_BASE_URL": server_url, "RUNCOMFY_API_TOKEN": "test"}


@pytest.mark.parametrize("number", range(len(PYTHON)))
def test_the_python_examples_of_the_guide_run(number: int, bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(png())
    code = PYTHON[number].replace("s3://my-bucket/runcomfy", bucket.url)
    with Simulator(seconds_in_queue=0, seconds_running=0, fetch_media=True).serve() as server:
        shown = environment(bucket, server.base_url)
        words = [sys.executable, "-W", "error", "-c", code]
        ran = subprocess.run(words, cwd=tmp_path, env=shown, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0 and not ran.stderr, ran.stderr


def test_the_shell_examples_of_the_guide_run(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(png())
    (tmp_path / "other.png").write_bytes(png(1))
    jobs = [{"model": KLING, "inputs": {"prompt": name, "start_image_url": name}} for name in ("photo.png", "other.png")]
    (tmp_path / "jobs.jsonl").write_text("".join(json.dumps(job) + "\n" for job in jobs))
    simulator = Simulator(seconds_in_queue=0, seconds_running=0, fetch_media=True)
    with simulator.serve() as server:
        shown = environment(bucket, server.base_url)

        def call(*words: str) -> str:
            command = [sys.executable, "-m", "runcomfy_client", *words]
            ran = subprocess.run(command, cwd=tmp_path, env=shown, capture_output=True, text=True, check=False, timeout=120)
            assert ran.returncode == 0, ran.stdout + ran.stderr
            assert SECRET not in ran.stdout + ran.stderr and "X-Amz" not in ran.stdout + ran.stderr
            return ran.stdout

        call("run", KLING, "--prompt", "Snow falls.", "--start-image-url", "photo.png", "--out", "clips")
        assert "all valid" in call("batch", "jobs.jsonl", "--out", "night", "--check")
        call("batch", "jobs.jsonl", "--out", "night")
        assert len(simulator.accepted) == 3
        (bucket.folder / bucket.name / "inputs" / "thesis.pdf").write_bytes(b"mine")
        listed = call("files", "ls").splitlines()
        assert len(listed) == 2 and all(line.endswith(".png") for line in listed)
        assert "removed 0 files" in call("files", "rm", "--older-than", "7d")
        assert "removed 2 files" in call("files", "rm", "--older-than", "0m")
        assert bucket.keys() == ["thesis.pdf"]


def test_the_tool_simulates_local_files_without_a_bucket(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(png())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "RUNCOMFY"))}
    shown = {**kept, "XDG_CONFIG_HOME": str(tmp_path)}
    words = [sys.executable, "-m", "runcomfy_client", "--simulate", "run", KLING, "--prompt", "x", "--start-image-url"]
    for name, code, text in (
        ("photo.png", 0, ".mp4"),
        ("no.png", 65, "no.png: no such file"),
        ("a.com/b.png", 65, "begins with https://"),
        ("file:///tmp/photo.png", 65, "file: URLs are not supported"),
    ):
        ran = subprocess.run([*words, name], cwd=tmp_path, env=shown, capture_output=True, text=True, check=False, timeout=120)
        assert ran.returncode == code and text in ran.stdout + ran.stderr, ran.stderr


def test_the_core_imports_neither_obstore_nor_pillow(bucket: Bucket) -> None:
    code = (
        "import sys; from pathlib import Path; import runcomfy_client; from runcomfy_client import *; "
        "from runcomfy_client.models import Kling3_0StandardImageToVideo as K; "
        "c = runcomfy_client.RunComfy('test', media='s3://bucket/x'); r = K(prompt='x', start_image_url=Path('a')); "
        "import runcomfy_client.batch, runcomfy_client.cli.app; print({'obstore', 'PIL', 'boto3'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_without_obstore_the_error_says_how_to_install_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['obstore'] = None; from runcomfy_client import BucketHost; BucketHost('s3://bucket/x')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "needs obstore" in ran.stderr and "[files]" in ran.stderr

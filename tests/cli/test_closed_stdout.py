"""An unwritable stdout loses no paid job: its id is printed on stderr. A closed pipe is not an error otherwise. Characters that the
encoding of stdout does not have are escaped.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client.batch import Batch
from runcomfy_client.cli import main
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.simulator import Fault, OutputIs, Simulator

from tests.batch.worker import jobs
from tests.cli.harness import GOOD, KLING, URL, Tool

WAYS = ["a pipe without a reader", "closed", *(["full"] if os.path.exists("/dev/full") else [])]
JOB = json.dumps({"model": KLING, "inputs": {"prompt": "x", "start_image_url": "https://example.com/a.png"}}) + "\n"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(seconds_in_queue=0, seconds_running=0) as simulator:
        yield simulator


def call(simulator: Simulator, folder: Path, way: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the tool with an unwritable stdout."""
    with simulator.serve() as server:
        env = {
            **os.environ,
            "RUNCOMFY_BASE_URL": server.base_url,
            "RUNCOMFY_API_TOKEN": "test-token",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        command: list[str] = [sys.executable, "-m", "runcomfy_client", *words]
        if way == "closed":
            command = ["bash", "-c", 'exec "$@" >&-', "bash", *command]
        run: Callable[[Any], subprocess.CompletedProcess[str]] = lambda stdout: subprocess.run(
            command, cwd=folder, env=env, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
        if way == "full":
            with open("/dev/full", "w") as full:
                return run(full)
        if way == "closed":
            return run(None)
        reading, writing = os.pipe()
        os.close(reading)
        try:
            return run(writing)
        finally:
            os.close(writing)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("words", [("submit",), ("run",), ("run", "--json")], ids=" ".join)
def test_the_job_id_is_printed_on_stderr(way: str, words: tuple[str, ...], simulator: Simulator, tmp_path: Path) -> None:
    verb, *options = words
    ran = call(simulator, tmp_path, way, verb, KLING, *GOOD, *options)
    assert ran.returncode == Exit.SAVING and "Traceback" not in ran.stderr
    assert f"runcomfy-py download {simulator.accepted[0].request_id}" in ran.stderr
    assert len(simulator.accepted) == 1


def test_a_closed_pipe_is_not_an_error_when_nothing_was_paid(simulator: Simulator, tmp_path: Path) -> None:
    ran = call(simulator, tmp_path, WAYS[0], "models")
    assert (ran.returncode, ran.stderr) == (Exit.DONE, "")


def test_the_exit_code_of_a_batch_is_kept(simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "jobs.jsonl").write_text(JOB)
    ran = call(simulator, tmp_path, WAYS[0], "batch", "jobs.jsonl", "--out", "out", "--max-submits", "0")
    assert ran.returncode == Exit.TRY_AGAIN and "the limit of 0 submits" in ran.stderr


def test_a_closed_stdin_is_reported(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "runcomfy_client", "run", KLING, "--input", "-", "--simulate"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = ["bash", "-c", 'exec "$@" <&-', "bash", *words]
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == Exit.INPUT and "stdin cannot be read: it is closed" in ran.stderr


@pytest.mark.parametrize(
    "words", [("--help",), ("run", "--help"), ("show", KLING), ("completion", "bash"), ("batch", "report", "out")]
)
def test_a_reader_that_closes_the_pipe_early_is_not_an_error(words: tuple[str, ...], simulator: Simulator, tmp_path: Path) -> None:
    """As with `| head`."""
    if words[0] == "batch":
        with Batch(tmp_path / "out") as batch:
            batch.plan(jobs(3))
    ran = call(simulator, tmp_path, WAYS[0], *words)
    assert (ran.returncode, ran.stderr) == (Exit.DONE, "")


@pytest.mark.parametrize("way", WAYS[1:])
@pytest.mark.parametrize(
    "words", [("batch", "report", "out"), ("batch", "report", "out", "--format", "jsonl"), ("completion", "fish")]
)
def test_an_unwritable_stdout_is_reported(way: str, words: tuple[str, ...], simulator: Simulator, tmp_path: Path) -> None:
    with Batch(tmp_path / "out") as batch:
        batch.plan(jobs(3))
    ran = call(simulator, tmp_path, way, *words)
    assert ran.returncode == Exit.SAVING and ran.stderr.startswith("error: stdout cannot be written to")


ENCODINGS = ["cp1252", "ascii", "latin-1", "cp437", "utf-8", "gbk"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_characters_missing_in_the_encoding_of_stdout_are_escaped(
    encoding: str, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "caf\u00e9 \u043a\u043b\u044e\u0447 \u65e5\u672c \U0001f600"
    tool.serve(Fault("submit", OutputIs(text)))
    line = {"model": KLING, "inputs": {"prompt": text, "start_image_url": URL}, "key": text}
    Path("jobs.jsonl").write_text(json.dumps(line))
    output = io.BytesIO()
    stdout = io.TextIOWrapper(output, encoding=encoding)
    monkeypatch.setattr("sys.stdout", stdout)
    for words in (("run", KLING, *GOOD), ("batch", "jobs.jsonl", "--out", "out"), ("batch", "report", "out"), ("--help",)):
        assert main(words) == 0, words
    said = output.getvalue().decode(encoding)
    escaped = text.encode(encoding, "backslashreplace").decode(encoding)
    assert said.startswith(escaped + "\n") and f"\n{escaped},{KLING}," in said
    assert stdout.errors == "strict", "as it was before"

"""Batches in PostgreSQL on the command line, from the plan to the resolution."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from runcomfy_client.simulator import Drop, Fault, Simulator

from tests.cli.conftest import tool  # noqa: F401  # a fixture
from tests.cli.harness import Tool

LINE = {"model": "kling/kling-3.0/standard/image-to-video"}


@pytest.fixture
def fleet(tool: Tool, database: str, monkeypatch: pytest.MonkeyPatch) -> Tool:  # noqa: F811
    """The tool, in an empty folder, with an empty database."""
    monkeypatch.setenv("RUNCOMFY_DATABASE", database)
    monkeypatch.setenv("RUNCOMFY_API_TOKEN", "test-token")
    return tool


def write(count: int, first: int = 0) -> Path:
    """A file of so many jobs."""
    path = Path("jobs.jsonl")
    inputs = {"start_image_url": "https://example.com/photo.png"}
    lines = [{**LINE, "key": f"job-{number}", "inputs": {**inputs, "prompt": f"job-{number}"}} for number in range(first, count)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_batch_from_its_plan_to_its_report(fleet: Tool) -> None:
    simulator = fleet.serve()
    ran = fleet("batch", write(5), "--name", "night", "--out", "files", "--shared")
    assert (ran.code, ran.out) == (0, "5 downloaded\n"), ran.err
    assert len(list(Path("files").glob("*.mp4"))) == len(simulator.accepted) == 5
    again = fleet("batch", "jobs.jsonl", "--name", "night", "--out", "files", "--shared")
    assert again.code == 0 and len(simulator.accepted) == 5
    status = fleet("batch", "status", "night", "--json").json
    assert status["jobs"] == {"downloaded": 5} and status["state"] == "running" and status["workers"] == []
    assert status["money"]["spent"] == "0.05"
    report = fleet("batch", "report", "night", "--json").json
    assert [job["key"] for job in report["jobs"]] == [f"job-{number}" for number in range(5)]
    assert all(job["files"][0]["sha256"] and job["cost"] == "0.01" for job in report["jobs"]), report
    assert "kling" in fleet("batch", "report", "night", "--by-model").out
    assert fleet("batch", "status").out == f"night: running, 5 jobs, 0 open, files in {Path('files').absolute()}\n"


def test_pause_resume_cancel_and_retry(fleet: Tool) -> None:
    simulator = fleet.serve(Fault("submit", Drop(accepted=False), times=2))
    assert fleet("batch", write(4), "--name", "night", "--out", "files", "--shared", "--max-submits", "1").code == 76
    assert fleet("batch", "pause", "night").out == "night is paused\n"
    assert fleet("batch", "status", "night", "--json").json["state"] == "paused"
    assert fleet("batch", "resume", "night").code == 0
    assert "3 jobs are withdrawn" in fleet("batch", "cancel", "night").out
    assert fleet("worker").code == 0 and not simulator.accepted
    assert fleet("batch", "retry", "night").out == "night: 0 jobs are planned again\n"
    resolved = fleet("batch", "resolve", "night", "job-0", "--not-accepted")
    assert resolved.out == "job-0 is now planned\n", resolved.err


def test_each_error_is_one_message(fleet: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.serve()
    jobs = write(1)
    cases = [
        (("batch", jobs, "--name", "night", "--out", "files"), 64, "a folder of this machine"),
        (("batch", jobs, "--name", "night", "--out", "ftp://x/y"), 64, "cannot be saved"),
        (("batch", jobs, "--name", "night\n", "--out", "s3://b/p"), 65, "printable"),
        (("--simulate", "batch", jobs, "--name", "night", "--out", "files", "--shared"), 64, "simulator"),
        (("batch", jobs, "--out", "files", "--shared"), 64, "--shared requires --name"),
        (("batch", jobs, "--name", "night", "--out", "files", "--shared", "--timeout", "9"), 64, "--timeout cannot be used"),
        (("batch", "status", "nothing"), 65, "no batch 'nothing'"),
        (("batch", "pause", "nothing"), 65, "no batch 'nothing'"),
        (("--simulate", "worker"), 64, "simulator"),
    ]
    for words, code, message in cases:
        ran = fleet(*words)
        assert (ran.code, message in ran.err, "Traceback" in ran.err) == (code, True, False), (words, ran)
    secret = "postgresql://u:hunter2@localhost:notaport/x"
    for url, code in (("mysql://u:hunter2@h/x", 64), (secret, 64), ("postgresql://u:hunter2@127.0.0.1:1/x", 74)):
        monkeypatch.setenv("RUNCOMFY_DATABASE", url)
        ran = fleet("batch", "status", "night")
        assert ran.code == code and "hunter2" not in ran.err and "Traceback" not in ran.err, ran
    monkeypatch.delenv("RUNCOMFY_DATABASE")
    ran = fleet("batch", jobs, "--name", "night", "--out", "files", "--shared")
    assert ran.code == 64 and "RUNCOMFY_DATABASE" in ran.err


def test_the_url_is_read_from_a_file(fleet: Tool, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("secret").write_text(f"{database}\n")
    monkeypatch.delenv("RUNCOMFY_DATABASE")
    monkeypatch.setenv("RUNCOMFY_DATABASE_FILE", "secret")
    assert fleet("batch", "migrate").out == "the tables have version 1: created\n"
    assert fleet("batch", "migrate", "--json").json == {"version": 1, "was": 1}


def test_without_psycopg_the_message_names_the_extra(fleet: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    ran = fleet("batch", "status", "night")
    assert ran.code == 64 and "fleet]" in ran.err


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulator in process."""
    with Simulator() as made:
        yield made


def test_wrong_names_and_texts_are_one_message(fleet: Tool) -> None:
    fleet.serve()
    assert fleet("batch", write(1), "--name", "night", "--out", "files", "--shared").code == 0
    cases = [
        (("worker", "nihgt"), "There is no batch 'nihgt' for workers"),
        (("worker", "night", "nihgt"), "`runcomfy-py batch status` lists"),
        (("worker", "a\udcff"), "is not valid Unicode"),
        (("batch", "pause", "a\udcff"), "printable characters\nUse another name"),
        (("batch", "resolve", "night", "a\udcff", "--give-up"), "is not valid Unicode"),
        (("batch", "jobs.jsonl", "--name", "other", "--out", "a\udcff", "--shared"), "is not valid Unicode"),
    ]
    for words, message in cases:
        found = fleet(*words)
        assert found.code == 65 and message in found.err and found.err.count("error:") == 1, (words, found)
    assert fleet("worker", "night").code == 0


def test_limits_are_kept_until_they_are_changed(fleet: Tool) -> None:
    simulator = fleet.serve()
    words = ("batch", write(4), "--name", "night", "--out", "files", "--shared")
    halted = fleet(*words, "--max-submits", "1")
    assert "run `runcomfy-py batch JOBS --name night` with a higher limit" in halted.err and len(simulator.accepted) == 1
    assert "--max-submits 1" in fleet(*words).err and len(simulator.accepted) == 1
    assert fleet(*words, "--max-submits", "4").code == 0 and len(simulator.accepted) == 4

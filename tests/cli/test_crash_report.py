"""Unexpected errors exit with 70, disk errors with 74: a message, a traceback in a file, and the orphaned job."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from runcomfy_client import Job, Result, RunComfy
from runcomfy_client.cli.exit_codes import Exit

from tests.cli.harness import GOOD, KLING, Tool


def fail_in(error: Exception) -> Callable[..., NoReturn]:
    def broken(*_positional: Any, **_named: Any) -> NoReturn:
        raise error

    return broken


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_a_bug_before_anything_is_sent(tool: Tool, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runcomfy_client.cli.run.build_request", fail_in(KeyError("\x1b[31mx")))
    ran = tool("run", KLING, *GOOD)
    assert (ran.code, ran.out) == (Exit.BUG, "") and "error: a bug in this tool, KeyError" in ran.err
    (file,) = temporary.iterdir()
    assert str(file) in ran.err and "Traceback" in file.read_text() and "Traceback" not in ran.err
    assert "account" not in ran.err and "\x1b" not in ran.err


def test_a_bug_around_the_submit(tool: Tool, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool.serve()
    monkeypatch.setattr(RunComfy, "run", fail_in(ZeroDivisionError("x")))
    ran = tool("run", KLING, *GOOD)
    assert ran.code == Exit.BUG and "check your RunComfy account before you run this again" in ran.err
    assert list(temporary.iterdir())


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_a_bug_while_the_job_is_watched(as_json: bool, tool: Tool, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = tool.serve()
    monkeypatch.setattr("runcomfy_client.cli.progress.Watcher.on_status", fail_in(ZeroDivisionError("x")))
    ran = tool("run", KLING, *GOOD, *(["--json"] if as_json else []))
    assert ran.code == Exit.BUG
    assert f"runcomfy-py download {simulator.accepted[0].request_id}" in (ran.json["error"]["next_step"] if as_json else ran.err)
    if as_json:
        assert ran.err == "" and ran.json["error"]["traceback"] == str(*temporary.iterdir())


def test_a_bug_after_the_job(tool: Tool, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = tool.serve()
    monkeypatch.setattr(Result, "save", fail_in(ZeroDivisionError("x")))
    ran = tool("run", KLING, *GOOD)
    assert ran.code == Exit.BUG and f"runcomfy-py download {simulator.accepted[0].request_id}" in ran.err
    assert list(temporary.iterdir())


def test_an_unwritable_temporary_folder(tool: Tool, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary.rmdir()
    tool.serve()
    monkeypatch.setattr(Job, "status", fail_in(ZeroDivisionError("x")))
    ran = tool("status", "6e4e3f5e-0000-4000-8000-000000000000")
    assert ran.code == Exit.BUG and "could not be written" in ran.err


def test_a_full_disk(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = tool.serve()
    monkeypatch.setattr(Result, "save", fail_in(OSError(28, "No space left on device", "clips/a.mp4")))
    ran = tool("run", KLING, *GOOD)
    assert ran.code == Exit.SAVING and "error: clips/a.mp4: No space left on device" in ran.err
    assert f"runcomfy-py download {simulator.accepted[0].request_id}" in ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device of Linux that is always full")
def test_a_full_stdout() -> None:
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "runcomfy_client", "models"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=os.environ,
        )
    assert ran.returncode == Exit.SAVING and "No space left" in ran.stderr and "Exception" not in ran.stderr

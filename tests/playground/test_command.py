"""The command prints a working address, ends on Ctrl-C, and reports errors with a next step."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client.cli.app import start


@contextmanager
def running(out: Path, *words: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run the command in a process; yield it and its output."""
    command = [sys.executable, "-m", "runcomfy_client", "playground", "--no-open", "--json", "--out", str(out), *words]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNCOMFY")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**kept, "HOME": str(out), **environment}
    ) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_it_serves_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    with running(tmp_path / "out") as (process, output):
        assert output["live"] is False and output["out"] == str(tmp_path / "out" / "simulated")
        opened = httpx.get(output["url"])
        assert opened.status_code == 303
        page = httpx.get(output["url"].partition("open")[0], cookies=opened.cookies)
        assert "nothing is billed" in page.text and page.text.count('class="card"') == 96
        with running(tmp_path / "out", "--port", "0") as (second, refused):
            assert refused["exit_code"] == 75 and "Another playground uses" in refused["error"]["message"]
            assert second.wait(30) == 75
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr is not None and process.stderr.read() == ""


def test_live_requires_a_token(tmp_path: Path) -> None:
    with running(tmp_path / "out", "--live", RUNCOMFY_BASE_URL="https://api.example") as (process, output):
        assert process.wait(30) == output["exit_code"] == 77 and "token" in output["error"]["message"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--live", "--simulate"], "--live and --simulate exclude each other"),
        (["--files", "/no/such/folder"], "--files /no/such/folder: the folder does not exist."),
        (["--port", "99999"], "99999"),
        (["--out", ""], "empty"),
        (["now"], "now"),
    ],
)
def test_wrong_usage(words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(["playground", "--no-open", "--out", str(tmp_path), *words]) == 64
    assert message in capsys.readouterr().err


def test_a_port_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert start(["playground", "--no-open", "--out", str(tmp_path), "--port", str(taken.getsockname()[1])]) == 64
    assert "without --port, a free one is selected" in capsys.readouterr().err


def test_missing_packages_are_reported_with_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "starlette"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette", None)
    assert start(["playground", "--no-open", "--out", str(tmp_path)]) == 69
    output = capsys.readouterr().err
    assert "starlette is not installed" in output and "pip install" in output and "[playground]" in output

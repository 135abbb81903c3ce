"""Fixtures of the tests of the command-line tool."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.harness import Tool


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tool:
    """Return the tool; the current folder is empty, and no token is set."""
    for name in list(os.environ):
        if name.startswith("RUNCOMFY") or name in ("YOUR_API_TOKEN", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / ".cache"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return Tool(capsys, monkeypatch)

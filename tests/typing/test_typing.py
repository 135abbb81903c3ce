"""mypy --strict and pyright see in a user's code what they must see. `make types` runs both over the project itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PASSING = sorted((HERE / "pass").glob("*.py"))
FAILING = sorted((HERE / "fail").glob("*.py"))


def mypy(*paths: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context", *paths]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def pyright(*paths: str) -> list[dict[str, object]]:
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, *paths]
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    return [item for item in json.loads(ran.stdout)["generalDiagnostics"] if item["severity"] != "information"]


def marked(path: Path) -> set[int]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if "# error:" in line}


def test_mypy_infers_what_users_rely_on() -> None:
    ran = mypy(*map(str, PASSING))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_pyright_infers_what_users_rely_on() -> None:
    assert pyright(*map(str, PASSING)) == []


@pytest.mark.parametrize("path", FAILING, ids=lambda path: path.name)
def test_both_report_each_mistake_and_nothing_else(path: Path) -> None:
    by_mypy = {int(number) for number in re.findall(r"^[^\n:]+:(\d+): error:", mypy(str(path)).stdout, re.MULTILINE)}
    by_pyright = {int(item["range"]["start"]["line"]) + 1 for item in pyright(str(path))}  # type: ignore[index]  # JSON
    assert by_mypy == marked(path)
    assert by_pyright == marked(path)

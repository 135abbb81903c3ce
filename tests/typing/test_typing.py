"""mypy --strict and pyright see in a user's code what they must see. `make types` runs both over the project itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FILES = sorted((*(HERE / "pass").glob("*.py"), *(HERE / "fail").glob("*.py")))
"""Those in `pass` have no mistake, each in `fail` has some. One run checks all: loading the types of the client takes the time."""

Found = set[tuple[str, int]]
"""Files and lines."""


def marked() -> Found:
    lines = [(path, line) for path in FILES for line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)]
    return {(path.name, number) for path, (number, text) in lines if "# error:" in text}


def test_there_are_passing_and_failing_files() -> None:
    assert {path.parent.name for path in FILES} == {"pass", "fail"} and len({path.name for path in FILES}) == len(FILES)
    assert {name for name, _line in marked()} == {path.name for path in FILES if path.parent.name == "fail"}


def test_mypy_infers_the_documented_types_and_reports_exactly_the_mistakes() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context", *map(str, FILES)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.findall(r"^([^\n:]+):(\d+): error:", ran.stdout, re.MULTILINE)
    assert {(Path(path).name, int(line)) for path, line in found} == marked(), ran.stdout + ran.stderr


def test_pyright_infers_the_documented_types_and_reports_exactly_the_mistakes() -> None:
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, *map(str, FILES)]
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    found = [item for item in json.loads(ran.stdout)["generalDiagnostics"] if item["severity"] != "information"]
    assert {(Path(item["file"]).name, item["range"]["start"]["line"] + 1) for item in found} == marked(), found

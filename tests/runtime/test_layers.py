"""Which part of the runtime may know which, and what importing it costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

RUNTIME = Path(__file__).resolve().parents[2] / "templates" / "runtime"
FILES = sorted(RUNTIME.rglob("*.py"))
WORLD = {"httpx", "asyncio", "anyio", "time", "random", "socket", "threading"}
PUBLIC = {"client", "async_client", "job", "result", "runs"}
NEVER = {
    "typed": WORLD | PUBLIC | {"protocol", "flows", "drivers"},
    "protocol": WORLD | PUBLIC | {"flows", "drivers"},
    "flows": WORLD | PUBLIC | {"drivers"},
    "batch": {"cli", "click", "rich", "simulator"},
    "cli": {"models"},
    "drivers": PUBLIC | {"policy"} | {f"protocol.{name}" for name in ("answers", "order", "outcome", "readings", "refusals")},
}
"""What the modules of each package must not know."""


def imported(path: Path) -> set[str]:
    """The modules that a file imports, at any place, and their packages; those of the client by their names inside it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(alias.name for alias in node.names if node.module == "runcomfy_client")
    inside = {name.removeprefix("runcomfy_client.") for name in names}
    return inside | {name.partition(".")[0] for name in inside}


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.parent != RUNTIME], ids=lambda path: f"{path.parent.name}.{path.stem}"
)
def test_each_layer_knows_only_those_below(path: Path) -> None:
    assert not imported(path) & NEVER[path.parent.name]


def test_policy_knows_locks_and_no_clock() -> None:
    assert imported(RUNTIME / "policy.py") & WORLD == {"threading"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno:
            body = [stmt for stmt in node.body if not (isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant))]
            assert not body or node.end_lineno - body[0].lineno < 40, f"{node.name} is too long"


def test_building_a_request_imports_no_http() -> None:
    code = "import sys, runcomfy_client.typed.endpoint, runcomfy_client.typed.media; print(sorted({'httpx', 'asyncio', 'ssl', 'http'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_making_a_client_imports_no_httpx_yet() -> None:
    code = "import sys; from runcomfy_client.client import RunComfy; RunComfy('abc'); print('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"

"""The layers of the client: which module may import which, and what an import loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "templates" / "package" / "runcomfy_client"
FILES = sorted(PACKAGE.rglob("*.py"))
WORLD = {"httpx", "asyncio", "anyio", "time", "random", "socket", "threading"}
PUBLIC = {"client", "async_client", "job", "result", "runs"}
ABOVE_CORE = PUBLIC | {"_engine", "_http", "batch", "cli", "mcp", "model_page", "playground", "quotes", "simulator"}
FORBIDDEN = {
    "schema": WORLD | ABOVE_CORE | {"_core"},
    "_core/protocol": WORLD | ABOVE_CORE | {"_core.flows"},
    "_core/flows": WORLD | ABOVE_CORE,
    "_http": PUBLIC | {"_engine", "batch", "cli", "simulator"},
    "_engine": PUBLIC | {"batch", "cli", "simulator"},
    "batch": {"cli", "click", "rich", "simulator", "quotes", "playground"},
    "quotes": {"cli", "click", "rich", "simulator", "mcp", "playground", "_http", "_engine"},
    "model_page": WORLD | ABOVE_CORE - {"model_page"} | {"jinja2", "starlette", "click", "rich"},
    "playground": {"mcp", "cli", "click", "rich", "simulator", "_http", "_engine"},
    "mcp": {"playground", "cli", "click", "rich", "simulator", "_http", "_engine"},
    "cli": {"models"},
}
"""What the modules of each package must not import: packages know those below them, never those above."""
ALLOWED = {"_core/flows/limits.py": {"threading"}, "_core/flows/durations.py": {"threading"}}


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, at any place, and their packages. Modules of the client have relative names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(alias.name for alias in node.names if node.module == "runcomfy_client")
    inside = {name.removeprefix("runcomfy_client.") for name in names}
    return inside | {".".join(name.split(".")[:depth]) for name in inside for depth in (1, 2)}


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_each_layer_imports_only_those_below(folder: str) -> None:
    for path in (PACKAGE / folder).glob("*.py"):
        allowed = ALLOWED.get(str(path.relative_to(PACKAGE)), set())
        assert not (imported(path) & FORBIDDEN[folder]) - allowed, path


def test_the_policy_module_does_no_io() -> None:
    assert not imported(PACKAGE / "policy.py") & WORLD


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno:
            body = [stmt for stmt in node.body if not (isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant))]
            assert not body or node.end_lineno - body[0].lineno < 60, f"{node.name} is too long"


def test_building_a_request_imports_no_http() -> None:
    code = (
        "import sys, runcomfy_client.requests, runcomfy_client.schema.media; "
        "print(sorted({'httpx', 'asyncio', 'ssl', 'http'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_creating_a_client_does_not_import_httpx() -> None:
    code = (
        "import sys; from runcomfy_client.client import RunComfy; RunComfy('abc'); "
        "print(sorted({'httpx', 'asyncio', 'runcomfy_client.runs'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"

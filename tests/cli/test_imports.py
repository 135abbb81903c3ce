"""The tool imports batches, batches import the client; nothing imports the tool."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

NO_CALL = set("rich pydantic httpx asyncio sqlite3 jsonschema logging tempfile pathlib difflib importlib.resources".split())
"""What a command that calls nothing and writes to a pipe does not need."""


@cache  # the same files are searched for many packages
def imported(path: Path) -> set[str]:
    """Return all modules that a file imports, at any place."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def users_of(*names: str) -> set[str]:
    """Return the packages or modules of the client that import any of these."""
    import runcomfy_client

    root = Path(runcomfy_client.__path__[0])
    return {
        path.relative_to(root).parts[0].removesuffix(".py")
        for path in root.rglob("*.py")
        if any(name == want or name.startswith(f"{want}.") for name in imported(path) for want in names)
    }


def test_nothing_imports_the_command_line() -> None:
    assert users_of("runcomfy_client.cli") == {"cli", "__main__"}
    assert users_of("runcomfy_client.model_page") == {"cli", "model_page", "playground"}
    # the root exports its errors, lazily
    assert users_of("runcomfy_client.batch") == {"cli", "batch", "mcp", "playground", "quotes", "prices", "__init__"}
    assert users_of("click", "rich") == {"cli"}
    assert users_of("runcomfy_client.mcp", "mcp") == {"cli", "mcp"}
    assert users_of("runcomfy_client.playground", "starlette", "jinja2") == {"cli", "playground"}
    assert users_of("sqlite3") == {"batch", "quotes"}


def test_batches_do_not_need_the_simulator() -> None:
    assert "batch" not in users_of("runcomfy_client.simulator", "jsonschema")


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("runcomfy_client.client", {"click", "rich", "sqlite3"}),
        ("runcomfy_client.batch", {"click", "rich", "jsonschema"}),
        ("runcomfy_client.cli", {"click", "rich", "sqlite3", "httpx"}),
        ("runcomfy_client.cli.app", {"httpx", "jsonschema"}),
    ],
)
def test_importing_loads_only_required_modules(module: str, never: set[str]) -> None:
    code = f"import sys, {module}; print(sorted({never!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "never"),
    [
        (["show", "kling/kling-3.0/standard/image-to-video"], NO_CALL),
        (["models", "kling"], NO_CALL),
        (["--version"], {*NO_CALL, "json"}),
        (["completion", "zsh"], {*NO_CALL, "json"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_command_imports_only_what_it_needs(words: list[str], never: set[str]) -> None:
    loaded = f"sorted({never!r} & set(sys.modules))"
    code = f"import sys; from runcomfy_client.cli import main; main({words!r}); print({loaded}, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]" and ran.stdout


def test_a_run_outside_a_terminal_imports_no_rich() -> None:
    words = ["run", "kling/kling-3.0/standard/image-to-video", "--prompt", "x", "--start-image-url", "https://example.com/a.png"]
    never = {"rich", "pygments", "jsonschema", "sqlite3", "configparser", "runcomfy_client.runs", "runcomfy_client.prices"}
    loaded = f"sorted({never!r} & set(sys.modules)), 'httpx' in sys.modules"
    code = f"import sys; from runcomfy_client.cli import main; code = main({words!r}); print(code, {loaded})"
    env = {**os.environ, "RUNCOMFY_API_TOKEN": "token-1234567890", "RUNCOMFY_BASE_URL": "http://127.0.0.1:9"}
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "75 [] True" and ran.stderr.startswith("error: No connection")

"""The simulator shares no code with the client that it checks, and imports httpx only for a transport."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
import runcomfy_client.simulator

SOURCES = sorted(Path(runcomfy_client.simulator.__file__).parent.glob("*.py"))
HINT = "runcomfy_client._core.install_hint"  # the install hint is not part of the protocol
ALLOWED = {"transport.py": {"httpx", "anyio"}, "core.py": {"httpx"}, "validation.py": {HINT}}


def imported(source: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def is_own_or_standard(name: str) -> bool:
    return name.startswith("runcomfy_client.simulator") or name.partition(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_imports(source: Path) -> None:
    foreign = {name for name in imported(source) if not is_own_or_standard(name)}
    assert foreign <= ALLOWED.get(source.name, set())


def test_httpx_is_imported_only_when_needed() -> None:
    tree = ast.parse(next(path for path in SOURCES if path.name == "core.py").read_text(encoding="utf-8"))
    at_the_top = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert at_the_top == {"time"}

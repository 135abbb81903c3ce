"""Every recipe of the cookbook runs; the page about the tool matches the tool; every promise names an existing test."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from runcomfy_client.batch import Stage
from runcomfy_client.cli.app import app
from runcomfy_client.cli.exit_codes import MEANINGS
from runcomfy_client.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
COOKBOOK, CLI, SAFETY = ((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("cookbook", "cli", "money-safety"))
RECIPES = {text.partition("\n")[0]: text for text in COOKBOOK.split("\n## ")[1:]}
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TOOLS = {
    "python": "",
    "runcomfy-py": "-m runcomfy_client",
    "runcomfy-codegen": "-m codegen",
    "pip": "-m pip",
}


def prepare(folder: Path, base_url: str) -> dict[str, str]:
    """Add the tools to the PATH of a recipe, and let pip install offline into its folder; return its environment."""
    tools = folder / ".tools"
    tools.mkdir()
    offline = f'--quiet --no-compile --no-deps --no-index --no-build-isolation --target "{folder}/site"'
    for name, words in TOOLS.items():
        (tools / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@" {offline if name == "pip" else ""}\n')
        (tools / name).chmod(0o755)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RUNCOMFY", "PYTEST"))}
    path = os.pathsep.join([str(folder / "site"), *filter(None, sys.path), str(ROOT)])
    return {
        **kept,
        "PATH": f"{tools}:{kept['PATH']}",
        "PYTHONPATH": path,
        "RUNCOMFY_BASE_URL": base_url,
        "XDG_CONFIG_HOME": str(folder),
    }


@pytest.mark.parametrize("title", RECIPES)
def test_recipe(title: str, tmp_path: Path) -> None:
    blocks = BLOCK.findall(RECIPES[title])
    assert any(kind in ("python", "sh") for kind, _name, _text in blocks)
    with Simulator(seconds_in_queue=0, seconds_running=0).serve() as server:
        environment = prepare(tmp_path, server.base_url)
        for kind, name, text in blocks:
            if name:
                (tmp_path / name).write_text(text, encoding="utf-8")
                continue
            command = [sys.executable, "-W", "error", "-c", text] if kind == "python" else ["bash", "-euc", text]
            ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120)
            assert ran.returncode == 0, f"{text}\n{ran.stdout}\n{ran.stderr}"
            assert "Traceback" not in ran.stderr


def test_the_tracing_example_creates_a_span_per_call() -> None:
    example = ROOT / "examples" / "opentelemetry_tracing.py"
    ran = subprocess.run([sys.executable, example], capture_output=True, text=True, check=True, timeout=60)
    assert re.findall(r'"name": "(\w+)"', ran.stdout)[-1] == "clip"
    assert '"http.response.status_code": 200' in ran.stdout


def test_every_command_of_the_tool_is_on_its_page() -> None:
    named = {words.split()[0] for words in re.findall(r"^\| `([^`]+)` \|", CLI, re.MULTILINE)}
    context = click.Context(app)
    assert set(app.list_commands(context)) <= named
    batch = app.get_command(context, "batch").commands  # type: ignore[union-attr]  # a group
    rows = " ".join(re.findall(r"^\| `batch [^|]+", CLI, re.MULTILINE))
    assert [name for name in batch if name != "run" and not re.search(rf"`(batch )?{name}\b", rows)] == []
    options = {option.opts[0] for option in batch["run"].params if option.opts[0].startswith("--")}
    assert [option for option in options if f"`{option}" not in CLI and f"--{option.strip('-')} " not in CLI] == []


def test_the_exit_codes_are_those_of_the_tool() -> None:
    output = {int(code): text for code, text in re.findall(r"^\| (\d+) \| (.+?) \|$", CLI, re.MULTILINE)}
    assert output == {int(code): text for code, text in MEANINGS.items()}


def test_every_stage_is_explained() -> None:
    assert [stage for stage in Stage if f"`{stage}`" not in CLI] == []


def test_every_promise_names_tests_that_exist() -> None:
    named = re.findall(r"`(tests/[\w/.:]+)`", SAFETY)
    assert len(named) > 15
    for name in named:
        path, *parts = name.split("::")
        scope: list[ast.stmt] = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
        for part in parts:
            found = [node for node in scope if part in names_of(node)]
            assert found, name
            scope = found[0].body if isinstance(found[0], ast.ClassDef) else []


def names_of(node: ast.stmt) -> set[str]:
    """Return the names that a statement defines."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case _:
            return set()


def test_the_picture_shows_the_tool_and_loads_no_resources() -> None:
    picture = (ROOT / "docs" / "cli.svg").read_text(encoding="utf-8").replace("&#160;", " ")
    for words in ("runcomfy-py run kling/", "succeeded in", "runcomfy-py batch", "planned", "unknown", "left"):
        assert words in picture, words
    assert not re.search(r"<script|@font-face|@import|href=|url\((?!#)", picture)

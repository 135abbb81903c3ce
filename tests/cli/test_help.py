"""Help pages are the same with and without docstrings (`python -OO`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.cli.harness import GOOD, KLING

CODE = """
import contextlib, io, sys
import click
from runcomfy_client.cli import main
from runcomfy_client.cli.app import app

def pages(command, words):
    yield words
    context = click.Context(app)
    lazy = {name: app.get_command(context, name) for name in app.list_commands(context)}
    for name, inner in (lazy if command is app else getattr(command, "commands", {})).items():
        yield from pages(inner, [*words, name])

for words in [*pages(app, []), ["run", MODEL], ["submit", MODEL]]:
    print(words)
    code = main([*words, "--help"])
    assert code in (0, None), words
"""


def ask(*words: str, folder: Path) -> str:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, *words], env=env, cwd=folder, capture_output=True, text=True, check=True, timeout=120
    ).stdout


def test_help_does_not_depend_on_docstrings(tmp_path: Path) -> None:
    code = CODE.replace("MODEL", repr(KLING))
    output = ask("-OO", "-c", code, folder=tmp_path)
    assert output == ask("-c", code, folder=tmp_path)
    for words in ("List all models", "Run thousands of jobs", "Resolve the unknown job", "Exit codes:"):
        assert words in output


def test_without_docstrings_a_job_runs(tmp_path: Path) -> None:
    assert ask("-OO", "-m", "runcomfy_client", "run", KLING, *GOOD, "--simulate", folder=tmp_path).endswith("-1.mp4\n")

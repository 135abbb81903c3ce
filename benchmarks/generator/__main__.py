"""Prints what a build costs: `python -m benchmarks generator`.

The peer is openapi-python-client with its default formatting hook: `pip install openapi-python-client` into an environment of its
own, and name its command with --peer. Every figure is a whole process, timed from outside; only ratios carry over to other
machines.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.generator.models import write_schemas, write_specification
from benchmarks.processes import as_installed

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str]) -> int:
    """Measure and print; the exit code is 0."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = _measure(options.models, options.rounds, options.peer, folder)
    for what, seconds in figures.items():
        print(f"{what:48} {seconds:7.2f} s")
    cold, peer = figures[f"cold build of {options.models} models"], figures.get("openapi-python-client")
    if peer:
        print(f"{'cold build / openapi-python-client':48} {cold / peer:7.2f}    (at most 1)")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks generator", description=__doc__)
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", default=shutil.which("openapi-python-client"), help="the command of openapi-python-client")
    return parser.parse_args(arguments)


def _measure(count: int, rounds: int, peer: str | None, folder: Path) -> dict[str, float]:
    paths = write_schemas(count, folder / "schemas")
    write_specification(count, folder / "openapi.json")
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        shutil.rmtree(folder / "client", ignore_errors=True)
        found.setdefault(f"cold build of {count} models", []).append(_ours("build", folder))
        found.setdefault("build, nothing changed", []).append(_ours("build", folder))
        _touch(paths[number])
        found.setdefault("build, one schema changed", []).append(_ours("build", folder))
        found.setdefault("check", []).append(_ours("check", folder))
        if peer:
            found.setdefault("openapi-python-client", []).append(_theirs(peer, folder))
    return {what: median(times) for what, times in found.items()}


def _touch(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    document["input_schema"]["properties"]["added"] = {"type": "string"}
    path.write_text(json.dumps(document), encoding="utf-8")


def _ours(command: str, folder: Path) -> float:
    words = [sys.executable, "-m", "codegen", command, "--schemas", str(folder / "schemas"), "--output", str(folder / "client")]
    return _timed(words, ROOT)


def _theirs(peer: str, folder: Path) -> float:
    shutil.rmtree(folder / "peer", ignore_errors=True)
    # its formatting hook is the ruff beside it, or none at all
    path = f"{Path(peer).absolute().parent}{os.pathsep}{os.environ['PATH']}"
    return _timed([peer, "generate", "--path", "openapi.json", "--output-path", "peer"], folder, PATH=path)


def _timed(words: list[str], folder: Path, **environment: str) -> float:
    started = time.perf_counter()
    subprocess.run(words, cwd=folder, check=True, capture_output=True, env=as_installed(**environment))
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

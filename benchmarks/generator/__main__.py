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
from typing import Final

from benchmarks.generator.models import write_schemas, write_specification
from benchmarks.processes import as_installed

ROOT: Final = Path(__file__).resolve().parents[2]
_COLD: Final = "cold build"
_UNCHANGED: Final = "build, nothing changed"
_PEER: Final = "openapi-python-client"
_BOUNDS: Final = {_UNCHANGED: 0.3}
"""Seconds, for up to 500 models."""
_PEER_BOUND: Final = 0.65


def main(arguments: Sequence[str]) -> int:
    """Measure and print; the exit code is 1 where a bound is not kept."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as name:
        if options.sizes:
            _print_sizes(options.sizes, Path(name))
            return 0
        figures = _measure(options.models, options.rounds, options.peer, Path(name))
    kept = True
    print(f"{options.models} models")
    for what, seconds in figures.items():
        bound = _BOUNDS.get(what) if options.models <= 500 else None
        kept = kept and (bound is None or seconds <= bound)
        print(f"{what:48} {seconds:7.2f} s{_judged(seconds, bound)}")
    if _PEER in figures:
        ratio = figures[_COLD] / figures[_PEER]
        kept = kept and ratio <= _PEER_BOUND
        print(f"{f'{_COLD} / {_PEER}':48} {ratio:7.2f}  {_judged(ratio, _PEER_BOUND)}")
    return 0 if kept else 1


def _judged(figure: float, bound: float | None) -> str:
    return "" if bound is None else f"  at most {bound}{'' if figure <= bound else '  BROKEN'}"


def _print_sizes(sizes: Sequence[int], folder: Path) -> None:
    """Print what a cold build of so many models takes: each time a model, the memory in all."""
    print("models   CPU s   CPU ms a model   wall s   peak MiB")
    for count in sizes:
        home = folder / str(count)
        write_schemas(count, home / "schemas")
        started = time.perf_counter()
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(_words("build", home), cwd=ROOT, stdout=quiet, stderr=quiet, env=as_installed())
        _pid, status, usage = os.wait4(process.pid, 0)
        wall, cpu = time.perf_counter() - started, usage.ru_utime + usage.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        print(f"{count:6} {cpu:7.1f} {cpu / count * 1000:16.1f} {wall:8.1f} {usage.ru_maxrss / 1024:10.0f}")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks generator", description=__doc__)
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", help="instead, cold builds of so many models: CPU, memory")
    parser.add_argument("--peer", default=shutil.which("openapi-python-client"), help="the command of openapi-python-client")
    return parser.parse_args(arguments)


def _measure(count: int, rounds: int, peer: str | None, folder: Path) -> dict[str, float]:
    paths = write_schemas(count, folder / "schemas")
    write_specification(count, folder / "openapi.json")
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        shutil.rmtree(folder / "client", ignore_errors=True)
        found.setdefault(_COLD, []).append(_ours("build", folder))
        found.setdefault(_UNCHANGED, []).append(_ours("build", folder))
        _touch(paths[number])
        found.setdefault("build, one schema changed", []).append(_ours("build", folder))
        found.setdefault("check", []).append(_ours("check", folder))
        if peer:
            found.setdefault(_PEER, []).append(_theirs(peer, folder))
    return {what: median(times) for what, times in found.items()}


def _touch(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    document["input_schema"]["properties"]["added"] = {"type": "string"}
    path.write_text(json.dumps(document), encoding="utf-8")


def _ours(command: str, folder: Path) -> float:
    return _timed(_words(command, folder), ROOT)


def _words(command: str, folder: Path) -> list[str]:
    return [sys.executable, "-m", "codegen", command, "--schemas", str(folder / "schemas"), "--output", str(folder / "client")]


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

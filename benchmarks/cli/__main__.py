"""Prints what the start of the tool costs, as multiples of importing what it stands on: `python -m benchmarks cli`."""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

_MODEL: Final = "kling/kling-3.0/standard/image-to-video"
_CLICK: Final = ["-c", "import click"]
_RICH: Final = ["-c", "import click, rich.console, rich.text"]
_CLIENT: Final = ["-c", "import httpx, pydantic, click"]
_TOOL: Final = ["-m", "runcomfy_client"]
_RUN: Final = ["run", _MODEL, "--prompt", "Waves.", "--start-image-url", "https://example.com/a.png"]
_ROWS: Final = (
    ("--version", [*_TOOL, "--version"], _CLICK, 1.5),
    ("completion bash", [*_TOOL, "completion", "bash"], _CLICK, 1.5),
    ("show MODEL", [*_TOOL, "show", _MODEL], _CLICK, None),
    ("show MODEL, beside click and rich", [*_TOOL, "show", _MODEL], _RICH, 1.5),
    ("run MODEL, up to the connection", [*_TOOL, *_RUN], _CLIENT, None),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 when a bound is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks cli", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args(arguments).rounds
    commands = {tuple(words) for _name, tool, base, _bound in _ROWS for words in (tool, base)}
    times: dict[tuple[str, ...], list[float]] = {command: [] for command in commands}
    for _ in range(rounds + 1):
        for command, found in times.items():
            found.append(_cpu(command))
    kept = True
    for name, tool, base, bound in _ROWS:
        ratio = min(times[tuple(tool)][1:]) / min(times[tuple(base)][1:])
        kept = kept and (bound is None or ratio <= bound)
        print(f"CPU of `{name}` / `{base[1]}`".ljust(84), f"{ratio:5.2f}", f"(at most {bound})" if bound else "")
    return 0 if kept else 1


def _cpu(command: Sequence[str]) -> float:
    """Return the CPU seconds of a process; modules are compiled already, as they are after an installation."""
    env = {**os.environ, "RUNCOMFY_API_TOKEN": "benchmark-0815", "RUNCOMFY_BASE_URL": "http://127.0.0.1:9"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], env=env, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())

"""Prints what the start of the tool costs, as multiples of importing what it stands on: `python -m benchmarks cli`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.processes import cpu_of_python

_MODEL: Final = "kling/kling-3.0/standard/image-to-video"
_CLICK: Final = ["-c", "import click"]
_RICH: Final = ["-c", "import click, rich.console, rich.text"]
_CLIENT: Final = ["-c", "import httpx, pydantic, click"]
_TOOL: Final = ["-m", "runcomfy_client"]
_RUN: Final = ["run", _MODEL, "--prompt", "Waves.", "--start-image-url", "https://example.com/a.png"]
_BY_HAND: Final = [str(Path(__file__).with_name("by_hand.py"))]
_TERMINAL: Final = {"FORCE_COLOR": "1"}
_ROWS: Final[Sequence[tuple[str, Sequence[str], Sequence[str], Mapping[str, str], float]]] = (
    ("--version", [*_TOOL, "--version"], _CLICK, {}, 1.5),
    ("completion bash", [*_TOOL, "completion", "bash"], _CLICK, {}, 1.5),
    ("show MODEL", [*_TOOL, "show", _MODEL], _CLICK, {}, 1.5),
    ("show MODEL, on a terminal", [*_TOOL, "show", _MODEL], _RICH, _TERMINAL, 1.5),
    ("run MODEL, up to the connection", [*_TOOL, *_RUN], _CLIENT, {}, 2.0),  # the program by hand takes 1.7 to 1.9
    ("run MODEL, up to the connection", [*_TOOL, *_RUN], _BY_HAND, {}, 1.15),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 when a bound is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks cli", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args(arguments).rounds
    kept = True
    for name, tool, base, environment, bound in _ROWS:
        ratio = _ratio(tool, base, environment, rounds)
        kept = kept and ratio <= bound
        broken = "" if ratio <= bound else "BROKEN"
        print(f"CPU of `{name}` / `{Path(base[-1]).name}`".ljust(84), f"{ratio:5.2f}  at most {bound}  {broken}".rstrip())
    return 0 if kept else 1


def _ratio(tool: Sequence[str], base: Sequence[str], environment: Mapping[str, str], rounds: int) -> float:
    """Return the least CPU of the tool as a multiple of the least of `base`, measured in turn."""
    env = {"RUNCOMFY_API_TOKEN": "benchmark-0815", "RUNCOMFY_BASE_URL": "http://127.0.0.1:9", **environment}
    rows = [[cpu_of_python(words, check=False, **env) for words in (tool, base)] for _ in range(rounds)]
    return min(row[0] for row in rows) / min(row[1] for row in rows)


if __name__ == "__main__":
    sys.exit(main())

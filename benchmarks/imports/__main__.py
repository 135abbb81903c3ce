"""Prints what an import of the client costs: `python -m benchmarks imports`.

Each figure is the CPU of a process of its own, less one that does nothing; the client is built with one model and with many.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.generator.models import models, write_schemas
from benchmarks.processes import cpu_of_python

ROOT: Final = Path(__file__).resolve().parents[2]
BASE: Final = "import httpx, pydantic"
PACKAGE: Final = "import runcomfy_client"
FIRST: Final = "import json, runcomfy_client; runcomfy_client.request({!r}, **json.loads({!r})).payload()"


def main(arguments: Sequence[str]) -> int:
    """Measure and print; the exit code is 1 where a bound is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks imports", description=__doc__)
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args(arguments)
    kept = True
    with tempfile.TemporaryDirectory() as name:
        for count in (1, options.models):
            client = _build(count, Path(name) / str(count))
            figures = _measure(client, options.rounds)
            base = figures[BASE]
            print(f"{count} models: {BASE} takes {base * 1000:.0f} ms")
            for what, code, bound in (("importing the package", PACKAGE, 0.25), ("the first request built", _first(client), 1.1)):
                ratio = figures[code] / base
                kept = kept and ratio <= bound
                print(f"  {what:24} {ratio:5.2f} of that (at most {bound})")
    return 0 if kept else 1


def _first(client: Path) -> str:
    document = next(iter(models(1)))
    shipped = next(
        path for path in sorted((client / "runcomfy_client/schemas").rglob("*.json")) if document["model_id"] in path.read_text()
    )
    return FIRST.format(document["model_id"], json.dumps(json.loads(shipped.read_text())["example"]))


def _build(count: int, folder: Path) -> Path:
    write_schemas(count, folder / "schemas")
    words = ["build", "--schemas", str(folder / "schemas"), "--output", str(folder / "client")]
    subprocess.run([sys.executable, "-m", "codegen", *words], cwd=ROOT, check=True, capture_output=True)
    return folder / "client"


def _measure(client: Path, rounds: int) -> dict[str, float]:
    codes = ["pass", BASE, PACKAGE, _first(client)]
    found: dict[str, list[float]] = {code: [] for code in codes}
    for _ in range(rounds):
        for code in codes:
            found[code].append(cpu_of_python(["-c", code], PYTHONPATH=str(client)))
    nothing = min(found["pass"])
    return {code: min(times) - nothing for code, times in found.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

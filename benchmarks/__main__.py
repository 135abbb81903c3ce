"""Runs one of the benchmarks: `python -m benchmarks client`. What follows the name goes to the benchmark."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main() -> int:
    """Run the benchmark that is named first."""
    known = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        print(f"usage: python -m benchmarks {{{','.join(known)}}} ...", file=sys.stderr)
        return 2
    result: int = import_module(f"benchmarks.{sys.argv[1]}.__main__").main(sys.argv[2:])
    return result


if __name__ == "__main__":
    sys.exit(main())

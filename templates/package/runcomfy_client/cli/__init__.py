"""The command-line tool `runcomfy-py`. It requires the extra `cli`, and prints how to install it if it is missing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tool, and return its exit code; see `runcomfy_client.cli.exit_codes`."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return _main(words)
    except KeyboardInterrupt:  # before the command started
        print("stopped: nothing was sent.", file=sys.stderr)
        return 130


def _main(words: list[str]) -> int:
    missing = next((name for name in ("click", "rich") if find_spec(name) is None), None)
    if missing is not None:
        from runcomfy_client.cli.missing_extra import report_missing_extra

        return report_missing_extra(missing, json="--json" in words)
    from runcomfy_client.cli.app import start

    return start(words)

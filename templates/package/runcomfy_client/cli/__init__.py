"""The command line tool `runcomfy-py`. It needs the extra `cli`, and says so when that is missing."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tool, and return its exit code; see `runcomfy_client.cli.exit_codes`."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return _main(words)
    except KeyboardInterrupt:  # before the command began
        print("stopped: nothing was sent.", file=sys.stderr)
        return 130


def _main(words: list[str]) -> int:
    try:
        import click as _click
        import rich as _rich
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        from runcomfy_client.cli.missing_extra import report_missing_extra

        return report_missing_extra(error.name, json="--json" in words)
    del _click, _rich
    from runcomfy_client.cli.app import start

    return start(words)

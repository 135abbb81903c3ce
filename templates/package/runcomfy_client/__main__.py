"""Runs the command line tool: `python -m runcomfy_client` is `runcomfy-py`."""

from __future__ import annotations

import sys

from runcomfy_client.cli import main

if __name__ == "__main__":
    sys.exit(main())

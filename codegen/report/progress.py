"""A line on the terminal that tells how far a build is, where there is a terminal and the build takes its time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 1.0
"""Seconds before the line appears."""
_WIDTH: Final = 30


def progress_bar() -> Callable[[int, int], None]:
    """Return what a build calls with how many models are made, of how many."""
    if not sys.stderr.isatty():
        return lambda done, total: None
    started = time.monotonic()

    def show(done: int, total: int) -> None:
        if time.monotonic() - started < PATIENCE:
            return
        filled = _WIDTH * done // total
        line = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{total} models"
        # the last one leaves an empty line for what comes after
        sys.stderr.write(f"\r{line}" if done < total else f"\r{' ' * len(line)}\r")
        sys.stderr.flush()

    return show

"""Shows the progress of long builds on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

DELAY: Final = 1.0
"""The seconds before the progress bar appears."""
_WIDTH: Final = 30


def progress_bar() -> Callable[[int, int], None]:
    """Return a function that a build calls with the number of finished models and of all models."""
    if not sys.stderr.isatty():
        return lambda done, total: None
    started = time.monotonic()

    def show(done: int, total: int) -> None:
        if time.monotonic() - started < DELAY:
            return
        filled = _WIDTH * done // total
        line = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{total} models"
        # the last call clears the line
        sys.stderr.write(f"\r{line}" if done < total else f"\r{' ' * len(line)}\r")
        sys.stderr.flush()

    return show

"""Prints the warnings of uploads, such as links that expire with temporary credentials."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from runcomfy_client.cli.console import Console


class _ToConsole(logging.Handler):
    """Prints log records in the format of the tool's own warnings."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.warning(f"warning: {record.getMessage()}")


@contextmanager
def show_upload_warnings(console: Console) -> Iterator[None]:
    """Print the warnings of uploads while the block runs."""
    log, handler = logging.getLogger("runcomfy_client.files"), _ToConsole(console)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)

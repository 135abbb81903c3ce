"""Shows the progress of one job while a command waits for it, if stderr is a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runcomfy_client.cli.console import Console

if TYPE_CHECKING:
    from runcomfy_client.downloads import Progress as Received
    from runcomfy_client.files.bucket import UploadProgress
    from runcomfy_client.status import Status


def format_duration(seconds: float) -> str:
    """Format a duration: `4 s`, `1:05`, `2:00:09`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Watcher:
    """Receives the progress of a job and ignores it. Pass `on_status` and `on_progress` to the client."""

    def on_status(self, status: Status) -> None:
        """Receive a new status."""

    def on_upload(self, sent: UploadProgress) -> None:
        """Receive the progress of an upload."""

    def on_progress(self, received: Received) -> None:
        """Receive the progress of a download."""


@contextmanager
def show_job_progress(console: Console) -> Iterator[Watcher]:
    """Show the progress of a job on a terminal while the block runs."""
    if not console.shows_progress:
        yield Watcher()
        return
    from runcomfy_client.cli.job_line import live_watcher

    with live_watcher(console) as watcher:
        yield watcher

"""Shows the progress of one job on a terminal: its queue position, state and time, then the downloads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, Progress, Task, TaskID, TextColumn, TransferSpeedColumn
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.cli.console import Console
from runcomfy_client.cli.progress import Watcher, format_duration
from runcomfy_client.status import State, Status

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_client.downloads import Progress as Received
    from runcomfy_client.files.bucket import UploadProgress

STYLES: Final = {
    State.QUEUED: "yellow",
    State.RUNNING: "cyan",
    State.COMPLETED: "green",
    State.FAILED: "red",
    State.CANCELLED: "red",
    State.UNKNOWN: "magenta",
}


class JobLine:
    """The status line of a job. It is redrawn several times a second, so that the time advances between two polls."""

    def __init__(self, status: Status | None = None) -> None:
        self._status = status
        self._started_at = time.monotonic()
        self._ends_at: float | None = None
        self._spinner = Spinner("dots", style="cyan")

    def update(self, status: Status) -> None:
        """Show a new status."""
        self._status = status
        self._ends_at = None if status.remaining is None else time.monotonic() + status.remaining

    def __rich_console__(self, console: RichConsole, options: ConsoleOptions) -> RenderResult:
        """Yield the line. On a narrow terminal, the id is on a second line or omitted, but never wrapped."""
        table = Table.grid(padding=(0, 2))
        request_id = Text(escape_control_chars(self._status.request_id) if self._status else "", style="dim", no_wrap=True)
        now = time.monotonic()
        cells = [status_text(self._status), Text(format_duration(now - self._started_at))]
        if self._ends_at is not None and self._ends_at - now >= 1:
            cells.append(Text(f"about {format_duration(self._ends_at - now)} left", style="dim"))
        fits = 1 + sum(cell.cell_len + 2 for cell in [*cells, request_id]) <= options.max_width
        table.add_row(self._spinner, *cells, *([request_id] if fits else []))
        yield table
        if not fits and 0 < request_id.cell_len <= options.max_width:
            yield request_id


def status_text(status: Status | None) -> Text:
    """Return a status as text: the state, the queue position, and any problem."""
    if status is None:
        return Text("submitting")
    text = Text(status.state.value, style=STYLES[status.state])
    if status.queue_position is not None:
        text.append(f", position {status.queue_position}", style="default")
    if status.trouble:
        text.append(f"  {escape_control_chars(status.trouble.splitlines()[0])}", style="yellow")
    elif status.state is State.UNKNOWN and status.word:
        text.append(f"  the server says {escape_control_chars(status.word)!r}", style="default")
    return text


class LiveWatcher(Watcher):
    """Shows the progress of a job on a terminal."""

    def __init__(self, live: Live, line: JobLine, bars: Progress) -> None:
        self._live = live
        self._line = line
        self._bars = bars
        self._known: dict[int, TaskID] = {}
        self._uploads: dict[Path, TaskID] = {}

    def on_status(self, status: Status) -> None:
        """Show a status."""
        if self._uploads:
            for task in self._uploads.values():
                self._bars.remove_task(task)
            self._uploads.clear()
            self._live.update(self._line)
        self._line.update(status)

    def on_upload(self, sent: UploadProgress) -> None:
        """Show the progress of an upload."""
        if sent.path not in self._uploads:
            self._live.update(self._bars)
            name = escape_control_chars(sent.path.name, max_length=30)
            self._uploads[sent.path] = self._bars.add_task(f"uploading {name}", total=sent.total)
        self._bars.update(self._uploads[sent.path], completed=sent.sent)

    def on_progress(self, received: Received) -> None:
        """Show the progress of a download."""
        number = received.file.number
        if number not in self._known:
            self._live.update(self._bars)
            self._known[number] = self._bars.add_task(
                escape_control_chars(received.file.field, max_length=30), total=received.total
            )
        self._bars.update(self._known[number], completed=received.received, total=received.total)


class _Speed(TransferSpeedColumn):
    """The speed of a download, dimmed; empty until it is known."""

    def render(self, task: Task) -> Text:
        """Show the speed."""
        known = task.finished_speed is not None or task.speed is not None
        return Text(super().render(task).plain, style="dim") if known else Text()


@contextmanager
def live_watcher(console: Console) -> Iterator[Watcher]:
    """Show the progress of a job while the block runs."""
    line = JobLine()
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24, complete_style="cyan", finished_style="green"),
        DownloadColumn(),
        _Speed(),
        console=console.err,
        auto_refresh=False,
    )
    with Live(line, console=console.err, refresh_per_second=8, transient=True) as live:
        yield LiveWatcher(live, line, bars)

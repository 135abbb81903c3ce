"""The progress of a batch on a terminal: the number of jobs by state, the rate, and the remaining time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from runcomfy_client.batch import Counts, Stage
from runcomfy_client.cli.console import Console
from runcomfy_client.cli.progress import format_duration

_COLUMNS = (
    ("planned", "default", (Stage.PLANNED,)),
    ("queued", "yellow", (Stage.SUBMITTING, Stage.SUBMITTED)),
    ("running", "cyan", (Stage.RUNNING,)),
    ("saving", "cyan", (Stage.SUCCEEDED,)),
    ("done", "green", (Stage.DOWNLOADED,)),
    ("failed", "red", (Stage.FAILED, Stage.CANCELLED, Stage.REFUSED, Stage.ABANDONED)),
    ("unknown", "magenta", (Stage.UNKNOWN,)),
)


def columns(counts: Counts, *, save: bool) -> list[tuple[str, str, int]]:
    """Return the name, style and count of each column. If files are not saved, jobs that succeeded count as done."""
    cells = [(name, style, sum(counts[stage] for stage in stages)) for name, style, stages in _COLUMNS]
    if save:
        return cells
    saving = next(count for name, _style, count in cells if name == "saving")
    return [(name, style, count + saving if name == "done" else count) for name, style, count in cells if name != "saving"]


class CountsTable:
    """The counts as a table with one row, or as one line of text if the table is too wide. Counts of 0 are dimmed."""

    def __init__(self, counts: Counts, *, save: bool = True) -> None:
        self._columns = columns(counts, save=save)

    def __rich_console__(self, console: RichConsole, options: ConsoleOptions) -> RenderResult:
        table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
        row = [Text(f"{count:,}", style=style if count else "dim") for _name, style, count in self._columns]
        for name, _style, _count in self._columns:
            table.add_column(name, justify="right", min_width=7, no_wrap=True)
        table.add_row(*row)
        width = sum(max(7, len(name), number.cell_len) + 3 for (name, _, _), number in zip(self._columns, row, strict=True)) - 3
        if width <= options.max_width:
            yield table
        else:
            yield Text("  ").join(
                Text.assemble((f"{name} ", "dim"), number) for (name, _, _), number in zip(self._columns, row, strict=True)
            )


class BatchView:
    """The live display of a running batch."""

    def __init__(self, counts: Counts, *, save: bool, money: Callable[[], str] = str) -> None:
        self._counts = counts
        self._money = money
        self._save = save
        self._started_at = time.monotonic()
        self._ended_before = self._ended()
        self._finished = False

    def end(self) -> None:
        """Stop showing the remaining time, since the run has ended."""
        self._finished = True

    def _ended(self) -> int:
        by_column = {name: count for name, _style, count in columns(self._counts, save=self._save)}
        return by_column["done"] + by_column["failed"] + by_column["unknown"]

    def __rich__(self) -> RenderableType:
        total, ended = max(1, self._counts.total), self._ended()
        bar = Table.grid(padding=(0, 2, 0, 0))
        bar.add_row(
            ProgressBar(total=total, completed=ended, width=36, complete_style="green", finished_style="green"),
            Text(f"{ended:,}/{total:,}"),
            Text(self.rate_text(), style="dim"),
        )
        money = self._money()
        lines: list[RenderableType] = [CountsTable(self._counts, save=self._save), bar]
        return Group(*lines, *([Text(money, style="dim")] if money else []))

    def rate_text(self) -> str:
        """Return the rate at which jobs end, with the remaining time at this rate."""
        elapsed = time.monotonic() - self._started_at
        ended = self._ended() - self._ended_before
        if not ended or elapsed < 1:
            return format_duration(elapsed)
        rate = ended / elapsed
        remaining = max(0, self._counts.total - self._ended()) / rate
        if remaining and self._finished:
            return format_duration(elapsed)
        speed = f"{rate:.1f} jobs/s" if rate >= 1 else f"{rate * 60:.1f} jobs/min"
        return f"{speed}  {format_duration(remaining)} left" if remaining else f"{speed}  {format_duration(elapsed)}"


@contextmanager
def live_table(console: Console, counts: Counts, *, save: bool, money: Callable[[], str] = str) -> Iterator[None]:
    """Show the progress of a batch on a terminal while the block runs. The last state remains visible."""
    if not console.shows_progress:
        yield
        return
    view = BatchView(counts, save=save, money=money)
    with Live(view, console=console.err, refresh_per_second=5):
        try:
            yield
        finally:
            view.end()


def counts_json(counts: Counts) -> dict[str, Any]:
    """Return the counts of a batch as JSON."""
    return {
        "jobs": {stage.value: counts[stage] for stage in Stage if counts[stage]},
        "total": counts.total,
        "submits": counts.submits_billed,
    }


def counts_line(counts: Counts) -> str:
    """Return the counts of a batch as one line of text, for a pipe."""
    return ", ".join(f"{counts[stage]:,} {stage}" for stage in Stage if counts[stage]) or "no jobs"

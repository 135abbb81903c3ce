"""Batches in PostgreSQL at the terminal: run and status by name, pause, resume, cancel, retry, remove and migrate."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final

import click
from rich.live import Live

from runcomfy_client._core.plain_text import count_of, escape_control_chars
from runcomfy_client.batch import Batch, BatchLimits, Stage, read_jobs
from runcomfy_client.batch.fleet.shared_batch import SharedBatch
from runcomfy_client.batch.fleet.status import BatchSummary, SharedStatus
from runcomfy_client.batch.ledger import LEDGER_NAME
from runcomfy_client.batch.plan import PlanResult
from runcomfy_client.batch.states import Counts
from runcomfy_client.cli.batch_signals import stop_signals
from runcomfy_client.cli.batch_table import counts_json, counts_line, live_table
from runcomfy_client.cli.click_ext import ToolCommand
from runcomfy_client.cli.console import Console
from runcomfy_client.cli.context import console_of, invocation_of, open_async_client, open_client
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.cli.options import shared_options
from runcomfy_client.cli.shared_status import exit_code, messages, status_json, status_table
from runcomfy_client.cli.upload_warnings import show_upload_warnings

_DATABASE: Final = ("RUNCOMFY_DATABASE", "RUNCOMFY_DATABASE_FILE")
_WATCH: Final = 2.0


def is_shared(word: str | None) -> bool:
    """Return True if a word is the name of a batch in PostgreSQL: a database is set, and the word is not the folder of a batch."""
    return any(os.environ.get(name) for name in _DATABASE) and (word is None or not (Path(word) / LEDGER_NAME).exists())


def run_shared(
    context: click.Context, source: str | BinaryIO, name: str, out: str, *, limits: BatchLimits, options: dict[str, Any]
) -> int:
    """Plan the jobs of a file in PostgreSQL, and work on them; return the exit code."""
    if invocation_of(context).simulate:
        step = "Run `python -m runcomfy_client.simulator`, and set RUNCOMFY_BASE_URL to the URL that it prints."
        raise click.UsageError(f"--simulate runs inside one process, and --name is for several. {step}", context)
    if limits.timeout is not None:
        step = "Remove it; to stop this worker, press Ctrl-C. The jobs continue, and any other worker waits for them."
        raise click.UsageError(f"--timeout cannot be used with --name. {step}", context)
    console, save = console_of(context), not options["no_save"]
    with Batch(out, name=name, shared=options["shared"]) as opened:
        limits = _with_kept_limits(console, opened, limits)
        planned = opened.plan(read_jobs(source, model=options["model"]))
        again = opened.retry() if options["retry"] else 0
        _report_plan(console, opened, planned, again)
        with open_client(context):  # is there a token?
            pass
        stopped = asyncio.run(_run(context, opened, limits, save))
        status = opened.status()
    return _finish(console, status, stopped=stopped, save=save)


def _with_kept_limits(console: Console, opened: SharedBatch, limits: BatchLimits) -> BatchLimits:
    """Return the limits with those of an existing batch that the command does not set: they are never dropped silently."""
    if not opened.exists:
        return limits
    status = opened.status()
    known = {name: getattr(status, name) for name in ("max_submits", "max_usd", "submits_per_second")}
    kept = {name: value for name, value in known.items() if value is not None and getattr(limits, name) is None}
    if kept:
        options = ", ".join(f"--{name.replace('_', '-')} {value:g}" for name, value in kept.items())
        console.warning(f"limits kept from the last run: {options}; to change one, pass it")
    return replace(limits, **kept)


def _report_plan(console: Console, opened: SharedBatch, planned: PlanResult, again: int) -> None:
    notes = [(planned.new, "new"), (planned.known, "known"), (again, "retried"), (planned.withdrawn, "withdrawn")]
    console.info("jobs: " + ", ".join(f"{number:,} {word}" for number, word in notes if number), style="dim")
    if opened.same_jobs is not None:
        other, count = opened.same_jobs
        console.warning(
            f"warning: {count:,} of these jobs were also submitted in the batch {escape_control_chars(other)}; "
            "jobs in both batches are paid for twice"
        )


async def _run(context: click.Context, opened: SharedBatch, limits: BatchLimits, save: bool) -> int:
    """Work on a batch until it ends, or a signal stops it; return the exit code for the signal, else 0."""
    console, shown = console_of(context), opened.counts
    stopped = stop_signals(opened.stop, console)

    def show(counts: Counts) -> None:
        shown.by_stage, shown.submits_billed = counts.by_stage, counts.submits_billed

    async with open_async_client(context, cost=True) as client:
        with show_upload_warnings(console), live_table(console, shown, save=save):
            report = await opened.run(client, limits=limits, save=save, on_status=show)
            show(report.counts)
    return stopped[0] if stopped else 0


def _finish(console: Console, status: SharedStatus, *, stopped: int, save: bool) -> int:
    code = stopped or exit_code(status, save=save)
    if console.json:
        console.emit_json({**status_json(status), "exit_code": code})
        return code
    if not console.shows_progress:
        console.line(counts_line(status.counts))
    for message in messages(status):
        console.warning(message)
    return code


def show_status(context: click.Context, name: str, *, watch: bool) -> None:
    """Print the status of a batch in PostgreSQL, once or until Ctrl-C; exit with 76 if there are stray jobs."""
    console = console_of(context)
    with Batch(name=name) as opened:
        status = opened.status()
        if watch and console.out_is_terminal and not console.json:
            status = _watch(console, opened.status)
    if console.json:
        console.emit_json(status_json(status))
    else:
        if not watch and console.out_is_terminal:
            console.render(status_table(status))
        elif not watch:
            console.line(counts_line(status.counts))
        for message in messages(status):
            console.warning(message)
    if status.strays:
        context.exit(Exit.PENDING)


def _watch(console: Console, read: Callable[[], SharedStatus]) -> SharedStatus:
    status = read()
    with Live(status_table(status), console=console.out, auto_refresh=False) as live:
        while status.counts.in_flight or status.counts[Stage.PLANNED] or status.counts[Stage.SUCCEEDED]:
            live.update(status_table(status), refresh=True)
            time.sleep(_WATCH)
            status = read()
        live.update(status_table(status), refresh=True)
    return status


def show_batches(context: click.Context, batches: list[BatchSummary]) -> None:
    """List the batches of a ledger."""
    console = console_of(context)
    if console.json:
        fields = ("name", "place", "state", "jobs", "open")
        console.emit_json({"batches": [{field: getattr(one, field) for field in fields} for one in batches]})
        return
    for one in batches:
        files = f", files in {one.place}" if one.place else ""
        console.line(f"{escape_control_chars(one.name)}: {one.state}, {one.jobs:,} jobs, {one.open:,} open{files}")
    if not batches:
        console.info("no batch", style="dim")


def _name_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("name", metavar="NAME")(command)


@click.command("pause", cls=ToolCommand, help="Pause the submits of the batch NAME; running jobs continue.")
@_name_argument
@shared_options
@click.pass_context
def pause_command(context: click.Context, name: str) -> None:
    """Pause a batch."""
    with Batch(name=name) as opened:
        in_flight = opened.pause()
    note = f"; submits in flight: {in_flight:,}" if in_flight else ""
    _print(context, {"batch": name, "state": "paused", "submitting": in_flight}, f"{name} is paused{note}")


@click.command("resume", cls=ToolCommand, help="Resume the batch NAME after a pause, a cancellation, or a halt.")
@_name_argument
@click.option("--new-token", is_flag=True, help="Its token was replaced: continue with the current one.")
@shared_options
@click.pass_context
def resume_command(context: click.Context, name: str, new_token: bool) -> None:
    """Resume a batch."""
    token = None
    if new_token:
        with open_client(context) as client:
            token = client._session.settings.token.get_secret_value()
    with Batch(name=name) as opened:
        opened.resume(token=token)
    _print(context, {"batch": name, "state": "running"}, f"{name} is resumed: workers continue with it")


@click.command("cancel", cls=ToolCommand, help="Withdraw the planned jobs of the batch NAME, and cancel its queued ones.")
@_name_argument
@shared_options
@click.pass_context
def cancel_command(context: click.Context, name: str) -> None:
    """Cancel a batch."""
    with Batch(name=name) as opened:
        withdrawn, counts = opened.cancel(), opened.counts
    rest = f"; in flight: {counts.in_flight:,}; workers cancel those that are queued" if counts.in_flight else ""
    _print(
        context, {"batch": name, "withdrawn": withdrawn, **counts_json(counts)}, f"{name}: {withdrawn:,} jobs are withdrawn{rest}"
    )


@click.command("retry", cls=ToolCommand, help="Plan the failed, refused and cancelled jobs of the batch NAME again.")
@_name_argument
@shared_options
@click.pass_context
def retry_command(context: click.Context, name: str) -> None:
    """Retry jobs."""
    with Batch(name=name) as opened:
        count = opened.retry()
    _print(context, {"batch": name, "again": count}, f"{name}: {count:,} jobs are planned again")


@click.command("remove", cls=ToolCommand, help="Remove the ended batch NAME from RUNCOMFY_DATABASE; its files stay.")
@_name_argument
@click.option("--forget-keys", is_flag=True, help="Also remove keys of pay_once: a repeated step then pays again.")
@shared_options
@click.pass_context
def remove_command(context: click.Context, name: str, forget_keys: bool) -> None:
    """Remove a batch."""
    with Batch(name=name) as opened:
        count, place = opened.remove(forget_keys=forget_keys), opened.place
    files = f"; the files stay in {place}" if place else ""
    _print(context, {"batch": name, "removed": count, "place": place}, f"{name} is removed: {count_of(count, 'job')}{files}")


@click.command("migrate", cls=ToolCommand, help="Create the tables in RUNCOMFY_DATABASE, or upgrade them to this version.")
@shared_options
@click.pass_context
def migrate_command(context: click.Context) -> None:
    """Create or upgrade the tables."""
    from runcomfy_client.batch.fleet.database import database_url, migrate
    from runcomfy_client.batch.fleet.schema import VERSION

    found = migrate(database_url())
    change = "created" if not found else "unchanged" if found == VERSION else f"upgraded from version {found}"
    _print(context, {"version": VERSION, "was": found}, f"the tables have version {VERSION}: {change}")


def _print(context: click.Context, body: dict[str, Any], text: str) -> None:
    console = console_of(context)
    if console.json:
        console.emit_json(body)
    else:
        console.line(escape_control_chars(text))


SHARED_COMMANDS: Final = (pause_command, resume_command, cancel_command, retry_command, remove_command, migrate_command)

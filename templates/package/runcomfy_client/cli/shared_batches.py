"""Batches in PostgreSQL at the terminal: run and status by name, pause, resume, cancel, retry, remove and migrate."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

import click
from rich.live import Live

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.batch import Batch, BatchLimits, Stage, read_jobs
from runcomfy_client.batch.fleet.shared import SharedBatch
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
from runcomfy_client.cli.shared_status import exit_code, messages, status_json, status_picture
from runcomfy_client.cli.upload_warnings import show_upload_warnings

_DATABASE: Final = ("RUNCOMFY_DATABASE", "RUNCOMFY_DATABASE_FILE")
_WATCH: Final = 2.0


def is_shared(word: str | None) -> bool:
    """Whether a word names a batch in PostgreSQL: a database is set, and the word is not a folder that has a batch."""
    return any(os.environ.get(name) for name in _DATABASE) and (word is None or not (Path(word) / LEDGER_NAME).exists())


def run_shared(
    context: click.Context, source: str | BinaryIO, name: str, out: str, *, limits: BatchLimits, options: dict[str, Any]
) -> int:
    """Plan the jobs of a file in PostgreSQL, and work on them; return the exit code."""
    if invocation_of(context).simulate:
        step = "run `python -m runcomfy_client.simulator`, and set RUNCOMFY_BASE_URL to what it prints"
        raise click.UsageError(f"--simulate is inside one process, and --name is for several: {step}.", context)
    if limits.timeout is not None:
        step = "Leave it out; to stop this worker, press Ctrl-C. The jobs continue, and any worker waits for them."
        raise click.UsageError(f"--timeout cannot be used with --name. {step}", context)
    console, save = console_of(context), not options["no_save"]
    with Batch(out, name=name, shared=options["shared"]) as opened:
        planned = opened.plan(read_jobs(source, model=options["model"]))
        again = opened.retry() if options["retry"] else 0
        _report_plan(console, opened, planned, again)
        with open_client(context):  # is there a token?
            pass
        stopped = asyncio.run(_run(context, opened, limits, save))
        status = opened.status()
    return _finish(console, status, stopped=stopped, save=save)


def _report_plan(console: Console, opened: SharedBatch, planned: PlanResult, again: int) -> None:
    notes = [(planned.new, "new"), (planned.known, "known"), (again, "once more"), (planned.withdrawn, "withdrawn")]
    console.info("jobs: " + ", ".join(f"{number:,} {word}" for number, word in notes if number), style="dim")
    if opened.same_jobs is not None:
        other, count = opened.same_jobs
        console.warning(
            f"warning: {count:,} of these jobs were submitted in the batch {escape_control_chars(other)}, too; "
            "what is in both is paid for twice"
        )


async def _run(context: click.Context, opened: SharedBatch, limits: BatchLimits, save: bool) -> int:
    """Work on a batch until it ends or is told to stop; return the exit code of the signal that stopped it."""
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
    """Say how a batch in PostgreSQL stands, once or until Ctrl-C; end with 76 when somebody has to see to a stray job."""
    console = console_of(context)
    with Batch(name=name) as opened:
        status = opened.status()
        if watch and console.out_is_terminal and not console.json:
            status = _watch(console, opened.status)
    if console.json:
        console.emit_json(status_json(status))
    else:
        if not watch and console.out_is_terminal:
            console.render(status_picture(status))
        elif not watch:
            console.line(counts_line(status.counts))
        for message in messages(status):
            console.warning(message)
    if status.strays:
        context.exit(Exit.PENDING)


def _watch(console: Console, read: Callable[[], SharedStatus]) -> SharedStatus:
    status = read()
    with Live(status_picture(status), console=console.out, auto_refresh=False) as live:
        while status.counts.in_flight or status.counts[Stage.PLANNED] or status.counts[Stage.SUCCEEDED]:
            live.update(status_picture(status), refresh=True)
            time.sleep(_WATCH)
            status = read()
        live.update(status_picture(status), refresh=True)
    return status


def show_batches(context: click.Context, batches: list[BatchSummary]) -> None:
    """List the batches of a ledger."""
    console = console_of(context)
    if console.json:
        fields = ("name", "place", "state", "jobs", "open")
        console.emit_json({"batches": [{field: getattr(one, field) for field in fields} for one in batches]})
        return
    for one in batches:
        console.line(f"{escape_control_chars(one.name)}: {one.state}, {one.jobs:,} jobs, {one.open:,} open, files in {one.place}")
    if not batches:
        console.info("no batch", style="dim")


def _name_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("name", metavar="NAME")(command)


@click.command("pause", cls=ToolCommand, help="Let no worker submit more jobs of the batch NAME; those that run go on.")
@_name_argument
@shared_options
@click.pass_context
def pause_command(context: click.Context, name: str) -> None:
    """Let no worker submit more."""
    with Batch(name=name) as opened:
        under_way = opened.pause()
    note = f"; {under_way} submits are still under way" if under_way else ""
    _say(context, {"batch": name, "state": "paused", "submitting": under_way}, f"{name} is paused{note}")


@click.command(
    "resume", cls=ToolCommand, help="Go on with the batch NAME after a pause, a cancellation, or whatever has halted it."
)
@_name_argument
@click.option("--new-token", is_flag=True, help="Its token was replaced: go on with the one that is set here.")
@shared_options
@click.pass_context
def resume_command(context: click.Context, name: str, new_token: bool) -> None:
    """Go on with a batch."""
    token = None
    if new_token:
        with open_client(context) as client:
            token = client._session.settings.token.get_secret_value()
    with Batch(name=name) as opened:
        opened.resume(token=token)
    _say(context, {"batch": name, "state": "running"}, f"{name} goes on, where workers are")


@click.command("cancel", cls=ToolCommand, help="Withdraw what is planned in the batch NAME, and cancel its jobs that are queued.")
@_name_argument
@shared_options
@click.pass_context
def cancel_command(context: click.Context, name: str) -> None:
    """Cancel a batch."""
    with Batch(name=name) as opened:
        withdrawn, counts = opened.cancel(), opened.counts
    rest = f"; {counts.in_flight:,} are under way, and its workers cancel those that are queued" if counts.in_flight else ""
    _say(context, {"batch": name, "withdrawn": withdrawn, **counts_json(counts)}, f"{name}: {withdrawn:,} jobs are withdrawn{rest}")


@click.command("retry", cls=ToolCommand, help="Plan the failed, refused and cancelled jobs of the batch NAME again.")
@_name_argument
@shared_options
@click.pass_context
def retry_command(context: click.Context, name: str) -> None:
    """Plan jobs again."""
    with Batch(name=name) as opened:
        count = opened.retry()
    _say(context, {"batch": name, "again": count}, f"{name}: {count:,} jobs are planned again")


@click.command("remove", cls=ToolCommand, help="Remove the ended batch NAME from RUNCOMFY_DATABASE; its files stay.")
@_name_argument
@click.option("--forget-keys", is_flag=True, help="Also remove keys of pay_once: a repeated step then pays again.")
@shared_options
@click.pass_context
def remove_command(context: click.Context, name: str, forget_keys: bool) -> None:
    """Remove a batch."""
    with Batch(name=name) as opened:
        count, place = opened.remove(forget_keys=forget_keys), opened.place
    _say(
        context, {"batch": name, "removed": count, "place": place}, f"{name} is removed: {count:,} jobs; the files stay in {place}"
    )


@click.command("migrate", cls=ToolCommand, help="Make the tables in RUNCOMFY_DATABASE, or bring them to this version.")
@shared_options
@click.pass_context
def migrate_command(context: click.Context) -> None:
    """Make the tables, or bring them to this version."""
    from runcomfy_client.batch.fleet.database import database_url, migrate
    from runcomfy_client.batch.fleet.schema import VERSION

    found = migrate(database_url())
    was = "made" if not found else "as it was" if found == VERSION else f"brought from version {found}"
    _say(context, {"version": VERSION, "was": found}, f"the ledger is of version {VERSION}: {was}")


def _say(context: click.Context, body: dict[str, Any], text: str) -> None:
    console = console_of(context)
    if console.json:
        console.emit_json(body)
    else:
        console.line(escape_control_chars(text))


SHARED_COMMANDS: Final = (pause_command, resume_command, cancel_command, retry_command, remove_command, migrate_command)

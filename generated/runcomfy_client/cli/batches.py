"""The command `batch` and its parts: `run`, `status`, `resolve` and `report`."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import click

from runcomfy_client.batch import Batch, BatchLimits, BatchReport, Stage, Tally, read_jobs, read_ledger, write_report
from runcomfy_client.batch.ledger import LedgerView
from runcomfy_client.cli.batch_table import counts_table, live_table
from runcomfy_client.cli.exits import Exit
from runcomfy_client.cli.picking import complete_model
from runcomfy_client.cli.screen import Screen, clean
from runcomfy_client.cli.session import cost_option, deadline_option, json_option, open_async_client, screen_of, simulate_option


class BatchGroup(click.Group):
    """A group where `run` may be left out: `batch JOBS.jsonl --out DIR`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what is no command for the file of jobs, or an option of `run`."""
        known = not args or args[0] in self.commands or args[0] in ctx.help_option_names
        return super().parse_args(ctx, args if known else ["run", *args])


@click.group(cls=BatchGroup, subcommand_metavar="[run] JOBS --out DIR | COMMAND [ARGS]...", no_args_is_help=True)
def batch() -> None:
    """Run thousands of jobs, through crashes and restarts.

    JOBS has a job a line: {"model": ..., "inputs": {...}, "key": ...}, or is a CSV file with a header. All of it is checked before
    the first job is submitted. Kill it at any moment and run the same command again: it goes on, and submits nothing twice. What
    cannot be known is `unknown`, and `batch resolve` settles it.
    """


_folder = click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))


@batch.command("run")
@click.argument("jobs", type=click.Path(dir_okay=False))
@click.option("--out", required=True, metavar="DIR", type=click.Path(file_okay=False), help="Folder of the ledger and the files.")
@click.option("--model", metavar="MODEL", shell_complete=complete_model, help="Model of the lines that name none.")
@click.option("--max-submits", type=click.IntRange(min=0), metavar="N", help="Stop before submit N+1, over all runs.")
@click.option("--retry", is_flag=True, help="Also submit failed, refused and cancelled jobs again.")
@click.option(
    "--in-flight", type=click.IntRange(min=1), default=300, show_default=True, metavar="N", help="Jobs waited for at a time."
)
@deadline_option
@click.option("--no-save", is_flag=True, help="Don't save files; keep the outputs in the ledger.")
@cost_option
@click.option("--check", is_flag=True, help="Check the jobs, and stop.")
@json_option
@simulate_option
@click.pass_context
def run_command(context: click.Context, /, jobs: str, out: str, model: str | None, check: bool, **options: Any) -> None:
    """Run the jobs of a file, or go on with them."""
    screen = screen_of(context)
    if check:
        return _check(screen, jobs, model)
    limits = BatchLimits(max_submits=options["max_submits"], in_flight=options["in_flight"], deadline=options["deadline"])
    with Batch(out) as opened:
        try:
            planned = opened.plan(read_jobs(jobs, model=model))
        except OSError as error:
            raise click.UsageError(f"{clean(jobs)} cannot be read: {error.strerror or error}") from None
        again = opened.retry() if options["retry"] else 0
        notes = [(planned.new, "new"), (planned.known, "known"), (again, "once more"), (planned.withdrawn, "withdrawn")]
        screen.remark("jobs: " + ", ".join(f"{count:,} {word}" for count, word in notes if count), style="dim")
        report, stopped = asyncio.run(_run(opened, screen, limits, options))
        unknown = [row.key for row in opened.ledger.rows(Stage.UNKNOWN, limit=10)]
    _finish(context, report, unknown=unknown, stopped=stopped, save=not options["no_save"])


async def _run(opened: Batch, screen: Screen, limits: BatchLimits, options: dict[str, Any]) -> tuple[BatchReport, int]:
    """Run the batch until it ends or is told to stop; return also the exit code of the signal that stopped it."""
    stopped: list[int] = []

    def stop(code: Exit) -> None:
        stopped.append(code)
        opened.stop()
        if len(stopped) == 1:
            screen.remark("stopping as soon as submits under way are answered; again: at once")

    for number, code in ((signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)):
        with suppress(NotImplementedError):  # Windows; there, Ctrl-C cancels the run, which is as clean
            asyncio.get_running_loop().add_signal_handler(number, stop, code)
    save = not options["no_save"]
    async with open_async_client(simulate=options["simulate"], cost=options["cost"]) as client:
        with live_table(screen, opened.tally, save=save):
            report = await opened.run(client, limits=limits, save=save)
    return report, stopped[0] if stopped else 0


def _check(screen: Screen, jobs: str, model: str | None) -> None:
    try:
        count = sum(1 for _job in read_jobs(jobs, model=model))
    except OSError as error:
        raise click.UsageError(f"{clean(jobs)} cannot be read: {error.strerror or error}") from None
    if screen.json:
        screen.result({"jobs": count})
    else:
        screen.line(f"{count:,} {'job' if count == 1 else 'jobs'}, all good. Nothing was sent.")


def _finish(context: click.Context, report: BatchReport, *, unknown: list[str], stopped: int, save: bool) -> None:
    """Tell how the batch stands, and end with the exit code for it."""
    screen, tally = screen_of(context), report.tally
    code = stopped or _code(report, save=save)
    if screen.json:
        told = {"halted": report.halted, "unfinished": report.unfinished, "exit_code": code}
        screen.result({"out": str(report.out), **_numbers(tally), **told})
    else:
        if not screen.live:
            screen.line(_summary(tally))
        for remark in _remarks(report, unknown, stopped=bool(stopped)):
            screen.warn(remark)
    context.exit(code)


def _code(report: BatchReport, *, save: bool) -> int:
    tally = report.tally
    if tally[Stage.UNKNOWN]:
        return Exit.PENDING
    if report.unfinished or report.halted or tally[Stage.PLANNED] or tally.under_way or (save and tally[Stage.SUCCEEDED]):
        return Exit.TRY_AGAIN
    return Exit.FAILED if tally.unsuccessful else Exit.DONE


def _remarks(report: BatchReport, unknown: list[str], *, stopped: bool) -> list[str]:
    tally, out = report.tally, report.out
    told = [f"halted: {report.halted}."] if report.halted else []
    if stopped and tally.under_way:
        told.append(f"stopped: {tally.under_way:,} jobs may still run. The same command picks them up.")
    elif stopped:
        told.append("stopped: no job was left behind. The same command goes on.")
    elif report.unfinished:
        told.append(f"{report.unfinished:,} jobs or their files are not there yet. The same command picks them up.")
    if tally.unsuccessful:
        told.append(f"{tally.unsuccessful:,} jobs failed: `runcomfy-py batch report {out}` tells why; --retry submits them again.")
    if unknown:
        names = ", ".join(unknown[:3]) + (", ..." if tally[Stage.UNKNOWN] > 3 else "")
        told.append(
            f"{tally[Stage.UNKNOWN]:,} jobs are unknown: they may exist, so they are not submitted again ({names}).\n"
            f"Look for them in your RunComfy account, then settle each with `runcomfy-py batch resolve {out} KEY`."
        )
    return told


def _numbers(tally: Tally) -> dict[str, Any]:
    return {"jobs": {stage.value: tally[stage] for stage in Stage if tally[stage]}, "total": tally.total, "submits": tally.spent}


def _summary(tally: Tally) -> str:
    return ", ".join(f"{tally[stage]:,} {stage}" for stage in Stage if tally[stage]) or "no jobs"


@batch.command("status")
@_folder
@json_option
@click.pass_context
def status_command(context: click.Context, folder: str) -> None:
    """Say how the batch in DIR stands, also while it runs."""
    screen = screen_of(context)
    with read_ledger(folder) as ledger:
        tally = ledger.tally
    if screen.json:
        screen.result({"out": folder, **_numbers(tally)})
    elif screen.out.is_terminal:
        screen.show(counts_table(tally))
        screen.line(f"{tally.total:,} jobs; {tally.spent:,} submits that may have been billed")
    else:
        screen.line(_summary(tally))


@batch.command("resolve")
@_folder
@click.argument("key")
@click.option("--accepted", metavar="REQUEST_ID", help="It was accepted, under this id: wait for it in the next run.")
@click.option("--not-accepted", is_flag=True, help="It was not: submit it in the next run.")
@click.option("--give-up", is_flag=True, help="It is not wanted any more.")
@json_option
@click.pass_context
def resolve_command(context: click.Context, folder: str, key: str, accepted: str | None, not_accepted: bool, give_up: bool) -> None:
    """Settle the unknown job KEY of the batch in DIR.

    Look in your RunComfy account whether the job is there, by the time and the model that `batch report` tells.
    """
    if (accepted is not None) + not_accepted + give_up != 1:
        raise click.UsageError("Say one of --accepted REQUEST_ID, --not-accepted and --give-up.")
    with read_ledger(folder), Batch(folder) as opened:
        opened.resolve(key, request_id=accepted, plan_again=not_accepted, give_up=give_up)
        row = opened.ledger.row(key)
    stage = row.stage.value if row else ""
    screen = screen_of(context)
    if screen.json:
        screen.result({"key": key, "stage": stage})
    else:
        screen.line(f"{key} is {stage} now")


@batch.command("report")
@_folder
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl"]),
    default="csv",
    show_default=True,
    help="A table, or a JSON object a line.",
)
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write it here instead of printing it.")
@click.option(
    "--stage", "chosen", type=click.Choice([stage.value for stage in Stage]), multiple=True, help="Only these; may be repeated."
)
def report_command(folder: str, form: str, output: str | None, chosen: tuple[str, ...]) -> None:
    """Print every job of the batch in DIR: stage, ids, errors, files."""
    with read_ledger(folder) as ledger:
        if output is None:
            _write(ledger, sys.stdout, form, chosen)
            return
        try:
            with Path(output).open("w", encoding="utf-8", newline="") as target:
                _write(ledger, target, form, chosen)
        except OSError as error:
            raise click.UsageError(f"{clean(output)} cannot be written: {error.strerror or error}") from None


def _write(ledger: LedgerView, target: IO[str], form: str, chosen: tuple[str, ...]) -> None:
    rows = ((row, ledger.files(row)) for row in ledger.rows(*map(Stage, chosen)))
    write_report(rows, target, form="csv" if form == "csv" else "jsonl")

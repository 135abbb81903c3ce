"""The commands `batch status`, `batch resolve` and `batch report`. They accept the folder as DIR or as `--out DIR`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import click

from runcomfy_client._core.plain_text import count_of, escape_control_chars
from runcomfy_client.batch import Batch, BatchError, Stage, read_ledger, write_report
from runcomfy_client.batch.dry_run import BATCH_FILES
from runcomfy_client.batch.fleet.shared_batch import SharedBatch
from runcomfy_client.batch.fleet.status import all_batches
from runcomfy_client.batch.ledger import LEDGER_NAME
from runcomfy_client.batch.ledger_reader import LedgerView
from runcomfy_client.batch.records import Row
from runcomfy_client.batch.report import record
from runcomfy_client.batch.spending import money_by_model
from runcomfy_client.cli.batch_table import CountsTable, counts_json, counts_line
from runcomfy_client.cli.click_ext import IdCommand, ToolCommand
from runcomfy_client.cli.console import open_stdout
from runcomfy_client.cli.context import console_of
from runcomfy_client.cli.money import money_json, money_text, report_json, report_lines
from runcomfy_client.cli.options import shared_options
from runcomfy_client.cli.reporting import job_command
from runcomfy_client.cli.shared_batches import is_shared, show_batches, show_status

SIMULATED_KEY: Final = "simulated"
"""The metadata key in a ledger that records whether its batch was run with --simulate."""

_folder = click.argument("folder", metavar="[DIR|NAME]", required=False, type=click.Path())
_out = click.option("--out", metavar="DIR", type=click.Path(), help="Same as DIR.")


def is_simulated(ledger: LedgerView) -> bool:
    """Return True if a batch was run with --simulate."""
    return ledger.meta().get(SIMULATED_KEY) == "yes"


def _resolve_folder(context: click.Context, folder: str | None, out: str | None) -> str:
    """Return the folder of a batch, from DIR or `--out`.

    Raises:
        UsageError: no folder or two folders were given.
    """
    if folder is not None and out is not None and folder != out:
        raise click.UsageError(f"Two folders are given: {escape_control_chars(folder)} and --out {escape_control_chars(out)}.")
    resolved = out if folder is None else folder
    if resolved is None:
        raise click.UsageError(f"DIR is missing: write `{context.command_path} DIR`, where DIR is the --out of the batch.")
    return resolved


@contextmanager
def _open_ledger(folder: str) -> Iterator[LedgerView]:
    if not (Path(folder) / LEDGER_NAME).exists():
        step = "Pass the folder that was passed to `runcomfy-py batch JOBS --out DIR`."
        raise BatchError(f"There is no batch in {folder}", next_step=step)
    with read_ledger(folder) as ledger:
        yield ledger


class _ResolveCommand(IdCommand):
    def expected_arguments(self, args: list[str]) -> int:
        """Return the required number of arguments. It depends on whether the folder is given as the option --out."""
        return 1 if any(word.partition("=")[0] == "--out" for word in args) else 2


@click.command(
    "status", cls=ToolCommand, help="Print the state of a batch, also while it runs: in DIR, or NAME in RUNCOMFY_DATABASE."
)
@_folder
@_out
@click.option("--watch", is_flag=True, help="For a batch in RUNCOMFY_DATABASE: show it and its workers until it has ended.")
@shared_options
@click.pass_context
def status_command(context: click.Context, folder: str | None, out: str | None, watch: bool) -> None:
    """Print the state of a batch, also while it runs."""
    if is_shared(folder) and out is None:
        if folder is None:
            show_batches(context, all_batches())
        else:
            show_status(context, folder, watch=watch)
        return
    console, resolved = console_of(context), _resolve_folder(context, folder, out)
    with _open_ledger(resolved) as ledger:
        counts, simulated, spending, missing = ledger.counts, is_simulated(ledger), ledger.spending, ledger.missing_files()
    if console.json:
        body = {"money": money_json(spending, None), "missing_files": [path for _request_id, path in missing]}
        console.emit_json({"out": resolved, **counts_json(counts), **body})
    elif console.out_is_terminal:
        billing = "simulated, so nothing was billed" if simulated else "that may have been billed"
        console.render(CountsTable(counts))
        console.line(f"{count_of(counts.total, 'job')}; {count_of(counts.submits_billed, 'submit')} {billing}")
        console.line(money_text(spending, None))
    else:
        console.line(counts_line(counts))
    if missing and not console.json:
        console.warning(missing_files_message(missing, resolved, simulate=simulated))


def missing_files_message(missing: list[tuple[str, str]], folder: str, *, simulate: bool) -> str:
    """Return a message about saved files that no longer exist, with the command that saves one again at no cost.

    `missing` contains the request id and the path of each file.
    """
    number, (request_id, path) = len(missing), missing[0]
    subject = f"{path} is" if number == 1 else f"{number:,} saved files are"
    first = "" if number == 1 else f" (the first: {path})"
    command = f"{job_command('download', request_id, simulate=simulate)} --out {shlex.quote(folder)}"
    return (
        f"{subject} no longer in {folder}{first}. The jobs are paid for, and are not run again; to save one again:\n    {command}"
    )


@click.command(
    "resolve",
    cls=_ResolveCommand,
    help="""Resolve the unknown job KEY of the batch in DIR, or NAME in RUNCOMFY_DATABASE.

    First look for the job in your RunComfy account, by the time and the model that `batch report` prints.
    """,
)
@click.argument("words", metavar="[DIR|NAME] KEY", nargs=-1, required=True)
@_out
@click.option("--accepted", metavar="REQUEST_ID", help="The job was accepted, with this id: the next run waits for it.")
@click.option("--not-accepted", is_flag=True, help="The job was not accepted: the next run submits it.")
@click.option("--give-up", is_flag=True, help="The job is not needed any more.")
@click.option("--worker-gone", is_flag=True, help="With --not-accepted: you have checked that its worker has ended.")
@click.option("--stray", metavar="REQUEST_ID", help="You have handled this job, for which no worker waits.")
@shared_options
@click.pass_context
def resolve_command(
    context: click.Context,
    words: tuple[str, ...],
    out: str | None,
    accepted: str | None,
    not_accepted: bool,
    give_up: bool,
    worker_gone: bool,
    stray: str | None,
) -> None:
    """Resolve the unknown job KEY of a batch."""
    folder, key = _folder_and_key(context, words, out)
    if (accepted is not None) + not_accepted + give_up + (stray is not None) != 1:
        raise click.UsageError("Use exactly one of --accepted REQUEST_ID, --not-accepted and --give-up.")
    if is_shared(folder) and out is None:
        with Batch(name=folder) as shared:
            shared.resolve(key, request_id=accepted, requeue=not_accepted, give_up=give_up, worker_gone=worker_gone, stray=stray)
            shared_row = next((row for row in shared.rows() if row.key == key), None)
        return _print_stage(context, key, shared_row)
    if worker_gone or stray is not None:
        raise click.UsageError("--worker-gone and --stray are for batches in RUNCOMFY_DATABASE.")
    with _open_ledger(folder), Batch(folder) as opened:
        opened.resolve(key, request_id=accepted, requeue=not_accepted, give_up=give_up)
        row = opened.ledger.row(key)
    _print_stage(context, key, row)


def _print_stage(context: click.Context, key: str, row: Row | None) -> None:
    stage = row.stage.value if row else ""
    console = console_of(context)
    if console.json:
        console.emit_json({"key": key, "stage": stage})
    else:
        console.line(f"{key} is now {stage}")


def _folder_and_key(context: click.Context, words: tuple[str, ...], out: str | None) -> tuple[str, str]:
    match words:
        case (folder, key):
            return _resolve_folder(context, folder, out), key
        case (key,) if out is not None:
            return out, key
    raise click.UsageError(
        f"Pass the folder and one key: `{context.command_path} DIR KEY`; got {escape_control_chars(shlex.join(words))}."
    )


@click.command("report", cls=ToolCommand, help="Print all jobs of a batch, in DIR or NAME in RUNCOMFY_DATABASE.")
@_folder
@_out
@click.option(
    "--format",
    "format",
    type=click.Choice(["csv", "jsonl"]),
    default="csv",
    show_default=True,
    help="A table, or one JSON object per line.",
)
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write the report to FILE instead of printing it.")
@click.option(
    "--stage",
    "chosen",
    type=click.Choice([stage.value for stage in Stage]),
    multiple=True,
    help="Only jobs in this stage; repeatable.",
)
@click.option("--by-model", is_flag=True, help="Print the estimates and costs by model instead.")
@shared_options
@click.pass_context
def report_command(
    context: click.Context,
    folder: str | None,
    out: str | None,
    format: str,
    output: str | None,
    chosen: tuple[str, ...],
    by_model: bool,
) -> None:
    """Print all jobs of a batch: stage, ids, errors, files."""
    console, resolved = console_of(context), _resolve_folder(context, folder, out)
    shared = folder is not None and out is None and is_shared(folder)
    with Batch(name=resolved) if shared else _open_ledger(resolved) as ledger:
        models = money_by_model(ledger.attempts())
        if by_model and output is None and not console.json:
            for line in report_lines(models):
                console.line(line)
            return
        if output is None and console.json:
            console.emit_json(
                {
                    "out": resolved,
                    "models": report_json(models),
                    "jobs": [record(row, ledger.files(row)) for row in ledger.rows(*map(Stage, chosen))],
                }
            )
            return
        if output is None:
            with open_stdout() as stdout:
                _write(ledger, stdout, format, chosen)
            return
        if Path(output).resolve() in {Path(resolved, name).resolve() for name in BATCH_FILES}:
            raise click.UsageError(f"{escape_control_chars(output)} is a file of the batch; write the report to another file.")
        with Path(output).open("w", encoding="utf-8", newline="") as target:
            written = _write(ledger, target, format, chosen)
    if console.json:
        console.emit_json({"out": resolved, "output": output, "count": written})
    else:
        console.info(f"{count_of(written, 'job')} in {output}", style="dim")


def _write(ledger: LedgerView | SharedBatch, target: IO[str], format: str, chosen: tuple[str, ...]) -> int:
    rows = ((row, ledger.files(row)) for row in ledger.rows(*map(Stage, chosen)))
    return write_report(rows, target, format="csv" if format == "csv" else "jsonl")

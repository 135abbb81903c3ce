"""The command `batch` and its default subcommand `run`, which runs the jobs of a file."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path
from typing import Any, BinaryIO

import click
from click.shell_completion import CompletionItem

from runcomfy_client._core.plain_text import count_of, escape_control_chars
from runcomfy_client._core.suggestions import did_you_mean
from runcomfy_client.batch import Batch, BatchError, BatchLimits, BatchReport, FolderBatch, InvalidJobs, Stage, read_jobs
from runcomfy_client.batch.dry_run import check_plan, remove_empty_batch
from runcomfy_client.batch.local_files import check_media_host
from runcomfy_client.cli.batch_inspect import (
    SIMULATED_KEY,
    missing_files_message,
    report_command,
    resolve_command,
    status_command,
)
from runcomfy_client.cli.batch_signals import stop_signals
from runcomfy_client.cli.batch_table import counts_json, counts_line, live_table
from runcomfy_client.cli.click_ext import OptionWithAlias, ToolGroup
from runcomfy_client.cli.console import Console, OutputClosed
from runcomfy_client.cli.context import console_of, invocation_of, open_async_client, open_client
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.cli.inputs import open_stdin
from runcomfy_client.cli.model_argument import complete_model
from runcomfy_client.cli.money import check_json, check_lines, money_json, money_text
from runcomfy_client.cli.options import (
    SHARED_OPTIONS,
    Count,
    Folder,
    PositiveNumber,
    allow_unpriced_option,
    check_folder,
    max_usd_option,
    shared_options,
    timeout_option,
)
from runcomfy_client.cli.shared_batches import SHARED_COMMANDS, run_shared
from runcomfy_client.cli.upload_warnings import show_upload_warnings
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.files.prepare import open_uploads


class BatchGroup(ToolGroup):
    """A group whose default subcommand is `run`: `batch JOBS.jsonl --out DIR`."""

    expected = "JOBS or a command"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert `run` if the first word is not a command."""
        shared = next((index for index, word in enumerate(args) if word not in SHARED_OPTIONS), len(args))
        first = args[shared] if shared < len(args) else None
        if first is None or first in self.commands or first in ctx.help_option_names:
            return super().parse_args(ctx, args)
        suggestion = "" if first.startswith("-") or Path(first).exists() else did_you_mean(first, self.list_commands(ctx))
        if suggestion and not ctx.resilient_parsing:
            raise click.UsageError(f"unknown command or file {escape_control_chars(first, max_length=100)!r}.{suggestion}", ctx)
        return super().parse_args(ctx, [*args[:shared], "run", *args[shared:]])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands, or file names if no command matches, since a shell accepts only one of the two."""
        return super().shell_complete(ctx, incomplete) or [CompletionItem(incomplete, type="file")]


@shared_options
@click.group(
    cls=BatchGroup,
    subcommand_metavar="JOBS --out DIR | COMMAND [ARGS]...",
    help="""Run thousands of jobs, resumable after a crash.

    \b
        runcomfy-py batch jobs.jsonl --out night

    JOBS has one job per line, {"model": ..., "inputs": {...}, "key": ...}, or is a JSON list of jobs, or a CSV file with a header;
    - is stdin. All jobs are checked before the first is submitted. If the command is killed, run it again: it continues, and
    submits no job twice. A job whose outcome is not known is `unknown`; `batch resolve` resolves it.

    `runcomfy-py batch run --help` lists the options.
    """,
)
def batch() -> None:
    """Run thousands of jobs, resumable after a crash."""


@batch.command("run", help="Run the jobs of a file, or continue a batch.")
@click.argument("jobs", type=click.Path(dir_okay=False, allow_dash=True))
@click.option(
    "--out", required=True, metavar="DIR", help="Folder of the ledger and the files; with --name, also s3://bucket/prefix."
)
@click.option("--name", metavar="NAME", help="Store the ledger in RUNCOMFY_DATABASE under this name, for several machines.")
@click.option("--shared", is_flag=True, help="With --name: DIR is the same folder on all workers.")
@click.option("--model", metavar="MODEL", shell_complete=complete_model, help="Model of the jobs that have none.")
@click.option("--max-submits", type=Count(0), metavar="N", help="Maximum number of submits, over all runs.")
@click.option(
    "--max-concurrent-submits",
    type=Count(1),
    default=4,
    show_default=True,
    metavar="N",
    help="Maximum number of concurrent submits, over all workers.",
)
@click.option(
    "--submits-per-second",
    type=PositiveNumber("submits per second"),
    metavar="N",
    help="Maximum rate of submits per second, over all workers.",
)
@click.option("--retry", is_flag=True, help="Submit failed, refused and cancelled jobs again.")
@click.option(
    "--max-in-flight",
    "--in-flight",
    "max_in_flight",
    cls=OptionWithAlias,
    type=Count(1),
    default=300,
    show_default=True,
    metavar="N",
    help="Maximum number of jobs in progress.",
)
@timeout_option
@click.option("--no-save", is_flag=True, help="Don't save files; store the outputs in the ledger.")
@click.option("--cost", is_flag=True, hidden=True, help="No effect: a batch always records the costs.")
@max_usd_option
@allow_unpriced_option
@click.option("--check", is_flag=True, help="Check the jobs, print an estimate of their cost, and exit.")
@shared_options
@click.pass_context
def run_command(context: click.Context, /, jobs: str, out: str, name: str | None, check: bool, **options: Any) -> None:
    """Run the jobs of a file, or continue a batch."""
    console, model = console_of(context), options["model"]
    source = _open_jobs(jobs)
    if name is None:
        out = Folder().convert(out, None, context)
        check_folder(out)
    if options["shared"] and name is None:
        raise click.UsageError("--shared requires --name.", context)
    if check:
        return _check(context, source, model, Path(out))
    if options["allow_unpriced"] and options["max_usd"] is None:
        raise click.UsageError("--allow-unpriced requires --max-usd.", context)
    limits = BatchLimits(
        max_usd=options["max_usd"],
        allow_unpriced=options["allow_unpriced"],
        max_submits=options["max_submits"],
        max_in_flight=options["max_in_flight"],
        max_concurrent_submits=options["max_concurrent_submits"],
        submits_per_second=options["submits_per_second"],
        timeout=options["timeout"],
    )
    if name is not None:
        context.exit(run_shared(context, source, name, out, limits=limits, options=options))
    with Batch(out) as opened:
        is_new = not any(opened.counts.by_stage.values())
        _check_same_mode(opened, simulate=invocation_of(context).simulate)
        try:
            planned = opened.plan(read_jobs(source, model=model))
            _check_token(context)
            if not invocation_of(context).simulate:
                check_media_host(opened.ledger.jobs_with_local_files(), open_uploads(None))
        except (InvalidJobs, ConfigurationError):
            if is_new:  # the batch has no jobs: remove its files, while this process holds the lock of the folder
                remove_empty_batch(Path(out))
            raise
        again = opened.retry() if options["retry"] else 0
        notes = [(planned.new, "new"), (planned.known, "known"), (again, "to retry"), (planned.withdrawn, "withdrawn")]
        console.info("jobs: " + ", ".join(f"{number:,} {word}" for number, word in notes if number), style="dim")
        if opened.copied_from is not None and opened.counts[Stage.PLANNED]:
            console.warning(
                f"warning: the batch in {out} is a copy of one that was run in {opened.copied_from}. "
                f"If that batch is run too, {count_of(opened.counts[Stage.PLANNED], 'job')} may be submitted, and billed, in both."
            )
        report, stopped = asyncio.run(_run(context, opened, limits, save=not options["no_save"]))
        spending = opened.ledger.spending
        missing = opened.ledger.missing_files()
        unknown = [row.key for row in opened.ledger.rows(Stage.UNKNOWN, limit=10)]
    if missing and not console.json:
        console.warning(missing_files_message(missing, out, simulate=invocation_of(context).simulate))
    _finish(
        context, report, unknown=unknown, stopped=stopped, save=not options["no_save"], money=money_json(spending, limits.max_usd)
    )


def _open_jobs(jobs: str) -> str | BinaryIO:
    """Return stdin for `-`, otherwise the path of the file of jobs, after checking that the file can be read.

    Raises:
        BatchError: the file cannot be read.
    """
    try:
        if jobs == "-":
            return open_stdin()
        Path(jobs).open("rb").close()
        return jobs
    except OSError as error:
        raise BatchError(
            f"{'stdin' if jobs == '-' else jobs} cannot be read: {error.strerror or error}",
            next_step="Check the path; nothing was sent.",
        ) from None


def _check_same_mode(opened: FolderBatch, *, simulate: bool) -> None:
    """Record whether a batch is simulated, and check that this does not change, since a simulated job counts as done.

    Raises:
        BatchError: the batch was started in the other mode.
    """
    was_simulated = opened.ledger.get_meta(SIMULATED_KEY) == "yes"
    if not opened.counts.submits_billed:
        opened.ledger.set_meta(SIMULATED_KEY, "yes" if simulate else "no")
    elif was_simulated != simulate:
        mode, step = ("simulated", "Add --simulate") if was_simulated else ("not simulated", "Remove --simulate")
        raise BatchError(f"The batch in {opened.out} is {mode}", next_step=f"{step}, or choose another folder with --out.")


async def _run(context: click.Context, opened: FolderBatch, limits: BatchLimits, *, save: bool) -> tuple[BatchReport, int]:
    """Run the batch until it ends or a signal stops it; return its report, and the exit code of the signal, or 0."""
    console = console_of(context)
    stopped = stop_signals(opened.stop, console)
    async with open_async_client(context) as client:  # a batch always requests the costs
        view = live_table(console, opened.counts, save=save, money=lambda: money_text(opened.ledger.spending, limits.max_usd))
        with show_upload_warnings(console), view:
            report = await opened.run(client, limits=limits, save=save)
    return report, stopped[0] if stopped else 0


def _check_token(context: click.Context) -> None:
    """Check that there is a token before the batch starts.

    Raises:
        ConfigurationError: there is no usable token.
    """
    if not invocation_of(context).simulate:
        with open_client(context):
            pass


def _check(context: click.Context, source: str | BinaryIO, model: str | None, out: Path) -> None:
    console = console_of(context)
    planned, models = check_plan(read_jobs(source, model=model), out)
    if planned.with_files and not invocation_of(context).simulate:
        check_media_host(planned.with_files, open_uploads(None))
    number = planned.new + planned.known
    if console.json:
        console.emit_json({"jobs": number, **check_json(models)})
        return
    for line in check_lines(models):
        console.line(line)
    console.line(f"{count_of(number, 'job')}, all valid. Nothing was sent.")


def _finish(
    context: click.Context, report: BatchReport, *, unknown: list[str], stopped: int, save: bool, money: dict[str, Any]
) -> None:
    """Print the final state of the batch, and exit with its exit code."""
    console = console_of(context)
    code = stopped or _exit_code(report, save=save)
    try:
        _report_end(console, report, code, unknown=unknown, stopped=bool(stopped), money=money)
    except OutputClosed as error:
        if not error.reader_left:
            raise
    context.exit(code)


def _report_end(
    console: Console, report: BatchReport, code: int, *, unknown: list[str], stopped: bool, money: dict[str, Any]
) -> None:
    counts = report.counts
    if console.json:
        body = {"halted": report.halted, "unfinished": report.unfinished, "missing_files": report.missing, "exit_code": code}
        console.emit_json({"out": str(report.out), **counts_json(counts), "money": money, **body})
    else:
        try:
            if not console.shows_progress:
                console.line(counts_line(counts))
        finally:
            for message in _messages(report, unknown, stopped=stopped):
                console.warning(message)


def _exit_code(report: BatchReport, *, save: bool) -> int:
    counts = report.counts
    if counts[Stage.UNKNOWN]:
        return Exit.PENDING
    if report.account_problem:
        return Exit.AUTH
    if report.lost:
        return Exit.PENDING
    if report.unfinished or report.halted or counts[Stage.PLANNED] or counts.in_flight or (save and counts[Stage.SUCCEEDED]):
        return Exit.TRY_AGAIN
    return Exit.FAILED if counts.unsuccessful else Exit.DONE


def _messages(report: BatchReport, unknown: list[str], *, stopped: bool) -> list[str]:
    counts, out = report.counts, shlex.quote(str(report.out))
    messages = [f"halted: {report.halted}."] if report.halted else []
    if stopped and counts.in_flight:
        messages.append(
            f"stopped: {count_of(counts.in_flight, 'job')} may still run. The same command resumes {_pronoun(counts.in_flight)}."
        )
    elif stopped and not counts[Stage.UNKNOWN]:
        messages.append("stopped: no job is running. The same command continues the batch.")
    if report.lost:
        are, pronoun = ("is", "it") if report.lost == 1 else ("are", "each of them")
        messages.append(
            f"{count_of(report.lost, 'job')} {are} not known to the API, or the files are no longer available; "
            f"see `runcomfy-py batch report {out}`.\n"
            f"If the token and RUNCOMFY_BASE_URL are correct, resolve {pronoun} with `runcomfy-py batch resolve {out} KEY`."
        )
    elif report.unfinished and not stopped:
        number = report.unfinished
        subject = "1 job is" if number == 1 else f"{number:,} jobs are"
        messages.append(f"{subject} not finished, or the files are not saved yet. The same command continues.")
    if counts.unsuccessful:
        messages.append(
            f"{count_of(counts.unsuccessful, 'job')} failed: `runcomfy-py batch report {out}` prints the reasons; "
            f"--retry submits {_pronoun(counts.unsuccessful)} again."
        )
    if unknown:
        lost = counts[Stage.UNKNOWN]
        names = ", ".join(unknown[:3]) + (", ..." if lost > 3 else "")
        subject = (
            "1 job is unknown: it may exist, so it is" if lost == 1 else f"{lost:,} jobs are unknown: they may exist, so they are"
        )
        messages.append(
            f"{subject} not submitted again ({names}).\n"
            f"Look for {_pronoun(lost)} in your RunComfy account, then resolve {'it' if lost == 1 else 'each'} with "
            f"`runcomfy-py batch resolve {out} KEY`."
        )
    return messages


def _pronoun(number: int) -> str:
    return "it" if number == 1 else "them"


for command in (status_command, resolve_command, report_command, *SHARED_COMMANDS):
    batch.add_command(command)

"""The command `worker`: works on batches in PostgreSQL, together with any number of other workers."""

from __future__ import annotations

import asyncio

import click

from runcomfy_client.batch import BatchLimits
from runcomfy_client.batch.fleet.run_worker import work
from runcomfy_client.batch.fleet.shared_ledger import LEASE
from runcomfy_client.batch.fleet.worker import Worker, WorkReport
from runcomfy_client.cli.batch_signals import stop_signals
from runcomfy_client.cli.click_ext import ToolCommand
from runcomfy_client.cli.context import console_of, invocation_of, open_async_client
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.cli.options import SECONDS, Count, shared_options
from runcomfy_client.cli.shared_status import how_to_continue


@click.command(
    "worker",
    cls=ToolCommand,
    help="""Work on batches that several machines share.

    Set RUNCOMFY_DATABASE (postgresql://...) as for `batch JOBS --name NAME`, and the token of the same account. The worker
    processes all batches of that account, or the named ones, and ends when no job is open.
    """,
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--stay", is_flag=True, help="Wait for new jobs when no job is open.")
@click.option(
    "--max-in-flight", type=Count(1), default=300, show_default=True, metavar="N", help="Maximum number of jobs in flight."
)
@click.option(
    "--downloads",
    type=Count(1),
    default=8,
    show_default=True,
    metavar="N",
    help="Maximum number of jobs whose files are saved concurrently.",
)
@click.option(
    "--lease",
    type=SECONDS,
    default=LEASE,
    show_default=True,
    metavar="SECONDS",
    help="A worker that sends no heartbeat for this long expires.",
)
@shared_options
@click.pass_context
def worker_command(
    context: click.Context, names: tuple[str, ...], stay: bool, max_in_flight: int, downloads: int, lease: float
) -> None:
    """Work on batches that several machines share."""
    if invocation_of(context).simulate:
        step = "Run `python -m runcomfy_client.simulator`, and set RUNCOMFY_BASE_URL to the URL that it prints."
        raise click.UsageError(f"--simulate runs inside one process. {step}", context)
    limits = BatchLimits(max_in_flight=max_in_flight, downloads=downloads)
    report, stopped = asyncio.run(_work(context, names, stay, limits, lease))
    console = console_of(context)
    code = stopped or _exit_code(report)
    if console.json:
        orphans = [{"batch": batch, "key": key, "request_id": request_id} for batch, key, request_id in report.orphans]
        console.emit_json({"submitted": report.submitted, "orphans": orphans, "exit_code": code})
    else:
        console.info(f"{report.submitted:,} jobs submitted")
        for batch, key, request_id in report.orphans:
            console.warning(f"{key} of {batch} was accepted as {request_id}, and the id could not be recorded")
        for one in report.batches:
            if one.halted and one.has_planned:
                console.warning(f"{one.name} is halted: {one.halted}. {how_to_continue(one.halted, one.name)}")
    context.exit(code)


async def _work(
    context: click.Context, names: tuple[str, ...], stay: bool, limits: BatchLimits, lease: float
) -> tuple[WorkReport, int]:
    started: list[Worker] = []
    stopped = stop_signals(lambda: started[0].stop() if started else None, console_of(context))
    async with open_async_client(context, cost=True) as client:
        report = await work(client, names=names or None, stay=stay, limits=limits, lease=lease, on_start=started.append)
    return report, stopped[0] if stopped else 0


def _exit_code(report: WorkReport) -> int:
    if report.orphans:
        return Exit.PENDING
    halted = [one for one in report.batches if one.halted and one.has_planned]
    if any(one.account_problem for one in halted):
        return Exit.AUTH
    return Exit.TRY_AGAIN if halted else Exit.DONE

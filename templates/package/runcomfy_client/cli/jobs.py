"""The commands on a submitted job: `status`, `wait`, `result`, `download` and `cancel`. They require only its id."""

from __future__ import annotations

import click

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.cli.click_ext import IdCommand
from runcomfy_client.cli.console import as_json
from runcomfy_client.cli.context import console_of, invocation_of, open_client
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.cli.options import check_folder, cost_option, out_option, shared_options, timeout_option
from runcomfy_client.cli.progress import show_job_progress
from runcomfy_client.cli.reporting import report_saved, result_json


@click.command(cls=IdCommand, help="Print the current status of a job.")
@click.argument("request_id")
@shared_options
@click.pass_context
def status(context: click.Context, request_id: str) -> None:
    """Print the current status of a job."""
    console = console_of(context)
    with open_client(context) as client:
        job = client.job(request_id).status()
    if console.json:
        console.emit_json(
            {"request_id": job.request_id, "state": job.state, "queue_position": job.queue_position, "word": job.word}
        )
        return
    position = "" if job.queue_position is None else f", position {job.queue_position}"
    word = f" (the server says {escape_control_chars(job.word)!r})" if job.state == "unknown" else ""
    console.line(f"{job.state}{position}{word}")


@click.command(
    cls=IdCommand,
    help="""Wait until a job has ended.

    The exit code is 0 if it succeeded, and 1 if it failed or was cancelled.
    """,
)
@click.argument("request_id")
@timeout_option
@shared_options
@click.pass_context
def wait(context: click.Context, request_id: str, timeout: float | None) -> None:
    """Wait until a job has ended."""
    console = console_of(context)
    with open_client(context) as client, show_job_progress(console) as watcher:
        result = client.job(request_id).result(timeout=timeout, on_status=watcher.on_status)
    if console.json:
        console.emit_json({"request_id": result.request_id, "status": "succeeded"})
    else:
        console.line("succeeded")


@click.command(cls=IdCommand, help="Wait for a job, and print its output as JSON.")
@click.argument("request_id")
@timeout_option
@cost_option
@shared_options
@click.pass_context
def result(context: click.Context, request_id: str, timeout: float | None, cost: bool) -> None:
    """Wait for a job, and print its output as JSON."""
    console = console_of(context)
    with open_client(context, cost=cost) as client, show_job_progress(console) as watcher:
        finished = client.job(request_id).result(timeout=timeout, on_status=watcher.on_status)
    if console.json:
        console.emit_json(result_json(finished, ()))
        return
    console.text(as_json(finished.raw.get("output"), indent=2))
    if finished.cost is not None:
        console.info(f"cost: ${finished.cost:g}")


@click.command(
    cls=IdCommand,
    help="""Wait for a job, save its files, and print their paths.

    An existing file with the same content is kept. Text output is printed.
    """,
)
@click.argument("request_id")
@out_option
@timeout_option
@shared_options
@click.pass_context
def download(context: click.Context, request_id: str, out: str, timeout: float | None) -> None:
    """Wait for a job, save its files, and print their paths."""
    console = console_of(context)
    check_folder(out)
    with open_client(context) as client, show_job_progress(console) as watcher:
        finished = client.job(request_id).result(timeout=timeout, on_status=watcher.on_status)
        invocation_of(context).finished_id = finished.request_id
        paths = finished.save(out, on_progress=watcher.on_progress)
    if console.json:
        console.emit_json(result_json(finished, paths))
    else:
        report_saved(console, finished, paths, saved=True, simulate=invocation_of(context).simulate)


@click.command(
    cls=IdCommand,
    help="""Cancel a job. Only a queued job can be cancelled.

    The exit code is 1 if the job was not queued any more.
    """,
)
@click.argument("request_id")
@shared_options
@click.pass_context
def cancel(context: click.Context, request_id: str) -> None:
    """Cancel a job. Only a queued job can be cancelled."""
    console = console_of(context)
    with open_client(context) as client:
        cancelled = client.job(request_id).cancel()
    if console.json:
        console.emit_json({"request_id": request_id, "cancelled": cancelled})
    else:
        console.line("cancelled" if cancelled else "not cancelled: the job is not queued any more")
    if not cancelled:
        context.exit(Exit.FAILED)

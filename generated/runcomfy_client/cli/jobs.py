"""The commands on a job that was submitted: `status`, `wait`, `result`, `download` and `cancel`. All go by its id alone."""

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


@click.command(cls=IdCommand, help="Say where a job stands, at this moment.")
@click.argument("request_id")
@shared_options
@click.pass_context
def status(context: click.Context, request_id: str) -> None:
    """Say where a job stands, at this moment."""
    console = console_of(context)
    with open_client(context) as client:
        seen = client.job(request_id).status()
    if console.json:
        console.emit_json(
            {"request_id": seen.request_id, "state": seen.state, "queue_position": seen.queue_position, "word": seen.word}
        )
        return
    place = "" if seen.queue_position is None else f", position {seen.queue_position}"
    word = f" (the server says {escape_control_chars(seen.word)!r})" if seen.state == "unknown" else ""
    console.line(f"{seen.state}{place}{word}")


@click.command(
    cls=IdCommand,
    help="""Wait until a job is over.

    The exit code tells how it ended: 0 when it succeeded, 1 when it failed or was cancelled.
    """,
)
@click.argument("request_id")
@timeout_option
@shared_options
@click.pass_context
def wait(context: click.Context, request_id: str, timeout: float | None) -> None:
    """Wait until a job is over."""
    console = console_of(context)
    with open_client(context) as client, show_job_progress(console) as watcher:
        result = client.job(request_id).result(timeout=timeout, on_status=watcher.on_status)
    if console.json:
        console.emit_json({"request_id": result.request_id, "status": "succeeded"})
    else:
        console.line("succeeded")


@click.command(cls=IdCommand, help="Print the output of a job as JSON, once it is there.")
@click.argument("request_id")
@timeout_option
@cost_option
@shared_options
@click.pass_context
def result(context: click.Context, request_id: str, timeout: float | None, cost: bool) -> None:
    """Print the output of a job as JSON, once it is there."""
    console = console_of(context)
    with open_client(context, cost=cost) as client, show_job_progress(console) as watcher:
        found = client.job(request_id).result(timeout=timeout, on_status=watcher.on_status)
    if console.json:
        console.emit_json(result_json(found, ()))
        return
    console.text(as_json(found.raw.get("output"), indent=2))
    if found.cost is not None:
        console.info(f"cost: ${found.cost:g}")


@click.command(
    cls=IdCommand,
    help="""Wait for a job and save its files; print their paths.

    A file that is there already with the same bytes is left as it is. An output that is a text is printed.
    """,
)
@click.argument("request_id")
@out_option
@timeout_option
@shared_options
@click.pass_context
def download(context: click.Context, request_id: str, out: str, timeout: float | None) -> None:
    """Wait for a job and save its files; print their paths."""
    console = console_of(context)
    check_folder(out)
    with open_client(context) as client, show_job_progress(console) as watcher:
        found = client.job(request_id).result(timeout=timeout, on_status=watcher.on_status)
        invocation_of(context).finished_id = found.request_id
        paths = found.save(out, on_progress=watcher.on_progress)
    if console.json:
        console.emit_json(result_json(found, paths))
    else:
        report_saved(console, found, paths, saved=True, simulate=invocation_of(context).simulate)


@click.command(
    cls=IdCommand,
    help="""Cancel a job. Only one that is still queued can be.

    The exit code is 1 when it was too late.
    """,
)
@click.argument("request_id")
@shared_options
@click.pass_context
def cancel(context: click.Context, request_id: str) -> None:
    """Cancel a job. Only one that is still queued can be."""
    console = console_of(context)
    with open_client(context) as client:
        cancelled = client.job(request_id).cancel()
    if console.json:
        console.emit_json({"request_id": request_id, "cancelled": cancelled})
    else:
        console.line("cancelled" if cancelled else "too late: it is not queued any more")
    if not cancelled:
        context.exit(Exit.FAILED)

"""The status of a batch in PostgreSQL on the command line: exit code, messages, JSON, and a table with its workers."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.batch import Stage
from runcomfy_client.batch.fleet.status import SharedStatus
from runcomfy_client.cli.batch_table import CountsTable, counts_json
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.cli.money import money_json, money_text
from runcomfy_client.cli.progress import format_duration


def exit_code(status: SharedStatus, *, save: bool = True) -> int:
    """Return the exit code for the status of a batch."""
    counts = status.counts
    if counts[Stage.UNKNOWN] or status.strays or status.lost:
        return Exit.PENDING
    if status.account_problem:
        return Exit.AUTH
    if counts[Stage.PLANNED] or counts.in_flight or (save and counts[Stage.SUCCEEDED]):
        return Exit.TRY_AGAIN
    return Exit.FAILED if counts.unsuccessful else Exit.DONE


def how_to_continue(state: str, name: str) -> str:
    """Return the next step for a batch that is paused, cancelled or halted: a used-up limit has to be raised."""
    if "with a higher" in state:
        return f"To continue, run `runcomfy-py batch JOBS --name {shlex.quote(name)}` with a higher limit."
    return f"To continue, run `runcomfy-py batch resume {shlex.quote(name)}`."


def messages(status: SharedStatus) -> Iterator[str]:
    """Yield what a person has to do."""
    name, counts = shlex.quote(status.name), status.counts
    if status.state != "running":
        yield f"{status.state}. {how_to_continue(status.state, status.name)}"
    if counts[Stage.UNKNOWN]:
        number = counts[Stage.UNKNOWN]
        one = "1 job is unknown: it may exist, so it is"
        what = one if number == 1 else f"{number:,} jobs are unknown: they may exist, so they are"
        late = (
            f" The outcome of {status.may_settle:,} may still be recorded, if their workers continue." if status.may_settle else ""
        )
        yield (
            f"{what} not submitted again.{late}\nLook for them in your RunComfy account, then resolve each with "
            f"`runcomfy-py batch resolve {name} KEY`; `runcomfy-py batch report {name} --stage unknown` lists them."
        )
    for key, request_id in status.stray:
        yield (
            f"{escape_control_chars(key)}: the job {request_id} was accepted, but recorded too late, so no worker waits for it.\n"
            f"Handle it (`runcomfy-py download {request_id}`), then run "
            f"`runcomfy-py batch resolve {name} {shlex.quote(key)} --stray {request_id}`."
        )
    if status.lost:
        yield (
            f"{status.lost:,} jobs are not known to the API, or their files are not available; "
            f"`runcomfy-py batch report {name}` shows why.\n"
            f"If the token and RUNCOMFY_BASE_URL are correct, resolve each of them with `runcomfy-py batch resolve {name} KEY`."
        )
    if counts.unsuccessful:
        again = f"`runcomfy-py batch retry {name}` submits them again"
        yield f"{counts.unsuccessful:,} jobs failed: `runcomfy-py batch report {name}` shows why; {again}."


def status_json(status: SharedStatus) -> dict[str, Any]:
    """Return a status as JSON. Seconds are numbers; amounts in USD are texts."""
    return {
        "batch": status.name,
        "out": status.place,
        "state": status.state,
        **counts_json(status.counts),
        "money": money_json(status.spending, status.max_usd),
        "limits": {
            "max_submits": status.max_submits,
            "max_concurrent_submits": status.max_concurrent_submits,
            "submits_per_second": status.submits_per_second,
        },
        "submits_last_minute": status.submits_last_minute,
        "oldest_seconds": status.oldest,
        "workers": [
            {
                "id": one.id,
                "host": one.host,
                "pid": one.pid,
                "version": one.version,
                "seen_seconds": float(one.seen),
                "submitting": one.submitting,
                "waiting": one.waiting,
            }
            for one in status.workers
        ],
        "lost": status.lost,
        "stray": [{"key": key, "request_id": request_id} for key, request_id in status.stray],
        "may_settle": status.may_settle,
    }


def status_table(status: SharedStatus) -> RenderableType:
    """Return a status for a terminal."""
    counts = status.counts
    words = [status.state, f"{counts.total:,} jobs", f"{counts.submits_billed:,} submits that may have been billed"]
    words.append(f"{status.submits_last_minute:,} in the last minute")
    if status.oldest is not None:
        words.append(f"oldest open job: {format_duration(status.oldest)}")
    workers = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for name in ("worker", "host", "seen", "submits", "waits for", "version"):
        workers.add_column(name)
    for one in status.workers:
        seen = f"{format_duration(float(one.seen))} ago"
        words_of = (one.id, one.host, seen, f"{one.submitting}", f"{one.waiting}", one.version)
        workers.add_row(*(Text(escape_control_chars(word)) for word in words_of))
    lines: list[RenderableType] = [CountsTable(counts), Text("; ".join(words)), Text(money_text(status.spending, status.max_usd))]
    return Group(*lines, workers if status.workers else Text("no worker", style="dim"))

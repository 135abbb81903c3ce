"""The view of a job: its state as text, what to do next, its files, its cost. Control characters in untrusted text are escaped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.batch.records import Row, SavedFile
from runcomfy_client.batch.states import Stage
from runcomfy_client.playground.catalog import Price
from runcomfy_client.playground.files import FileType, size_text, type_of
from runcomfy_client.playground.jobs import Jobs
from runcomfy_client.prices import to_decimal
from runcomfy_client.quotes.book import Quote
from runcomfy_client.quotes.budget import money
from runcomfy_client.status import Status

_MAX_TEXT: Final = 20_000
_MAX_ERROR: Final = 1_000
_LABELS: Final[Mapping[Stage, tuple[str, str]]] = {
    Stage.PLANNED: ("Not sent", "idle"),
    Stage.SUBMITTING: ("Submitting", "busy"),
    Stage.SUBMITTED: ("In the queue", "busy"),
    Stage.RUNNING: ("Running", "busy"),
    Stage.SUCCEEDED: ("Saving", "busy"),
    Stage.DOWNLOADED: ("Done", "good"),
    Stage.FAILED: ("Failed", "bad"),
    Stage.CANCELLED: ("Cancelled", "idle"),
    Stage.REFUSED: ("Refused", "bad"),
    Stage.UNKNOWN: ("Unknown", "warn"),
    Stage.ABANDONED: ("Given up", "idle"),
    Stage.WITHDRAWN: ("Withdrawn", "idle"),
}
"""The label and the tone of each stage."""
_ADVICE: Final[Mapping[Stage, str]] = {
    Stage.FAILED: "It ran and failed, and may be billed. Change the inputs before the next run.",
    Stage.REFUSED: "The API rejected it, so nothing was billed. Correct the inputs.",
    Stage.PLANNED: "Nothing was sent, and nothing is billed.",
    Stage.UNKNOWN: (
        "The response to the submit was lost: the job may exist, and may be billed. It is not sent again automatically. "
        "Look in your RunComfy account for a request of this model at this time, then choose below what you found."
    ),
}
_LOST: Final = "Look in your RunComfy account for this request, then choose below what you found. Don't run it again before that."
_STOPPED: Final = "The job continues or has ended; only watching it failed."


@dataclass(frozen=True, slots=True)
class OutputFile:
    """An output file of a job.

    Attributes:
        number: its position among the files of the job, which is part of its address.
        name: its name.
        type: its type.
        size: its size as text.
    """

    number: int
    name: str
    type: FileType
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """The view of a job on a page.

    Attributes:
        key: the key in the ledger.
        model_id, model_name, medium: the model.
        label: the state as text.
        tone: the style of the label: busy, good, bad, warn or idle.
        message: the error, in the words of its source.
        advice: what to do next.
        progress: the position in the queue, or the remaining time, if known.
        request_id: the job's id; empty before the submit.
        price: the estimate.
        cost: the cost; empty if it is not known.
        files: the output files.
        text: the output that is not files.
        inputs: the inputs as JSON.
        begun_at: when the job was quoted, in UTC, in ISO 8601.
        is_active: True while the state may change without an action of the user.
        can_cancel, can_send, can_resolve, can_watch: which actions are possible.
        version: a digest that changes with the state, so that pages know when to reload the view.
    """

    key: str
    model_id: str
    model_name: str
    medium: str
    label: str
    tone: str
    message: str
    advice: str
    progress: str
    request_id: str
    price: str
    cost: str
    files: tuple[OutputFile, ...]
    text: str
    inputs: str
    begun_at: str
    is_active: bool
    can_cancel: bool
    can_send: bool
    can_resolve: bool
    can_watch: bool
    version: str = ""


def job_view(jobs: Jobs, quote: Quote, name_of: Callable[[str], tuple[str, str]], out: Path) -> JobView:
    """Return the view of a job.

    Args:
        jobs: the jobs of the playground.
        quote: the job.
        name_of: returns the name and the medium of a model.
        out: the folder of the files.
    """
    row = quote.row
    watched = jobs.is_watched(row.key)
    progress = jobs.progress.get(row.key)
    is_open = row.stage in (Stage.SUBMITTED, Stage.RUNNING, Stage.SUCCEEDED)
    label, tone = _LABELS[row.stage]
    if row.is_lost:
        label, tone = "Lost", "warn"
    elif is_open and not watched:
        label, tone = "Not watched", "warn"
    trouble = jobs.trouble.get(row.key, "")
    name, medium = name_of(row.model)
    view = JobView(
        key=row.key,
        model_id=row.model,
        model_name=name,
        medium=medium,
        label=label,
        tone=tone,
        message=escape_control_chars(trouble or _error(row) or (progress.trouble if progress else ""), max_length=_MAX_ERROR),
        advice=_LOST if row.is_lost else _STOPPED if is_open and not watched else _ADVICE.get(row.stage, ""),
        progress=_progress(progress, row.stage),
        request_id=escape_control_chars(row.request_id or "", max_length=200),
        price=Price.of(quote.price).amount,
        cost="" if (cost := to_decimal(row.cost)) is None else money(cost),
        files=tuple(_output_files(jobs.book.ledger.files(row), out)),
        text=_text(row),
        inputs=_inputs(row),
        begun_at=quote.quoted_at,
        is_active=watched or row.stage is Stage.SUBMITTING,
        can_cancel=row.stage is Stage.SUBMITTED and not row.is_lost,
        can_send=row.stage is Stage.PLANNED and not watched,
        can_resolve=row.stage is Stage.UNKNOWN or row.is_lost,
        can_watch=is_open and not watched,
    )
    return _with_version(view)


def _progress(status: Status | None, stage: Stage) -> str:
    if status is None:
        return ""
    if status.queue_position is not None and stage is Stage.SUBMITTED:
        return f"position {status.queue_position}"
    left = status.remaining
    if left is None or stage is not Stage.RUNNING:
        return ""
    return f"about {max(1, round(left))} s left" if left < 90 else f"about {round(left / 60)} min left"


def _with_version(view: JobView) -> JobView:
    parts = (view.label, view.message, view.request_id, view.cost, len(view.files), view.is_active)
    digest = hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:12]
    return replace(view, version=digest)


def _error(row: Row) -> str:
    return "" if row.stage in (Stage.DOWNLOADED, Stage.SUBMITTED, Stage.RUNNING) and not row.is_lost else row.error or ""


def _output_files(saved: list[SavedFile], out: Path) -> list[OutputFile]:
    files = []
    for number, file in enumerate(saved):
        name = escape_control_chars(Path(file.path).name, max_length=120)
        files.append(OutputFile(number, name, type_of(out / file.path), size_text(file.bytes)))
    return files


def _text(row: Row) -> str:
    """Return the output that is text or data; empty if it has only files."""
    if row.output is None:
        return ""
    output: Any = json.loads(row.output)
    if isinstance(output, str):
        return escape_control_chars(output, keep_newlines=True, max_length=_MAX_TEXT)
    rest = _without_urls(output)
    if rest in (None, {}, []):
        return ""
    return escape_control_chars(json.dumps(rest, ensure_ascii=False, indent=2), keep_newlines=True, max_length=_MAX_TEXT)


def _without_urls(value: Any) -> Any:
    """Return an output without the URLs of files, which are saved on the disk."""
    match value:
        case str():
            return None if value.startswith(("https://", "http://", "data:")) else value
        case dict():
            kept = {key: _without_urls(item) for key, item in value.items()}
            return {key: item for key, item in kept.items() if item not in (None, {}, [])}
        case list():
            return [item for item in map(_without_urls, value) if item not in (None, {}, [])]
        case _:
            return value


def _inputs(row: Row) -> str:
    text = json.dumps(json.loads(row.body), ensure_ascii=False, indent=2)
    return escape_control_chars(text, keep_newlines=True, max_length=_MAX_TEXT)

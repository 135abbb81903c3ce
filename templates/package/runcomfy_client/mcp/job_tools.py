"""The tools on jobs and the account: `job`, `save`, `cancel` and `balance`. None of them submits anything."""

from __future__ import annotations

import asyncio
import base64
import json
import mimetypes
from collections.abc import Awaitable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ContentBlock, ImageContent, ResourceLink
from pydantic import Field

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.batch.files import hash_files
from runcomfy_client.batch.states import Stage
from runcomfy_client.errors import JobCancelled, JobFailed, RequestNotFound, RunComfyError, WaitTimeout
from runcomfy_client.job import AsyncJob
from runcomfy_client.mcp.context import AppContext, app_context, error_output, job_output
from runcomfy_client.mcp.results import ID, MAX_ID, BalanceOutput, File, JobOutput, result_of
from runcomfy_client.mcp.untrusted_text import bounded
from runcomfy_client.prices import to_decimal
from runcomfy_client.quotes.book import Quote
from runcomfy_client.quotes.budget import money
from runcomfy_client.result import AsyncResult
from runcomfy_client.status import State, Status

_LONGEST_WAIT: Final = 45.0
_ANSWER_TIMEOUT: Final = 45.0
"""Seconds for an answer to one call, its retries included: clients give up a tool after 60 s."""
_FETCH_TIMEOUT: Final = 15.0
"""Seconds for fetching the result of a job that is over."""
_DOWNLOAD_WAIT: Final = 45.0
"""Seconds for which one call waits for a download, which goes on after that."""
_SAVE_TIMEOUT: Final = 600.0
_LARGEST_PREVIEW: Final = 256 * 1024
_MOST_FILES: Final = 20

_T = TypeVar("_T")
RequestId = Annotated[str, Field(description="from submit; a quote_id works, too", pattern=ID, max_length=MAX_ID)]


async def job(
    request_id: RequestId,
    ctx: Context,
    wait: Annotated[float, Field(ge=0, le=_LONGEST_WAIT, description="seconds to wait for the end, 45 at most")] = 0,
) -> Annotated[CallToolResult, JobOutput]:
    """Say where a job stands, or wait for its end; with the result once it is there. Free."""
    app = app_context(ctx)
    made = app.find(request_id)
    if made is not None and made.row.request_id is None:
        return result_of(job_output(made), is_error=made.row.stage is Stage.UNKNOWN)
    key = made.row.request_id if made is not None and made.row.request_id else request_id
    try:
        watched: AsyncJob[Any] = app.client.job(key)
        result = await _result(app, made, watched, wait, ctx)
    except WaitTimeout as error:
        return result_of(_goes_on(app, made, key, error))
    except RunComfyError as error:
        return _ended_badly(app, made, key, error)
    return result_of(result) if isinstance(result, JobOutput) else result_of(_succeeded(app, made, result))


async def _result(
    app: AppContext, made: Quote | None, watched: AsyncJob[Any], wait: float, ctx: Context
) -> AsyncResult[Any] | JobOutput:
    """Look at a job once, then wait for it; return its result, or where it stands.

    Raises:
        WaitTimeout: it goes on.
        RunComfyError: it did not succeed, or the API does not tell.
    """

    async def see(status: Status) -> None:
        if made is not None and status.state is State.RUNNING:
            app.book.note(made.key, Stage.RUNNING)
        place = "" if status.queue_position is None else f", position {status.queue_position}"
        await ctx.report_progress(round(status.elapsed, 1), wait or None, f"{status.state}{place}")

    if made is not None and wait > 0:  # the API may not know yet what was submitted just now
        return await watched.result(timeout=wait, on_status=see)
    status = await _answer(watched.status())
    if status.state.is_final:
        return await watched.result(timeout=_FETCH_TIMEOUT)
    if wait > 0:
        return await watched.result(timeout=wait, on_status=see)
    await see(status)
    output = _goes_on(app, made, watched.request_id)
    output.state = str(status.state)
    output.data = None if status.queue_position is None else {"queue_position": status.queue_position}
    return output


async def _answer(call: Awaitable[_T]) -> _T:
    """Wait for an answer of the API, for less time than clients wait for a tool.

    Raises:
        RunComfyError: there is none.
    """
    try:
        async with asyncio.timeout(_ANSWER_TIMEOUT):
            return await call
    except TimeoutError:
        raise RunComfyError(f"The API did not answer within {_ANSWER_TIMEOUT:g} s") from None


def _goes_on(app: AppContext, made: Quote | None, request_id: str, timeout: WaitTimeout | None = None) -> JobOutput:
    now = app.book.get(made.key) if made is not None else None
    step = f"Only the waiting has ended; the job goes on. Call job with request_id {request_id} again, and never submit it again."
    trouble = timeout.last_error.message if timeout is not None and timeout.last_error is not None else None
    if now is not None:
        return job_output(now, next_step=step, why=trouble)
    data = {"error": escape_control_chars(trouble, max_length=1000)} if trouble else None
    return JobOutput(state="running", request_id=request_id, next_step=step, data=data)


def _succeeded(app: AppContext, made: Quote | None, result: AsyncResult[Any]) -> JobOutput:
    output = result.raw.get("output")
    if made is not None:
        cost = to_decimal(result.raw.get("cost"))
        app.book.note(made.key, Stage.SUCCEEDED, output=json.dumps(output), cost=cost)
    step = (
        "Call save with this request_id to download the files: their links expire." if result.files else "The output names no file."
    )
    return JobOutput(
        state="succeeded",
        next_step=step,
        request_id=result.request_id,
        quote_id=made.key if made else None,
        model=made.row.model if made else None,
        cost_usd=None if result.cost is None else str(result.cost),
        files=[
            File(field=escape_control_chars(one.field, max_length=100), url=bounded(one.url)) for one in result.files[:_MOST_FILES]
        ],
        data={"output": bounded(output, total=8000)},
    )


def _ended_badly(app: AppContext, made: Quote | None, request_id: str, error: RunComfyError) -> CallToolResult:
    stage = Stage.FAILED if isinstance(error, JobFailed) else Stage.CANCELLED if isinstance(error, JobCancelled) else None
    if stage is None:
        return result_of(error_output(error, request_id=request_id, quote=made), is_error=True)
    if made is not None:
        app.book.note(made.key, stage, detail=error.message)
    now = app.book.get(made.key) if made is not None else None
    if now is not None:
        return result_of(job_output(now, state=stage.value, why=error.message))
    return result_of(
        JobOutput(state=stage.value, request_id=request_id, data={"error": escape_control_chars(error.message, max_length=1000)})
    )


async def save(request_id: RequestId, ctx: Context) -> Annotated[CallToolResult, JobOutput]:
    """Download the files of a job that has succeeded, into the server's folder. Returns paths. Safe to repeat."""
    app = app_context(ctx)
    made = app.find(request_id)
    if made is not None and made.row.request_id is None:
        return result_of(job_output(made), is_error=True)
    key = made.row.request_id if made is not None and made.row.request_id else request_id
    try:
        result = await _result(app, made, app.client.job(key), 0, ctx)
        if isinstance(result, JobOutput):
            result.next_step = f"It is not done yet, so there is nothing to save. {result.next_step}"
            return result_of(result, is_error=True)
        output = _succeeded(app, made, result)
        paths = await _download(app, result)
        if paths is None:
            output.state, output.next_step = "saving", "The download goes on. Call save with this request_id again."
            return result_of(output)
    except WaitTimeout:
        return result_of(_goes_on(app, made, key), is_error=True)
    except (JobFailed, JobCancelled, RequestNotFound) as error:
        return _ended_badly(app, made, key, error)
    except RunComfyError as error:
        output = error_output(error, request_id=key, quote=made)
        output.next_step = "Only saving failed: a job that is paid and done stays so. Call save again."
        return result_of(output, is_error=True)
    saved = await asyncio.to_thread(partial(hash_files, paths, app.settings.out))
    if made is not None:
        app.book.note(made.key, Stage.DOWNLOADED, files=saved)
    fields = [escape_control_chars(one.field, max_length=100) for one in result.files]
    output.files = [
        File(field=field, path=str(path), bytes=file.bytes) for field, path, file in zip(fields, paths, saved, strict=False)
    ]
    output.state, output.next_step, output.data = "saved", "Tell the person the paths.", None
    return result_of(output, *[_link(path) for path in paths[:_MOST_FILES]], *_preview(paths))


async def _download(app: AppContext, result: AsyncResult[Any]) -> list[Path] | None:
    """Save the files of a result, once however often it is asked for; return their paths, or None while it goes on.

    Raises:
        RunComfyError: they could not be saved.
    """
    key = result.request_id
    task = app.downloads.get(key)
    if task is None:
        task = app.downloads[key] = asyncio.create_task(result.save(app.settings.out, timeout=_SAVE_TIMEOUT))
    done, _ = await asyncio.wait({task}, timeout=_DOWNLOAD_WAIT)
    if not done:
        return None
    app.downloads.pop(key, None)
    return task.result()


def _link(path: Path) -> ResourceLink:
    kind = mimetypes.guess_type(path.name)[0]
    return ResourceLink(
        type="resource_link", uri=path.absolute().as_uri(), name=path.name, mime_type=kind, size=path.stat().st_size
    )


def _preview(paths: list[Path]) -> list[ContentBlock]:
    """Return the first small image. Videos are never sent inline."""
    for path in paths:
        kind = mimetypes.guess_type(path.name)[0] or ""
        if kind in ("image/png", "image/jpeg", "image/webp", "image/gif") and path.stat().st_size <= _LARGEST_PREVIEW:
            return [ImageContent(type="image", data=base64.b64encode(path.read_bytes()).decode(), mime_type=kind)]
    return []


async def cancel(request_id: RequestId, ctx: Context) -> Annotated[CallToolResult, JobOutput]:
    """Cancel a job that is still queued. One that runs already cannot be cancelled."""
    app = app_context(ctx)
    made = app.find(request_id)
    if made is not None and made.row.request_id is None:
        return result_of(job_output(made), is_error=True)
    if made is None and not app.settings.budget.is_granted:
        step = "This server was started without a budget: it cancels only jobs that were submitted through it."
        return result_of(JobOutput(state="not cancelled", next_step=step, request_id=request_id), is_error=True)
    key = made.row.request_id if made is not None and made.row.request_id else request_id
    try:
        cancelled = await _answer(app.client.job(key).cancel())
    except RunComfyError as error:
        return result_of(error_output(error, request_id=key, quote=made), is_error=True)
    if cancelled and made is not None:
        app.book.note(made.key, Stage.CANCELLED, detail="cancelled by an agent")
    step = (
        "It was still queued, and is cancelled."
        if cancelled
        else "Too late: it is not queued any more. Call job to see how it ends."
    )
    output = JobOutput(state="cancelled" if cancelled else "not cancelled", request_id=key, next_step=step)
    output.quote_id, output.model = (made.key, made.row.model) if made is not None else (None, None)
    return result_of(output)


async def balance(ctx: Context) -> Annotated[CallToolResult, BalanceOutput]:
    """Say what is left on the RunComfy account, and of the budget of this server. Free."""
    app = app_context(ctx)
    budget = app.settings.budget.text(app.book.spending())
    try:
        found = await _answer(app.client.balance())
    except RunComfyError as error:
        data = {"error": escape_control_chars(error.message, max_length=1000)}
        return result_of(BalanceOutput(state="not known", budget=budget, next_step="Try again later.", data=data), is_error=True)
    return result_of(BalanceOutput(state="known", balance_usd=money(Decimal(str(found.usd))), budget=budget))

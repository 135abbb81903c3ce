"""The tools on jobs and the account: `job`, `save`, `cancel` and `balance`. None of them submits anything."""

from __future__ import annotations

import asyncio
import base64
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
from runcomfy_client.quotes.book import Quote
from runcomfy_client.quotes.budget import money
from runcomfy_client.result import AsyncResult
from runcomfy_client.status import State, Status

_MAX_WAIT: Final = 45.0
_CALL_TIMEOUT: Final = 45.0
"""Seconds for one call with its retries: clients cancel a tool call after 60 s."""
_FETCH_TIMEOUT: Final = 15.0
"""Seconds for fetching the result of a job that has ended."""
_DOWNLOAD_WAIT: Final = 45.0
"""Seconds for which one call waits for a download, which continues afterwards."""
_SAVE_TIMEOUT: Final = 600.0
_MAX_PREVIEW_BYTES: Final = 256 * 1024
_MAX_FILES: Final = 20

_T = TypeVar("_T")
RequestId = Annotated[str, Field(description="from submit; or a quote_id", pattern=ID, max_length=MAX_ID)]


async def job(
    request_id: RequestId,
    ctx: Context,
    wait: Annotated[float, Field(ge=0, le=_MAX_WAIT, description="seconds to wait for the end, at most 45")] = 0,
) -> Annotated[CallToolResult, JobOutput]:
    """Return the status of a job, or wait for its end; includes the result once it is available. Free."""
    app = app_context(ctx)
    quote = app.find(request_id)
    if quote is not None and quote.row.request_id is None:
        return result_of(job_output(quote), is_error=quote.row.stage is Stage.UNKNOWN)
    key = quote.row.request_id if quote is not None and quote.row.request_id else request_id
    try:
        remote: AsyncJob[Any] = app.client.job(key)
        result = await _result(app, quote, remote, wait, ctx)
    except WaitTimeout as error:
        return result_of(_still_running(app, quote, key, error))
    except RunComfyError as error:
        return _unsuccessful(app, quote, key, error)
    return result_of(result) if isinstance(result, JobOutput) else result_of(_succeeded(app, quote, result))


async def _result(
    app: AppContext, quote: Quote | None, remote: AsyncJob[Any], wait: float, ctx: Context
) -> AsyncResult[Any] | JobOutput:
    """Poll a job once, then wait for it; return its result, or its status.

    Raises:
        WaitTimeout: the job has not ended.
        RunComfyError: the job did not succeed, or its status is not available.
    """

    async def on_status(status: Status) -> None:
        if quote is not None and status.state is State.RUNNING:
            app.book.note(quote.key, Stage.RUNNING)
        position = "" if status.queue_position is None else f", position {status.queue_position}"
        await ctx.report_progress(round(status.elapsed, 1), wait or None, f"{status.state}{position}")

    if quote is not None and wait > 0:  # a single poll may get status 404, if the job was submitted just now
        return await remote.result(timeout=wait, on_status=on_status)
    status = await _call(remote.status())
    if status.state.is_final:
        return await remote.result(timeout=_FETCH_TIMEOUT)
    if wait > 0:
        return await remote.result(timeout=wait, on_status=on_status)
    await on_status(status)
    output = _still_running(app, quote, remote.request_id)
    output.state = str(status.state)
    output.data = None if status.queue_position is None else {"queue_position": status.queue_position}
    return output


async def _call(call: Awaitable[_T]) -> _T:
    """Wait for a call of the API, for less time than clients wait for a tool.

    Raises:
        RunComfyError: the call failed, or took too long.
    """
    try:
        async with asyncio.timeout(_CALL_TIMEOUT):
            return await call
    except TimeoutError:
        raise RunComfyError(f"The API did not respond within {_CALL_TIMEOUT:g} s") from None


def _still_running(app: AppContext, quote: Quote | None, request_id: str, timeout: WaitTimeout | None = None) -> JobOutput:
    now = app.book.get(quote.key) if quote is not None else None
    step = f"The job continues on the server. Call job with request_id {request_id} again, and never submit it again."
    error = timeout.last_error.message if timeout is not None and timeout.last_error is not None else None
    if now is not None:
        return job_output(now, next_step=step, error=error)
    data = {"error": escape_control_chars(error, max_length=1000)} if error else None
    return JobOutput(state="running", request_id=request_id, next_step=step, data=data)


def _succeeded(app: AppContext, quote: Quote | None, result: AsyncResult[Any]) -> JobOutput:
    output = result.raw.get("output")
    if quote is not None:
        app.book.note_success(quote.key, result)
    step = (
        "Call save with this request_id to download the files: their links expire." if result.files else "The output has no files."
    )
    return JobOutput(
        state="succeeded",
        next_step=step,
        request_id=result.request_id,
        quote_id=quote.key if quote else None,
        model=quote.row.model if quote else None,
        cost_usd=None if result.cost is None else str(result.cost),
        files=[
            File(field=escape_control_chars(file.field, max_length=100), url=bounded(file.url))
            for file in result.files[:_MAX_FILES]
        ],
        data={"output": bounded(output, max_total=8000)},
    )


def _unsuccessful(app: AppContext, quote: Quote | None, request_id: str, error: RunComfyError) -> CallToolResult:
    if not isinstance(error, JobFailed | JobCancelled):
        return result_of(error_output(error, request_id=request_id, quote=quote), is_error=True)
    stage = Stage.FAILED if isinstance(error, JobFailed) else Stage.CANCELLED
    if quote is not None:
        app.book.note_failure(quote.key, error)
    now = app.book.get(quote.key) if quote is not None else None
    if now is not None:
        return result_of(job_output(now, state=stage.value, error=error.message))
    return result_of(
        JobOutput(state=stage.value, request_id=request_id, data={"error": escape_control_chars(error.message, max_length=1000)})
    )


async def save(request_id: RequestId, ctx: Context) -> Annotated[CallToolResult, JobOutput]:
    """Download the files of a job that succeeded into the server's folder. Returns their paths. Safe to repeat."""
    app = app_context(ctx)
    quote = app.find(request_id)
    if quote is not None and quote.row.request_id is None:
        return result_of(job_output(quote), is_error=True)
    key = quote.row.request_id if quote is not None and quote.row.request_id else request_id
    try:
        result = await _result(app, quote, app.client.job(key), 0, ctx)
        if isinstance(result, JobOutput):
            result.next_step = f"The job has not ended, so there are no files yet. {result.next_step}"
            return result_of(result, is_error=True)
        output = _succeeded(app, quote, result)
        paths = await _download(app, result)
        if paths is None:
            output.state, output.next_step = "saving", "The download continues. Call save with this request_id again."
            return result_of(output)
    except WaitTimeout:
        return result_of(_still_running(app, quote, key), is_error=True)
    except (JobFailed, JobCancelled, RequestNotFound) as error:
        return _unsuccessful(app, quote, key, error)
    except RunComfyError as error:
        output = error_output(error, request_id=key, quote=quote)
        output.next_step = "Only saving failed: the job has succeeded and is paid for. Call save again."
        return result_of(output, is_error=True)
    saved = await asyncio.to_thread(partial(hash_files, paths, app.settings.out))
    if quote is not None:
        app.book.note(quote.key, Stage.DOWNLOADED, files=saved)
    fields = [escape_control_chars(file.field, max_length=100) for file in result.files]
    output.files = [
        File(field=field, path=str(path), bytes=file.bytes) for field, path, file in zip(fields, paths, saved, strict=False)
    ]
    output.state, output.next_step, output.data = "saved", "Tell the user the paths.", None
    return result_of(output, *[_link(path) for path in paths[:_MAX_FILES]], *_preview(paths))


async def _download(app: AppContext, result: AsyncResult[Any]) -> list[Path] | None:
    """Save the files of a result; repeated calls share one download. Return the paths, or None while the download continues.

    Raises:
        RunComfyError: the files could not be saved.
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
        if kind in ("image/png", "image/jpeg", "image/webp", "image/gif") and path.stat().st_size <= _MAX_PREVIEW_BYTES:
            return [ImageContent(type="image", data=base64.b64encode(path.read_bytes()).decode(), mime_type=kind)]
    return []


async def cancel(request_id: RequestId, ctx: Context) -> Annotated[CallToolResult, JobOutput]:
    """Cancel a job that is still queued. A running job cannot be cancelled."""
    app = app_context(ctx)
    quote = app.find(request_id)
    if quote is not None and quote.row.request_id is None:
        return result_of(job_output(quote), is_error=True)
    if quote is None and not app.settings.budget.is_granted:
        step = "This server was started without a budget: it cancels only jobs that were submitted through it."
        return result_of(JobOutput(state="not cancelled", next_step=step, request_id=request_id), is_error=True)
    key = quote.row.request_id if quote is not None and quote.row.request_id else request_id
    try:
        cancelled = await _call(app.client.job(key).cancel())
    except RunComfyError as error:
        return result_of(error_output(error, request_id=key, quote=quote), is_error=True)
    if cancelled and quote is not None:
        app.book.note(quote.key, Stage.CANCELLED, detail="cancelled by an agent")
    step = (
        "It was still queued, and is cancelled."
        if cancelled
        else "The job is not queued any more, so it continues. Call job to wait for its end."
    )
    output = JobOutput(state="cancelled" if cancelled else "not cancelled", request_id=key, next_step=step)
    output.quote_id, output.model = (quote.key, quote.row.model) if quote is not None else (None, None)
    return result_of(output)


async def balance(ctx: Context) -> Annotated[CallToolResult, BalanceOutput]:
    """Return the balance of the RunComfy account, and what is left of the budget of this server. Free."""
    app = app_context(ctx)
    budget = app.settings.budget.text(app.book.spending())
    try:
        account_balance = await _call(app.client.balance())
    except RunComfyError as error:
        data = {"error": escape_control_chars(error.message, max_length=1000)}
        return result_of(BalanceOutput(state="not known", budget=budget, next_step="Try again later.", data=data), is_error=True)
    return result_of(BalanceOutput(state="known", balance_usd=money(Decimal(str(account_balance.usd))), budget=budget))

"""What the tools of a server share: its client, its quotes, its settings, and the words for where a job stands."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.states import Stage
from runcomfy_client.errors import RequestNotFound, RunComfyError
from runcomfy_client.mcp.results import JobOutput
from runcomfy_client.mcp.settings import ServerSettings
from runcomfy_client.quotes.book import Quote, QuoteBook
from runcomfy_client.quotes.submitter import Submitter

STOP: Final = (
    "STOP. Whether this job exists is not known, and it may be billed. Don't submit it again in any way. Tell a person: they look "
    "in their RunComfy account, by the time and the model, and settle it with `runcomfy-py mcp resolve {key}`."
)
_NEXT: Final[Mapping[Stage, str]] = {
    Stage.PLANNED: "Nothing was sent. `submit` with this quote_id sends it.",
    Stage.SUBMITTING: "The answer of the API is awaited. Call `submit` with this quote_id again: it is sent only once.",
    Stage.SUBMITTED: "The job goes on by itself. Call `job` with this request_id to wait for it; never submit it again.",
    Stage.RUNNING: "The job goes on by itself. Call `job` with this request_id to wait for it; never submit it again.",
    Stage.SUCCEEDED: "Call `save` with this request_id to download the files: their links expire.",
    Stage.DOWNLOADED: "The files are saved.",
    Stage.FAILED: "The job ran and failed. Read `data.error` and change the inputs before the next quote; it may be billed.",
    Stage.CANCELLED: "The job was cancelled. To run it after all, make a new quote.",
    Stage.REFUSED: "The API refused it, so nothing was billed. Correct the inputs as `data.error` says, and make a new quote.",
    Stage.ABANDONED: "A person has given this job up. To run it, make a new quote.",
    Stage.WITHDRAWN: "This quote was withdrawn. Make a new one.",
}


class AppContext:
    """What the tools of a server share."""

    def __init__(self, client: AsyncRunComfy, book: QuoteBook, settings: ServerSettings) -> None:
        self.client = client
        self.book = book
        self.settings = settings
        self.submitter = Submitter(client, book, settings.budget)
        self.downloads: dict[str, asyncio.Task[list[Path]]] = {}
        """Downloads that go on although the call that began them has ended, by request id; taken out once their end is told."""

    async def close(self) -> None:
        """Wait for the submits under way, stop the downloads, and close the ledger."""
        for task in self.downloads.values():
            task.cancel()
        try:
            await asyncio.gather(*self.downloads.values(), return_exceptions=True)
            await self.submitter.close()
        finally:
            self.book.close()

    def find(self, job_id: str) -> Quote | None:
        """Return the quote that an id names: its own, or the request id of its job."""
        self.book.settle_dead()
        return self.book.get(job_id) or self.book.of_request(job_id)


def app_context(context: Context[Any, Any]) -> AppContext:
    """Return what the tools share."""
    found = getattr(context.mcp_server, "app", None)
    if not isinstance(found, AppContext):
        raise ToolError("The server is not ready")
    return found


def job_output(quote: Quote, *, state: str | None = None, why: str | None = None, next_step: str | None = None) -> JobOutput:
    """Tell where the job of a quote stands."""
    row = quote.row
    error = why or (row.error if row.stage not in (Stage.SUCCEEDED, Stage.DOWNLOADED) else None)
    step = STOP.format(key=row.key) if row.stage is Stage.UNKNOWN else _NEXT[row.stage]
    return JobOutput(
        state=state or row.stage.value,
        next_step=next_step or step,
        request_id=row.request_id,
        quote_id=row.key,
        model=row.model,
        cost_usd=None if row.cost is None else str(row.cost),
        data={"error": escape_control_chars(error, max_length=1000)} if error else None,
    )


def error_output(error: RunComfyError, *, request_id: str | None = None, quote: Quote | None = None) -> JobOutput:
    """Tell an error of the client. What it says may come from the server, so it is data."""
    step = "Only this call failed: a job that was submitted goes on. Try again later, or ask a person if it stays so."
    if isinstance(error, RequestNotFound):
        known = "yet, or no more. Try again in a minute" if quote else "or no more. Check the id"
        step = f"The API does not know this request id, {known}; don't submit the job again, ask a person."
    return JobOutput(
        state=quote.row.stage.value if quote else "unknown to this server",
        next_step=step,
        request_id=request_id or error.request_id,
        quote_id=quote.key if quote else None,
        data={"error": escape_control_chars(error.message, max_length=1000), "kind": type(error).__name__},
    )

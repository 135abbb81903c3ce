"""The context that the tools of a server share: client, quotes, settings; and the texts for the state of a job."""

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
    "STOP. It is not known whether this job exists, and it may be billed. Don't submit it again in any way. Tell the user: they "
    "look in their RunComfy account, by the time and the model, and resolve it with `runcomfy-py mcp resolve {key}`."
)
_NEXT: Final[Mapping[Stage, str]] = {
    Stage.PLANNED: "Nothing was sent. `submit` with this quote_id sends it.",
    Stage.SUBMITTING: "The response of the API is pending. Call `submit` with this quote_id again: it is sent only once.",
    Stage.SUBMITTED: "The job continues on the server. Call `job` with this request_id to wait for it; never submit it again.",
    Stage.RUNNING: "The job continues on the server. Call `job` with this request_id to wait for it; never submit it again.",
    Stage.SUCCEEDED: "Call `save` with this request_id to download the files: their links expire.",
    Stage.DOWNLOADED: "The files are saved.",
    Stage.FAILED: "The job ran and failed; it may be billed. Read `data.error` and change the inputs before the next quote.",
    Stage.CANCELLED: "The job was cancelled. To run it nevertheless, call `quote` again.",
    Stage.REFUSED: "The API rejected it, so nothing was billed. Correct the inputs as `data.error` says, and call `quote` again.",
    Stage.ABANDONED: "The user does not need this job any more. To run it, call `quote` again.",
    Stage.WITHDRAWN: "This quote was withdrawn. Call `quote` again.",
}


class AppContext:
    """The client, the quotes, the settings and the downloads in progress of a server."""

    def __init__(self, client: AsyncRunComfy, book: QuoteBook, settings: ServerSettings) -> None:
        self.client = client
        self.book = book
        self.settings = settings
        self.submitter = Submitter(client, book, settings.budget)
        self.downloads: dict[str, asyncio.Task[list[Path]]] = {}
        """Downloads in progress, by request id. They continue after the call that started them; the call that returns the result
        removes them."""

    async def close(self) -> None:
        """Wait for the submits in flight, stop the downloads, and close the ledger."""
        for task in self.downloads.values():
            task.cancel()
        try:
            await asyncio.gather(*self.downloads.values(), return_exceptions=True)
            await self.submitter.close()
        finally:
            self.book.close()

    def find(self, job_id: str) -> Quote | None:
        """Return the quote with an id, which may be a quote id or the request id of its job."""
        self.book.mark_interrupted()
        return self.book.get(job_id) or self.book.of_request(job_id)


def app_context(context: Context[Any, Any]) -> AppContext:
    """Return the context that the tools share.

    Raises:
        ToolError: the server is not ready.
    """
    app = getattr(context.mcp_server, "app", None)
    if not isinstance(app, AppContext):
        raise ToolError("The server is not ready")
    return app


def job_output(quote: Quote, *, state: str | None = None, error: str | None = None, next_step: str | None = None) -> JobOutput:
    """Return the state of the job of a quote."""
    row = quote.row
    error = error or (row.error if row.stage not in (Stage.SUCCEEDED, Stage.DOWNLOADED) else None)
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
    """Return an error of the client. Its message may come from the server, so it is part of `data`."""
    step = "Only this call failed: a submitted job continues. Try again later; ask the user if it fails again."
    if isinstance(error, RequestNotFound):
        hint = "It may be too new or expired. Try again in a minute" if quote else "It may have expired. Check the id"
        step = f"The API does not know this request id. {hint}; don't submit the job again, ask the user."
    return JobOutput(
        state=quote.row.stage.value if quote else "unknown to this server",
        next_step=step,
        request_id=request_id or error.request_id,
        quote_id=quote.key if quote else None,
        data={"error": escape_control_chars(error.message, max_length=1000), "kind": type(error).__name__},
    )

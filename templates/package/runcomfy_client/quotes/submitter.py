"""The paid call of a quote: made at most once, by one server, and finished even if its caller is cancelled."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.cancellation import stoppable
from runcomfy_client.batch.errors import LedgerError
from runcomfy_client.batch.local_files import check_media_host, upload_inputs
from runcomfy_client.batch.states import Stage
from runcomfy_client.batch.submit import StopSubmitting, submit
from runcomfy_client.errors import ConfigurationError, InvalidInput, UploadFailed
from runcomfy_client.files.prepare import uploads_of
from runcomfy_client.quotes.book import QuoteBook
from runcomfy_client.quotes.budget import Budget
from runcomfy_client.schema.media_fields import Place

_POLL_INTERVAL: Final = 0.2
"""Seconds between two reads of a quote that another server submits."""
_UPLOAD_TIMEOUT: Final = 600.0
"""The timeout in seconds for uploading the local files of a job."""
_MAX_WAIT: Final = 45.0
"""The maximum seconds to wait for a response: clients cancel a call after 60 s."""


class Submitter:
    """Submits the quotes of a book, within a budget if one is given. Use it on one event loop."""

    def __init__(self, client: AsyncRunComfy, book: QuoteBook, budget: Budget | None) -> None:
        self.accepted_unwritten: dict[str, str] = {}
        """The request ids of accepted jobs that could not be written to the ledger, by quote id."""
        self._book = book
        self._budget = budget
        self._stopping = asyncio.Event()
        self._client = stoppable(client, self._stopping)
        self._tasks: dict[str, asyncio.Task[str | None]] = {}

    async def submit(self, key: str) -> str | None:
        """Submit a quote unless it was submitted before, and wait for the outcome, which is stored in the book.

        Cancelling the caller does not cancel the submit. Return the reason if nothing was sent and the quote is still planned, or
        else None.

        Raises:
            OverBudget: the budget does not allow it; nothing was sent.
            LedgerError: the ledger could not be written. Nothing was sent, or `accepted_unwritten` has the id of the job.
        """
        task = self._tasks.get(key)
        if task is None:
            quote = self._book.get(key)
            if quote is None or quote.row.stage is not Stage.PLANNED:
                await self._wait_for_others(key)
                return None
            task = self._tasks[key] = asyncio.create_task(self._pay(key))
            task.add_done_callback(partial(self._done, key))
        done, _ = await asyncio.wait({task}, timeout=_MAX_WAIT)
        if task.cancelled():
            return "the server is stopping"
        return task.result() if done else None

    def _done(self, key: str, task: asyncio.Task[str | None]) -> None:
        self._tasks.pop(key, None)
        if not task.cancelled():
            task.exception()  # retrieved, since the caller may have been cancelled; the outcome is in the ledger

    async def _pay(self, key: str) -> str | None:
        """Upload the local files of a quote, reserve it, and submit it. Return the reason if it was not sent."""
        try:
            links = await self._upload(key)
        except (ConfigurationError, InvalidInput, UploadFailed) as error:
            return error.message
        quote = self._book.reserve(key, self._budget)  # the intent: on the disk before the paid call
        if quote is None:
            await self._wait_for_others(key)
            return None
        try:
            await submit(self._client, self._book.ledger, quote.row, links)
        except StopSubmitting as stop:
            return stop.reason
        except LedgerError as error:
            self.accepted_unwritten.update(error.orphans)
            raise
        return None

    async def _upload(self, key: str) -> dict[Place, str]:
        if not self._book.ledger.has_local_files(key):
            return {}
        uploads = uploads_of(self._client)
        check_media_host(1, uploads)
        assert uploads is not None
        return await upload_inputs(self._book.ledger, uploads, key, _UPLOAD_TIMEOUT)

    async def _wait_for_others(self, key: str) -> None:
        deadline = asyncio.get_running_loop().time() + _MAX_WAIT
        while asyncio.get_running_loop().time() < deadline:
            self._book.mark_interrupted(key)
            quote = self._book.get(key)
            if quote is None or quote.row.stage is not Stage.SUBMITTING:
                return
            await asyncio.sleep(_POLL_INTERVAL)

    async def close(self) -> None:
        """Start no more calls, and wait for the responses to calls in flight, for a grace period: they have the ids of paid
        jobs."""
        self._stopping.set()
        await asyncio.sleep(0)  # let each task start, so that it can store its outcome
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()  # the client waits for the response for a grace period, then the task stores what is known
        await asyncio.gather(*tasks, return_exceptions=True)

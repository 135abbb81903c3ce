"""The jobs of a playground: quoted, submitted once, and watched until their files are saved. All are in the ledger."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any, Final

from runcomfy_client._core.flows.preflight import fetch_media
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.errors import BatchError, LedgerError
from runcomfy_client.batch.files import hash_files
from runcomfy_client.batch.local_files import check_media_host, prepare_for_ledger
from runcomfy_client.batch.resolution import resolve_job
from runcomfy_client.batch.states import LOST, Stage
from runcomfy_client.errors import JobCancelled, JobFailed, RequestNotFound, RunComfyError
from runcomfy_client.files.prepare import uploads_of
from runcomfy_client.playground.settings import OUTPUTS, PlaygroundSettings
from runcomfy_client.quotes.book import Quote, QuoteBook
from runcomfy_client.quotes.price import estimate_of
from runcomfy_client.quotes.submitter import Submitter
from runcomfy_client.requests import Request
from runcomfy_client.status import State, Status

_FETCH_TIMEOUT: Final = 60.0
"""The timeout in seconds for fetching a file for a preview."""
OPEN: Final = (Stage.SUBMITTED, Stage.RUNNING, Stage.SUCCEEDED)
"""The stages of jobs that are watched."""
MAY_RUN: Final = frozenset({Stage.SUBMITTING, Stage.SUBMITTED, Stage.RUNNING, Stage.UNKNOWN})
"""The stages of jobs that run, or may run."""


class Jobs:
    """The jobs of a ledger. Use it on one event loop, in the thread that created it.

    Args:
        client: a client with `cancel_queued=False`, so that jobs continue when the playground ends, and with `include_cost=True`.
        settings: the settings of the playground.

    Raises:
        LedgerError: the ledger cannot be opened.
        BatchError: the folder's ledger belongs to another API.
    """

    def __init__(self, client: AsyncRunComfy, settings: PlaygroundSettings) -> None:
        self.book = QuoteBook(settings.out, server_url=client.base_url)
        self.progress: dict[str, Status] = {}
        """The last status of each watched job."""
        self.trouble: dict[str, str] = {}
        """Why a job is not watched any more, or was not sent."""
        self.client = client
        self.settings = settings
        self._submitter = Submitter(client, self.book, None)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def resume(self) -> None:
        """Watch the unfinished jobs of earlier runs of the playground."""
        for quote in self.book.in_stages(*OPEN):
            self.watch(quote.key)

    async def quote(self, request: Request[Any]) -> Quote:
        """Store a quote. Until it is submitted, the same inputs return the same quote.

        Raises:
            InvalidInput: the request cannot be sent, or a local file is not suitable.
            ConfigurationError: the request has local files, but no bucket is configured.
            LedgerError: the ledger could not be written.
        """
        prepared, files = await asyncio.to_thread(prepare_for_ledger, request, {})
        check_media_host(len(files), uploads_of(self.client))
        return self.book.add(prepared, files, estimate_of(request))[0]

    def running_duplicate(self, quote: Quote) -> Quote | None:
        """Return a job with the same inputs that runs, or may run; None if there is none."""
        duplicate = self.book.same_inputs(quote)
        return duplicate if duplicate is not None and duplicate.row.stage in MAY_RUN else None

    def submit(self, key: str) -> None:
        """Submit a quote, and watch its job. Repeated calls send it only once."""
        if key not in self._tasks:
            self.trouble.pop(key, None)
            self._start(key, self._submit(key))

    async def _submit(self, key: str) -> None:
        try:
            reason = await self._submitter.submit(key)
        except LedgerError as error:
            request_id = self._submitter.accepted_unwritten.get(key)
            note = f" The job was accepted: its request id is {request_id}. Write that down." if request_id else ""
            self.trouble[key] = f"{error.message}.{note}"
            return
        quote = self.book.get(key)
        if quote is not None and quote.row.stage is Stage.PLANNED and reason:
            self.book.ledger.set_error(key, reason)
        if quote is not None and quote.row.stage in OPEN:
            await self._watch(key)

    def watch(self, key: str) -> None:
        """Watch a job until it has ended, and save its files, unless it is watched already."""
        if key not in self._tasks:
            self.trouble.pop(key, None)
            self._start(key, self._watch(key))

    def _start(self, key: str, work: Any) -> None:
        task = self._tasks[key] = asyncio.create_task(work)
        task.add_done_callback(partial(self._done, key))

    def _done(self, key: str, task: asyncio.Task[None]) -> None:
        self._tasks.pop(key, None)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.trouble[key] = str(error)

    async def _watch(self, key: str) -> None:
        quote = self.book.get(key)
        if quote is None or quote.row.request_id is None:
            return

        def on_status(status: Status) -> None:
            self.progress[key] = status
            if status.state is State.RUNNING:
                self.book.note(key, Stage.RUNNING)

        try:
            result = await self.client.job(quote.row.request_id).result(on_status=on_status)
            self.book.note_success(key, result)
            paths = await result.save(self.settings.out / OUTPUTS) if result.files else []
            saved = await asyncio.to_thread(hash_files, paths, self.settings.out)
            self.book.note(key, Stage.DOWNLOADED, files=saved)
        except (JobFailed, JobCancelled) as error:
            self.book.note_failure(key, error)
        except RequestNotFound as error:
            self.book.ledger.set_error(key, f"{LOST}, the API does not know this job (any more): {error.message}")
        except RunComfyError as error:
            self.trouble[key] = f"{error.message}. {error.next_step or ''}".strip()
        except OSError as error:
            self.trouble[key] = f"The files could not be saved: {error.strerror or error}."
        finally:
            self.progress.pop(key, None)

    def is_watched(self, key: str) -> bool:
        """Return True while a job is being submitted or watched."""
        return key in self._tasks

    async def cancel(self, key: str) -> bool:
        """Cancel a job, and return True if it is cancelled. Only a queued job can be cancelled.

        Raises:
            RunComfyError: the outcome is not known.
        """
        quote = self.book.get(key)
        if quote is None or quote.row.request_id is None:
            return False
        cancelled = await self.client.job(quote.row.request_id).cancel()
        if cancelled:
            self.book.note(key, Stage.CANCELLED, detail="cancelled before it ran")
        return cancelled

    async def fetch(self, url: str, *, max_bytes: int) -> bytes | str:
        """Fetch a public file of at most `max_bytes`, without the token; return its content as bytes, or the reason as text."""
        settings = self.client._session.settings
        timeout, loopback = settings.options.http_timeout, settings.origin.loopback
        flow = fetch_media(url, largest=max_bytes, timeout=_FETCH_TIMEOUT, http_timeout=timeout, loopback=loopback)
        return await self.client._session.run(flow, files=True)

    def resolve(self, key: str, *, request_id: str | None = None, requeue: bool = False, give_up: bool = False) -> None:
        """Resolve a job whose outcome is not known, with what the user has found in their account.

        Args:
            key: the key of the job.
            request_id: the job was accepted, with this id.
            requeue: the job was not accepted, and may be submitted again.
            give_up: the job is not needed any more.

        Raises:
            BatchError: the job does not exist, or its outcome is known, or it is still watched.
            InvalidInput: `request_id` is not a valid request id.
        """
        if self.book.get(key) is None:
            raise BatchError("The job does not exist")
        resolve_job(self.book.ledger, key, request_id=request_id, requeue=requeue, give_up=give_up, listed_by="the page Runs")
        if request_id is not None:
            self.watch(key)

    async def close(self) -> None:
        """Wait for the submits in flight, stop watching, and close the ledger. Jobs continue on the server."""
        try:
            await self._submitter.close()
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self.book.close()

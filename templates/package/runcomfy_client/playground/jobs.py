"""The jobs of a playground: quoted, submitted once, watched until their files are on the disk. The ledger knows them all."""

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
from runcomfy_client.batch.settlement import settle
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
"""Seconds in which a file behind a link is fetched for a preview."""
OPEN: Final = (Stage.SUBMITTED, Stage.RUNNING, Stage.SUCCEEDED)
"""Stages of jobs that are watched."""
MAY_RUN: Final = frozenset({Stage.SUBMITTING, Stage.SUBMITTED, Stage.RUNNING, Stage.UNKNOWN})
"""Stages of jobs that run, or may."""


class Jobs:
    """The jobs of a ledger. It belongs to one event loop, and to the thread that made it.

    Args:
        client: made with `cancel_queued=False`, so that jobs go on when the playground ends, and with `include_cost=True`.
        settings: what whoever starts the playground has decided.

    Raises:
        LedgerError: the ledger cannot be opened.
        BatchError: the folder's ledger belongs to another API.
    """

    def __init__(self, client: AsyncRunComfy, settings: PlaygroundSettings) -> None:
        self.book = QuoteBook(settings.out, server_url=client.base_url)
        self.progress: dict[str, Status] = {}
        """Where each watched job stands, as the API told last."""
        self.trouble: dict[str, str] = {}
        """Why nothing is known of a job at the moment, or why it was not sent."""
        self.client = client
        self.settings = settings
        self._submitter = Submitter(client, self.book, None)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def resume(self) -> None:
        """Watch the jobs that an earlier run of the playground left."""
        for quote in self.book.in_stages(*OPEN):
            self.watch(quote.key)

    async def quote(self, request: Request[Any]) -> Quote:
        """Write down a job that may be submitted. For the same inputs it is the same one, until that is sent.

        Raises:
            InvalidInput: it cannot be sent, or a local file is unsuitable.
            ConfigurationError: it has local files, and there is no bucket for them.
            LedgerError: the ledger could not be written.
        """
        order, files = await asyncio.to_thread(prepare_for_ledger, request, {})
        check_media_host(len(files), uploads_of(self.client))
        return self.book.add(order, files, estimate_of(request))[0]

    def running_twin(self, quote: Quote) -> Quote | None:
        """Return a job with the same inputs that runs, or may run; None when there is none."""
        twin = self.book.same_inputs(quote)
        return twin if twin is not None and twin.row.stage in MAY_RUN else None

    def submit(self, key: str) -> None:
        """Submit a quote, and watch its job. However often this is called, it is sent once."""
        if key not in self._tasks:
            self.trouble.pop(key, None)
            self._start(key, self._submit(key))

    async def _submit(self, key: str) -> None:
        try:
            why = await self._submitter.submit(key)
        except LedgerError as error:
            accepted = self._submitter.accepted_unwritten.get(key)
            told = f" The job was accepted: its request id is {accepted}. Write that down." if accepted else ""
            self.trouble[key] = f"{error.message}.{told}"
            return
        quote = self.book.get(key)
        if quote is not None and quote.row.stage is Stage.PLANNED and why:
            self.book.ledger.set_error(key, why)
        if quote is not None and quote.row.stage in OPEN:
            await self._watch(key)

    def watch(self, key: str) -> None:
        """Watch a job until it is over, and save its files, unless that is being done."""
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

        def see(status: Status) -> None:
            self.progress[key] = status
            if status.state is State.RUNNING:
                self.book.note(key, Stage.RUNNING)

        try:
            result = await self.client.job(quote.row.request_id).result(on_status=see)
            self.book.note_success(key, result)
            paths = await result.save(self.settings.out / OUTPUTS) if result.files else []
            saved = await asyncio.to_thread(hash_files, paths, self.settings.out)
            self.book.note(key, Stage.DOWNLOADED, files=saved)
        except (JobFailed, JobCancelled) as error:
            self.book.note_failure(key, error)
        except RequestNotFound as error:
            self.book.ledger.set_error(key, f"{LOST}, the API does not know this job, or no more: {error.message}")
        except RunComfyError as error:
            self.trouble[key] = f"{error.message}. {error.next_step or ''}".strip()
        except OSError as error:
            self.trouble[key] = f"The files could not be saved: {error.strerror or error}."
        finally:
            self.progress.pop(key, None)

    def is_watched(self, key: str) -> bool:
        """Whether a job is being submitted or watched at the moment."""
        return key in self._tasks

    async def cancel(self, key: str) -> bool:
        """Cancel a job that is still queued; return whether it is cancelled.

        Raises:
            RunComfyError: the API did not tell.
        """
        quote = self.book.get(key)
        if quote is None or quote.row.request_id is None:
            return False
        cancelled = await self.client.job(quote.row.request_id).cancel()
        if cancelled:
            self.book.note(key, Stage.CANCELLED, detail="cancelled before it ran")
        return cancelled

    async def fetch(self, url: str, *, largest: int) -> bytes | str:
        """Fetch a public file, as the API would; return its content, or say why it cannot be had. `largest` is in bytes."""
        settings = self.client._session.settings
        timeout, loopback = settings.options.http_timeout, settings.origin.loopback
        flow = fetch_media(url, largest=largest, timeout=_FETCH_TIMEOUT, http_timeout=timeout, loopback=loopback)
        return await self.client._session.run(flow, files=True)

    def settle(self, key: str, *, request_id: str | None = None, requeue: bool = False, give_up: bool = False) -> None:
        """Write down what a person has found out of a job whose end is not known.

        Raises:
            BatchError: there is no such job, or its end is known or still to come.
            InvalidInput: that cannot be a request id.
        """
        if self.book.get(key) is None:
            raise BatchError("There is no such job")
        settle(self.book.ledger, key, request_id=request_id, requeue=requeue, give_up=give_up, listed_by="the page Runs")
        if request_id is not None:
            self.watch(key)

    async def close(self) -> None:
        """Finish the submits under way, stop watching, and close the ledger. Jobs go on."""
        try:
            await self._submitter.close()
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self.book.close()

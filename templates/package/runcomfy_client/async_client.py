"""The async client: the methods of the sync client as coroutines, on asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable
from copy import copy
from functools import partial
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from runcomfy_client._core.credentials import Token
from runcomfy_client._core.flows.idempotent_call import fetch_balance
from runcomfy_client._core.flows.run import run, submit_job
from runcomfy_client._core.flows.upload_inputs import Submittable
from runcomfy_client._core.settings import Settings
from runcomfy_client._engine.async_session import AsyncSession
from runcomfy_client._engine.clock import AsyncClock
from runcomfy_client._http.event_loop import in_thread
from runcomfy_client.errors import Problem
from runcomfy_client.files.prepare import open_uploads, prepare
from runcomfy_client.hooks import Hooks
from runcomfy_client.job import AsyncJob, job_from_id, output_class
from runcomfy_client.policy import Policy
from runcomfy_client.requests import Request
from runcomfy_client.result import AsyncResult
from runcomfy_client.schema.outputs import MediaOutput, Output
from runcomfy_client.status import Balance, Status

if TYPE_CHECKING:
    import httpx

    from runcomfy_client.files.host import MediaHost
    from runcomfy_client.prices import Estimate
    from runcomfy_client.runs import AsyncRuns, StatusCallback

OutputT = TypeVar("OutputT", bound=Output)


class AsyncRunComfy:
    """A client of the RunComfy Model API for asyncio, with the methods of `RunComfy`. Use it on one event loop at a time.

    Args:
        token: the API token. By default, the first of the environment variables `RUNCOMFY_API_TOKEN`, `RUNCOMFY_TOKEN`,
            `RUNCOMFY_API_KEY` and `YOUR_API_TOKEN` that is set, then the login of the vendor's CLI.
        base_url: the URL of the API; by default `RUNCOMFY_BASE_URL` from the environment, then the public API. It must be https;
            http is accepted for the loopback interface.
        http_timeout: seconds for one step of an HTTP call (connecting, or waiting for the next bytes); not for a whole job.
        http_client: your own `httpx.AsyncClient`, for proxies or TLS settings. This client does not use its headers, cookies and
            auth, and does not close it. Its transport must not retry requests.
        policy: the settings of retries and polling.
        include_cost: request the cost with each result.
        cancel_queued: whether `run` and `submit`, when interrupted, cancel their job if it is still queued.
        hooks: functions that are called before and after every HTTP call, for tracing.
        media: the bucket to which local files are uploaded: its URL, such as `s3://bucket/prefix`, or a `BucketHost` or another
            `MediaHost` of `runcomfy_client.files`. By default, `RUNCOMFY_MEDIA` from the environment; without it, local files are
            rejected.
        clock: the source of time and random numbers, for tests.

    Raises:
        ConfigurationError: an option is invalid, or no usable token was found (`MissingToken`, `MalformedToken`).
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        base_url: str | None = None,
        http_timeout: float = 60.0,
        http_client: httpx.AsyncClient | None = None,
        policy: Policy | None = None,
        include_cost: bool = False,
        cancel_queued: bool = True,
        hooks: Hooks | None = None,
        media: str | MediaHost | None = None,
        clock: AsyncClock | None = None,
    ) -> None:
        secret = None if token is None else Token(token)
        del token  # tracebacks that show local variables must not show the token
        settings = Settings.of(
            token=secret,
            base_url=base_url,
            http_timeout=http_timeout,
            policy=policy,
            include_cost=include_cost,
            cancel_queued=cancel_queued,
            hooks=hooks,
            has_http_client=http_client is not None,
        )
        self._session = AsyncSession(settings, http_client=http_client, clock=clock)
        self._uploads = open_uploads(media, settings.origin)

    async def run(
        self, request: Request[OutputT], *, timeout: float | None = None, on_status: Callable[[Status], object] | None = None
    ) -> AsyncResult[OutputT]:
        """Submit a request, wait for its job, and return the result.

        When the timeout expires, or the task is cancelled, a job that is still queued is cancelled. The exception carries the job's
        id in any case (see `orphaned_job`). A cancellation takes effect within `submit_grace_period` plus `cancel_timeout` seconds
        of the policy.

        Args:
            request: what to run.
            timeout: seconds for the whole call; None waits as long as the job takes.
            on_status: a function or coroutine function, called with each `Status` that is received. An exception that it raises
                interrupts the call.

        Raises:
            InvalidInput: the inputs became invalid after the request was built; nothing was sent.
            ConfigurationError: `timeout` is not a positive number; nothing was sent.
            APIError, ConnectionFailed, UploadFailed: no job was started.
            SubmitUnknown: a job may have been started; it is not submitted again.
            JobFailed, JobCancelled: the job did not succeed.
            WaitTimeout: the timeout expired first.
        """
        job, body = await self._session.run(
            run(self._prepare(request), self._session.settings.options, timeout=timeout), on_status=on_status, log_cancelled=True
        )
        return AsyncResult(job, body, output_class(request), session=self._session)

    def run_all(
        self,
        requests: Iterable[Request[OutputT]] | AsyncIterable[Request[OutputT]],
        *,
        max_in_flight: int = 100,
        max_concurrent_submits: int = 4,
        timeout: float | None = None,
        on_status: StatusCallback[OutputT] | None = None,
    ) -> AsyncRuns[OutputT]:
        """Run many requests concurrently; return an async iterator over (request, result or error), as they finish.

        The iterable is read as capacity becomes available, and nothing is submitted before the first `anext`. A plain iterable must
        not block, since it would block the event loop: use an async iterable for requests that take time to produce. If the
        iterator is closed early, it submits no more jobs, and reports every job whose outcome it did not return (see `AsyncRuns`).

        Args:
            requests: what to run; any iterable or async iterable of requests.
            max_in_flight: the maximum number of jobs in progress, including those whose outcome has not been returned yet.
            max_concurrent_submits: the maximum number of submits in progress. When the process is killed, at most this many submits
                have an unknown outcome.
            timeout: seconds for each job, counted from the start of its submit; None for no limit.
            on_status: a function or coroutine function, called on the event loop with a request and each `Status` of its job. An
                exception that it raises ends the whole run.

        Raises:
            ConfigurationError: a number is out of range, or `timeout` is not a positive number.
            TypeError: `requests` is a single request.
        """
        from runcomfy_client._engine.bulk import BulkTasks  # like those below, not needed for a single job
        from runcomfy_client.runs import AsyncRuns, bulk_options

        options = bulk_options(
            requests,
            self._session.settings.options,
            self._prepare,
            max_in_flight=max_in_flight,
            max_concurrent_submits=max_concurrent_submits,
            timeout=timeout,
            on_status=on_status,
        )
        return AsyncRuns(BulkTasks(requests, options, self._session), self._session)

    async def submit(self, request: Request[OutputT]) -> AsyncJob[OutputT]:
        """Submit a request, and return its job without waiting for it.

        Args:
            request: what to submit.

        Raises:
            InvalidInput: the inputs became invalid after the request was built; nothing was sent.
            APIError, ConnectionFailed, UploadFailed: no job was started.
            SubmitUnknown: a job may have been started; it is not submitted again.
        """
        return await self._submit(self._prepare(request), output_class(request))

    async def _submit(self, request: Submittable, output_class: type[OutputT]) -> AsyncJob[OutputT]:
        job = await self._session.run(submit_job(request, self._session.settings.options), log_cancelled=True)
        return AsyncJob(job, output_class, session=self._session)

    @overload
    def job(self, request_id: str, request_class: type[Request[OutputT]]) -> AsyncJob[OutputT]: ...

    @overload
    def job(self, request_id: str) -> AsyncJob[MediaOutput]: ...

    def job(self, request_id: str, request_class: type[Request[Any]] | None = None) -> AsyncJob[Any]:
        """Return a job that was submitted earlier, by this process or another. Makes no call.

        Args:
            request_id: the job's id, as `submit` returned it.
            request_class: the class of the request; it determines the type of the output only.

        Raises:
            InvalidInput: `request_id` is not a valid request id.
            TypeError: `request_class` is not a request class.
        """
        return AsyncJob(job_from_id(request_id, request_class), output_class(request_class), session=self._session)

    def _prepare(self, request: Request[Any]) -> Submittable:
        return prepare(request, self._uploads)

    async def preflight(self, request: Request[Any], *, timeout: float | None = 60.0) -> list[Problem]:
        """Fetch the beginning of each file that a request refers to, before the paid call; return the problems by field.

        Each media URL must be public and https, readable without credentials, of the medium that its field requires, and within the
        documented limits of size and shape, as far as the first bytes show. The token is not sent. An empty list is no guarantee:
        the API fetches the files itself, later and from another place. Untyped inputs (those of a `RawRequest`, and extra ones) are
        not checked.

        Args:
            request: the request whose files to check.
            timeout: seconds for all files together; None for no limit.

        Raises:
            ConfigurationError: `timeout` is not a number.
        """
        from runcomfy_client._core.flows.preflight import check_media
        from runcomfy_client.files.prepare import local_problems, remote_inputs

        settings = self._session.settings
        local = await in_thread(partial(local_problems, request, self._uploads))
        flow = check_media(
            remote_inputs(request), timeout=timeout, http_timeout=settings.options.http_timeout, loopback=settings.origin.loopback
        )
        return [*local, *(await self._session.run(flow, files=True))]

    def estimate(self, request: Request[Any], *, ledger: str | PathLike[str] | None = None) -> Estimate:
        """Return the estimated cost of a request in USD, from the published price and the inputs. Makes no call.

        Args:
            request: the request to estimate.
            ledger: the folder of a batch; the estimate then includes what similar jobs of that batch cost.

        Raises:
            InvalidInput: the inputs became invalid after the request was built.
            BatchError: the folder contains no batch.
            LedgerError: the ledger of the batch cannot be read.
        """
        return request.estimate(ledger=ledger)

    async def balance(self) -> Balance:
        """Return the balance of the account.

        The public API serves the balance on another host (api.runcomfy.net), to which the token is sent, too. With a custom
        `base_url`, the call goes to its origin instead.

        Raises:
            APIError, ConnectionFailed: the balance is not available.
        """
        return await self._session.run(fetch_balance(self._session.settings.options))

    @property
    def base_url(self) -> str:
        """The origin of the API that this client calls."""
        return self._session.settings.origin.url

    def with_options(
        self,
        *,
        http_timeout: float | None = None,
        policy: Policy | None = None,
        include_cost: bool | None = None,
        cancel_queued: bool | None = None,
        hooks: Hooks | None = None,
    ) -> Self:
        """Return a copy of the client with some options changed. It shares the connections and the retry and poll budgets.

        A new policy creates new budgets. Closing either client closes the connections of both.

        Args:
            http_timeout: seconds for one step of an HTTP call.
            policy: the settings of retries and polling.
            include_cost: request the cost with each result.
            cancel_queued: whether interrupted calls cancel their queued job.
            hooks: functions that are called before and after every HTTP call.

        Raises:
            ConfigurationError: an option is invalid.
        """
        settings = self._session.settings.with_changes(
            http_timeout=http_timeout, policy=policy, include_cost=include_cost, cancel_queued=cancel_queued, hooks=hooks
        )
        twin = copy(self)
        twin._session = self._session.with_settings(settings)
        return twin

    async def aclose(self) -> None:
        """Close the connections. Running jobs continue on the server."""
        await self._session.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        session = self.__dict__.get("_session")  # a traceback may show a client whose constructor failed
        return f"{type(self).__name__}(base_url={session.settings.origin.url!r})" if session else f"{type(self).__name__}()"

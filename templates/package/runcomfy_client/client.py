"""The sync client: submits each request once, waits for its job, and never loses the job's id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from runcomfy_client._core.credentials import Token
from runcomfy_client._core.flows.idempotent_call import fetch_balance
from runcomfy_client._core.flows.interrupts import SubmitRecorder
from runcomfy_client._core.flows.run import run, submit_job
from runcomfy_client._core.flows.upload_inputs import Submittable
from runcomfy_client._core.settings import Settings
from runcomfy_client._engine.clock import Clock
from runcomfy_client._engine.session import Session, check_plain
from runcomfy_client.errors import Problem
from runcomfy_client.files.prepare import open_uploads, prepare
from runcomfy_client.hooks import Hooks
from runcomfy_client.job import Job, job_from_id, output_class
from runcomfy_client.policy import Policy
from runcomfy_client.requests import Request
from runcomfy_client.result import Result
from runcomfy_client.schema.outputs import MediaOutput, Output
from runcomfy_client.status import Balance, Status

if TYPE_CHECKING:
    import httpx

    from runcomfy_client.files.host import MediaHost
    from runcomfy_client.prices import Estimate
    from runcomfy_client.runs import Runs, StatusCallback

OutputT = TypeVar("OutputT", bound=Output)


class RunComfy:
    """A client of the RunComfy Model API. It is thread-safe, and can be used as a context manager.

    Args:
        token: the API token. By default, the first of the environment variables `RUNCOMFY_API_TOKEN`, `RUNCOMFY_TOKEN`,
            `RUNCOMFY_API_KEY` and `YOUR_API_TOKEN` that is set, then the login of the vendor's CLI.
        base_url: the URL of the API; by default `RUNCOMFY_BASE_URL` from the environment, then the public API. It must be https;
            http is accepted for the loopback interface.
        http_timeout: seconds for one step of an HTTP call (connecting, or waiting for the next bytes); not for a whole job.
        http_client: your own `httpx.Client`, for proxies or TLS settings. This client does not use its headers, cookies and auth,
            and does not close it. Its transport must not retry requests.
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
        http_client: httpx.Client | None = None,
        policy: Policy | None = None,
        include_cost: bool = False,
        cancel_queued: bool = True,
        hooks: Hooks | None = None,
        media: str | MediaHost | None = None,
        clock: Clock | None = None,
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
        self._session = Session(settings, http_client=http_client, clock=clock)
        self._uploads = open_uploads(media, settings.origin)

    def run(
        self, request: Request[OutputT], *, timeout: float | None = None, on_status: Callable[[Status], object] | None = None
    ) -> Result[OutputT]:
        """Submit a request, wait for its job, and return the result.

        When the timeout expires, or an exception such as Ctrl-C interrupts the call, a job that is still queued is cancelled. The
        exception carries the job's id in any case (see `orphaned_job`).

        Args:
            request: what to run.
            timeout: seconds for the whole call; None waits as long as the job takes.
            on_status: called with each `Status` that is received. An exception that it raises interrupts the call.

        Raises:
            InvalidInput: the inputs became invalid after the request was built; nothing was sent.
            ConfigurationError: `timeout` is not a positive number; nothing was sent.
            APIError, ConnectionFailed, UploadFailed: no job was started.
            SubmitUnknown: a job may have been started; it is not submitted again.
            JobFailed, JobCancelled: the job did not succeed.
            WaitTimeout: the timeout expired first.
        """
        prepared = self._prepare(request)
        with SubmitRecorder(prepared.model_id) as recorder:
            flow = run(prepared, self._session.settings.options, timeout=timeout)
            job, body = self._session.run(flow, on_status=on_status, on_submit=recorder.record)
            return Result(job, body, output_class(request), session=self._session)

    def run_all(
        self,
        requests: Iterable[Request[OutputT]],
        *,
        max_in_flight: int = 100,
        max_concurrent_submits: int = 4,
        timeout: float | None = None,
        on_status: StatusCallback[OutputT] | None = None,
    ) -> Runs[OutputT]:
        """Run many requests concurrently; return an iterator over (request, result or error), as they finish.

        A thread of this package reads the iterable as capacity becomes available, and submits nothing before the first `next`. An
        iterable that blocks delays no running job. Items that it yields after the iterator was closed are dropped. If the iterator
        is closed early, it submits no more jobs, and reports every job whose outcome it did not return (see `Runs`).

        Args:
            requests: what to run; any iterable of requests.
            max_in_flight: the maximum number of jobs in progress, including those whose outcome has not been returned yet.
            max_concurrent_submits: the maximum number of submits in progress. When the process is killed, at most this many submits
                have an unknown outcome.
            timeout: seconds for each job, counted from the start of its submit; None for no limit.
            on_status: called with a request and each `Status` of its job, from a thread of this package, one call at a time. An
                exception that it raises ends the whole run.

        Raises:
            ConfigurationError: a number is out of range, or `timeout` is not a positive number.
            TypeError: `requests` is a single request, or `on_status` is a coroutine function.
        """
        from runcomfy_client._engine.bulk_sync import BulkThreads  # like those below, not needed for a single job
        from runcomfy_client.runs import Runs, bulk_options

        check_plain(on_status)
        options = bulk_options(
            requests,
            self._session.settings.options,
            self._prepare,
            max_in_flight=max_in_flight,
            max_concurrent_submits=max_concurrent_submits,
            timeout=timeout,
            on_status=on_status,
        )
        return Runs(BulkThreads(requests, options, self._session), self._session)

    def submit(self, request: Request[OutputT]) -> Job[OutputT]:
        """Submit a request, and return its job without waiting for it.

        Args:
            request: what to submit.

        Raises:
            InvalidInput: the inputs became invalid after the request was built; nothing was sent.
            APIError, ConnectionFailed, UploadFailed: no job was started.
            SubmitUnknown: a job may have been started; it is not submitted again.
        """
        prepared = self._prepare(request)
        with SubmitRecorder(prepared.model_id) as recorder:
            job = self._session.run(submit_job(prepared, self._session.settings.options), on_submit=recorder.record)
            return Job(job, output_class(request), session=self._session)

    @overload
    def job(self, request_id: str, request_class: type[Request[OutputT]]) -> Job[OutputT]: ...

    @overload
    def job(self, request_id: str) -> Job[MediaOutput]: ...

    def job(self, request_id: str, request_class: type[Request[Any]] | None = None) -> Job[Any]:
        """Return a job that was submitted earlier, by this process or another. Makes no call.

        Args:
            request_id: the job's id, as `submit` returned it.
            request_class: the class of the request; it determines the type of the output only.

        Raises:
            InvalidInput: `request_id` is not a valid request id.
            TypeError: `request_class` is not a request class.
        """
        return Job(job_from_id(request_id, request_class), output_class(request_class), session=self._session)

    def _prepare(self, request: Request[Any]) -> Submittable:
        return prepare(request, self._uploads)

    def preflight(self, request: Request[Any], *, timeout: float | None = 60.0) -> list[Problem]:
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
        local = local_problems(request, self._uploads)
        flow = check_media(
            remote_inputs(request), timeout=timeout, http_timeout=settings.options.http_timeout, loopback=settings.origin.loopback
        )
        return [*local, *(self._session.run(flow, files=True))]

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

    def balance(self) -> Balance:
        """Return the balance of the account.

        The public API serves the balance on another host (api.runcomfy.net), to which the token is sent, too. With a custom
        `base_url`, the call goes to its origin instead.

        Raises:
            APIError, ConnectionFailed: the balance is not available.
        """
        return self._session.run(fetch_balance(self._session.settings.options))

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

    def close(self) -> None:
        """Close the connections. Running jobs continue on the server."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        session = self.__dict__.get("_session")  # a traceback may show a client whose constructor failed
        return f"{type(self).__name__}(base_url={session.settings.origin.url!r})" if session else f"{type(self).__name__}()"

"""The sync client: submit a request once, wait for its job, never lose its id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from runcomfy_client._core.credentials import Token
from runcomfy_client._core.flows.interrupts import SubmitRecorder
from runcomfy_client._core.flows.preflight import check_media
from runcomfy_client._core.flows.retry import ask_balance
from runcomfy_client._core.flows.run import run, submit_job
from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client._core.settings import Settings
from runcomfy_client._engine.bulk import FlowScheduler
from runcomfy_client._engine.clock import Clock
from runcomfy_client._engine.session import Session, check_plain
from runcomfy_client.errors import Problem
from runcomfy_client.hooks import Hooks
from runcomfy_client.job import Job, job_from_id, output_class
from runcomfy_client.policy import Policy
from runcomfy_client.requests import Request
from runcomfy_client.result import Result
from runcomfy_client.runs import Runs, StatusCallback, build_scheduler
from runcomfy_client.schema.media_fields import media_in
from runcomfy_client.schema.outputs import MediaOutput, Output
from runcomfy_client.status import Balance, Status

if TYPE_CHECKING:
    import httpx

OutputT = TypeVar("OutputT", bound=Output)


class RunComfy:
    """A client of the RunComfy Model API. It may be used from many threads, and as a context manager.

    Args:
        token: the API token. Else it is taken from `RUNCOMFY_API_TOKEN`, `RUNCOMFY_TOKEN`, `RUNCOMFY_API_KEY` or `YOUR_API_TOKEN`
            in the environment, else from the login of the vendor's CLI.
        base_url: where the API is; else `RUNCOMFY_BASE_URL` in the environment, else the public one. https, or http on this
            machine.
        http_timeout: seconds for one HTTP exchange; not for a whole job.
        http_client: an `httpx.Client` of your own, for proxies or TLS settings. Its headers, cookies and auth are not used, it is
            not closed, and its transport must not repeat requests by itself.
        policy: the numbers of retrying and polling.
        include_cost: ask for the cost with each result.
        cancel_queued: whether `run` and `submit`, when left early, cancel their job if it is still queued.
        hooks: what is called before and after every HTTP call, for tracing.
        clock: time and chance, for tests.

    Raises:
        ConfigurationError: an option cannot be, or there is no usable token.
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
        clock: Clock | None = None,
    ) -> None:
        secret = None if token is None else Token(token)
        del token  # a traceback that shows variables is not to show this one
        settings = Settings.of(
            token=secret,
            base_url=base_url,
            http_timeout=http_timeout,
            policy=policy,
            include_cost=include_cost,
            cancel_queued=cancel_queued,
            hooks=hooks,
            brings_client=http_client is not None,
        )
        self._session = Session(settings, http_client=http_client, clock=clock)

    def run(
        self, request: Request[OutputT], *, timeout: float | None = None, on_status: Callable[[Status], object] | None = None
    ) -> Result[OutputT]:
        """Submit a request, wait for its job, and return the result. `on_status` is called with each status that is seen.

        `timeout` is in seconds for all of it; without one, the job is waited for as long as it takes. When it passes, or an
        exception such as Ctrl-C comes in, a job that is still queued is cancelled; the exception names the job in any case.

        Raises:
            APIError, ConnectionFailed: no job was started.
            SubmitUnknown: a job may have been started; it is not submitted again.
            JobFailed, JobCancelled: the job did not succeed.
            WaitTimeout: the timeout expired first.
        """
        prepared = PreparedRequest.of(request)
        with SubmitRecorder(prepared.model_id) as recorder:
            flow = run(prepared, self._session.settings.options, timeout=timeout)
            job, body = self._session.perform(flow, show=on_status, paid=recorder.record)
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
        """Run many requests at once; return an iterator over (request, result or error), as they finish.

        Requests are taken from the iterable as there is room for them, by a thread of this package, and nothing is submitted before
        the first `next`. An iterable may take its time: meanwhile the others go on. What it gives after the iterator was left is
        dropped. Left early, it submits nothing more, and names every job whose outcome it did not hand out (see `Runs`).

        Args:
            requests: what to run; any iterable.
            max_in_flight: jobs under way at most, those included whose outcome has not been taken yet.
            max_concurrent_submits: paid calls at most that are under way at one time: a killed process leaves no more of them in
                doubt.
            timeout: seconds for each job, from its submit on.
            on_status: called with a request and each status of its job, from a thread of this package, one call at a time. An
                exception out of it ends the whole.

        Raises:
            ConfigurationError: a number cannot be.
        """
        check_plain(on_status)
        crowd: FlowScheduler[Request[OutputT]] = build_scheduler(
            requests,
            self._session.settings.options,
            self._session.clock,
            max_in_flight=max_in_flight,
            max_concurrent_submits=max_concurrent_submits,
            timeout=timeout,
            on_status=on_status,
        )
        return Runs(crowd, requests, self._session)

    def submit(self, request: Request[OutputT]) -> Job[OutputT]:
        """Submit a request, and return its job.

        Raises:
            APIError, ConnectionFailed: no job was started.
            SubmitUnknown: a job may have been started; it is not submitted again.
        """
        prepared = PreparedRequest.of(request)
        with SubmitRecorder(prepared.model_id) as recorder:
            job = self._session.perform(submit_job(prepared, self._session.settings.options), paid=recorder.record)
            return Job(job, output_class(request), session=self._session)

    @overload
    def job(self, request_id: str, request_class: type[Request[OutputT]]) -> Job[OutputT]: ...

    @overload
    def job(self, request_id: str) -> Job[MediaOutput]: ...

    def job(self, request_id: str, request_class: type[Request[Any]] | None = None) -> Job[Any]:
        """Return a job that was submitted before, here or elsewhere. Nothing is called yet.

        The request class only types the output.

        Raises:
            InvalidInput: that cannot be a request id.
        """
        return Job(job_from_id(request_id, request_class), output_class(request_class), session=self._session)

    def preflight(self, request: Request[Any], *, timeout: float | None = 60.0) -> list[Problem]:
        """Look at the files that a request points to, before it is paid for; return what is wrong, field by field.

        Each media URL must be public and https, be readable without credentials, be of its field's medium, and keep the documented
        bounds of size and shape, as far as the first bytes tell. The token is not sent. `timeout` is in seconds, for all files.
        An empty list is no promise: the API looks for itself, later and from elsewhere. Inputs that are not typed, those of a
        `RawRequest` and extra ones, are not looked at.
        """
        settings = self._session.settings
        flow = check_media(
            media_in(request), timeout=timeout, http_timeout=settings.options.http_timeout, loopback=settings.origin.loopback
        )
        return self._session.perform(flow, files=True)

    def balance(self) -> Balance:
        """Ask what is left on the account; as the public API's balance is on another host, the token goes there too.

        With a `base_url` of your own, its origin is asked instead.

        Raises:
            APIError, ConnectionFailed: there was no balance to be had.
        """
        return self._session.perform(ask_balance(self._session.settings.options))

    def with_options(
        self,
        *,
        http_timeout: float | None = None,
        policy: Policy | None = None,
        include_cost: bool | None = None,
        cancel_queued: bool | None = None,
        hooks: Hooks | None = None,
    ) -> Self:
        """Return a client with some options changed, over the same connections and the same budgets of retries and polls.

        A new policy brings budgets of its own. Closing either client closes the connections of both.

        Raises:
            ConfigurationError: an option cannot be.
        """
        settings = self._session.settings.changed(
            http_timeout=http_timeout, policy=policy, include_cost=include_cost, cancel_queued=cancel_queued, hooks=hooks
        )
        twin = copy(self)
        twin._session = self._session.with_settings(settings)
        return twin

    def close(self) -> None:
        """Close the connections. Jobs go on; only this client forgets them."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        session = self.__dict__.get("_session")  # a traceback may show a client that is still being made
        return f"{type(self).__name__}(base_url={session.settings.origin.url!r})" if session else f"{type(self).__name__}()"

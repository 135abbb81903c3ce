"""The sync client: submit a request once, wait for its job, never lose its id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from runcomfy_client.protocol.answers import Balance, Status
from runcomfy_client.drivers.clock import Clock
from runcomfy_client.typed.endpoint import Request
from runcomfy_client.hooks import Hooks
from runcomfy_client.errors import Problem
from runcomfy_client.job import Job, known_job, output_class_of
from runcomfy_client.drivers.line import Line, check_plain
from runcomfy_client.protocol.order import Order
from runcomfy_client.typed.media_fields import media_in
from runcomfy_client.typed.outputs import MediaOutput, Output
from runcomfy_client.policy import Policy
from runcomfy_client.result import Result
from runcomfy_client.flows.keeping import Net
from runcomfy_client.flows.ask import ask_balance
from runcomfy_client.flows.preflight import check_media
from runcomfy_client.flows.run import run, start
from runcomfy_client.drivers.crowd import Crowd
from runcomfy_client.runs import Runs, ShowStatus, crowd_of
from runcomfy_client.settings import Settings
from runcomfy_client.credentials import Token

if TYPE_CHECKING:
    import httpx

OutputT = TypeVar("OutputT", bound=Output)


class RunComfy:
    """A client of the RunComfy Model API. It may be used from many threads, and as a context manager.

    Args:
        token: the API token. Else it is taken from `RUNCOMFY_API_TOKEN`, `RUNCOMFY_TOKEN`, `RUNCOMFY_API_KEY` or `YOUR_API_TOKEN` in the
            environment, else from the login of the vendor's CLI.
        base_url: where the API is; else `RUNCOMFY_BASE_URL` in the environment, else the public one. https, or http on this machine.
        timeout: seconds for one HTTP exchange; not for a whole job.
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
        timeout: float = 60.0,
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
            timeout=timeout,
            policy=policy,
            include_cost=include_cost,
            cancel_queued=cancel_queued,
            hooks=hooks,
            brings_client=http_client is not None,
        )
        self._line = Line(settings, http_client=http_client, clock=clock)

    def run(
        self, request: Request[OutputT], *, deadline: float | None = None, on_update: Callable[[Status], object] | None = None
    ) -> Result[OutputT]:
        """Submit a request, wait for its job, and return the result. `on_update` is called with each status that is seen.

        `deadline` is in seconds for all of it; without one, the job is waited for as long as it takes. When it passes, or an
        exception such as Ctrl-C comes in, a job that is still queued is cancelled; the exception names the job in any case.

        Raises:
            APIError, ConnectionFailed: no job was started.
            SubmitUnknown: a job may have been started; it is not submitted again.
            JobFailed, JobCancelled: the job did not succeed.
            WaitTimeout: the deadline passed first.
        """
        order = Order.of(request)
        with Net(order.model_id) as net:
            flow = run(order, self._line.settings.terms, deadline=deadline)
            job, body = self._line.perform(flow, show=on_update, paid=net.catch)
            return Result(job, body, output_class_of(request), line=self._line)

    def run_all(
        self,
        requests: Iterable[Request[OutputT]],
        *,
        concurrency: int = 100,
        submits: int = 4,
        deadline: float | None = None,
        on_update: ShowStatus[OutputT] | None = None,
    ) -> Runs[OutputT]:
        """Run many requests at once; return an iterator over (request, result or error), as they finish.

        Requests are taken from the iterable as there is room for them, by a thread of this package, and nothing is submitted before
        the first `next`. An iterable may take its time: meanwhile the others go on. What it gives after the iterator was left is dropped.
        Left early, it submits nothing more, and names every job whose outcome it did not hand out (see `Runs`).

        Args:
            requests: what to run; any iterable.
            concurrency: jobs under way at most, those included whose outcome has not been taken yet.
            submits: paid calls at most that are under way at one time: a killed process leaves no more of them in doubt.
            deadline: seconds for each job, from its submit on.
            on_update: called with a request and each status of its job, from a thread of this package, one call at a time. An
                exception out of it ends the whole.

        Raises:
            ConfigurationError: a number cannot be.
        """
        check_plain(on_update)
        crowd: Crowd[Request[OutputT]] = crowd_of(
            requests,
            self._line.settings.terms,
            self._line.clock,
            concurrency=concurrency,
            submits=submits,
            deadline=deadline,
            on_update=on_update,
        )
        return Runs(crowd, requests, self._line)

    def submit(self, request: Request[OutputT]) -> Job[OutputT]:
        """Submit a request, and return its job.

        Raises:
            APIError, ConnectionFailed: no job was started.
            SubmitUnknown: a job may have been started; it is not submitted again.
        """
        order = Order.of(request)
        with Net(order.model_id) as net:
            job = self._line.perform(start(order, self._line.settings.terms), paid=net.catch)
            return Job(job, output_class_of(request), line=self._line)

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
        return Job(known_job(request_id, request_class), output_class_of(request_class), line=self._line)

    def preflight(self, request: Request[Any], *, deadline: float | None = 60.0) -> list[Problem]:
        """Look at the files that a request points to, before it is paid for; return what is wrong, field by field.

        Each media URL must be public and https, be readable without credentials, be of its field's medium, and keep the documented
        bounds of size and shape, as far as the first bytes tell. The token is not sent. `deadline` is in seconds, for all files.
        An empty list is no promise: the API looks for itself, later and from elsewhere. Inputs that are not typed, those of a
        `RawRequest` and extra ones, are not looked at.
        """
        settings = self._line.settings
        flow = check_media(media_in(request), deadline=deadline, timeout=settings.terms.timeout, loopback=settings.origin.loopback)
        return self._line.perform(flow, files=True)

    def balance(self) -> Balance:
        """Ask what is left on the account; as the public API's balance is on another host, the token goes there too.

        With a `base_url` of your own, its origin is asked instead.

        Raises:
            APIError, ConnectionFailed: there was no balance to be had.
        """
        return self._line.perform(ask_balance(self._line.settings.terms))

    def with_options(
        self,
        *,
        timeout: float | None = None,
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
        settings = self._line.settings.changed(
            timeout=timeout, policy=policy, include_cost=include_cost, cancel_queued=cancel_queued, hooks=hooks
        )
        twin = copy(self)
        twin._line = self._line.adapted(settings)
        return twin

    def close(self) -> None:
        """Close the connections. Jobs go on; only this client forgets them."""
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        line = self.__dict__.get("_line")  # a traceback may show a client that is still being made
        return f"{type(self).__name__}(base_url={line.settings.origin.url!r})" if line else f"{type(self).__name__}()"

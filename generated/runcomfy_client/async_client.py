"""The async client: submit a request once, wait for its job, never lose its id."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable
from copy import copy
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from runcomfy_client._core.credentials import Token
from runcomfy_client._core.flows.preflight import check_media
from runcomfy_client._core.flows.retry import ask_balance
from runcomfy_client._core.flows.run import run, submit_job
from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client._core.settings import Settings
from runcomfy_client._engine.bulk import FlowScheduler
from runcomfy_client._engine.clock import AsyncClock
from runcomfy_client._engine.session import AsyncSession
from runcomfy_client.errors import Problem
from runcomfy_client.hooks import Hooks
from runcomfy_client.job import AsyncJob, job_from_id, output_class
from runcomfy_client.policy import Policy
from runcomfy_client.requests import Request
from runcomfy_client.result import AsyncResult
from runcomfy_client.runs import AsyncRuns, StatusCallback, build_scheduler
from runcomfy_client.schema.media_fields import media_in
from runcomfy_client.schema.outputs import MediaOutput, Output
from runcomfy_client.status import Balance, Status

if TYPE_CHECKING:
    import httpx

OutputT = TypeVar("OutputT", bound=Output)


class AsyncRunComfy:
    """A client of the RunComfy Model API for asyncio: the verbs of `RunComfy`, awaited. To be used on one event loop.

    The arguments are those of `RunComfy`; `http_client` is an `httpx.AsyncClient`.

    Raises:
        ConfigurationError: an option cannot be, or there is no usable token.
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
        clock: AsyncClock | None = None,
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
        self._session = AsyncSession(settings, http_client=http_client, clock=clock)

    async def run(
        self, request: Request[OutputT], *, timeout: float | None = None, on_status: Callable[[Status], object] | None = None
    ) -> AsyncResult[OutputT]:
        """Submit a request, wait for its job, and return the result; as `RunComfy.run`. `on_status` may be a coroutine function.

        Cancelling the task counts as Ctrl-C does there. It takes effect within `hold` and `cancel_timeout` seconds of the policy.
        """
        job, body = await self._session.perform(
            run(PreparedRequest.of(request), self._session.settings.options, timeout=timeout), show=on_status, owner=True
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
        """Run many requests at once; return an async iterator over (request, result or error), as they finish; as
        `RunComfy.run_all`.

        Requests that take their time come from an async iterable; a plain one must not wait for anything, or the event loop does.
        All of it takes one task and a few more for the calls under way. `on_status` is called on the event loop, and may be a
        coroutine function.
        """
        crowd: FlowScheduler[Request[OutputT]] = build_scheduler(
            requests,
            self._session.settings.options,
            self._session.clock,
            max_in_flight=max_in_flight,
            max_concurrent_submits=max_concurrent_submits,
            timeout=timeout,
            on_status=on_status,
        )
        return AsyncRuns(crowd, requests, self._session)

    async def submit(self, request: Request[OutputT]) -> AsyncJob[OutputT]:
        """Submit a request, and return its job; as `RunComfy.submit`."""
        job = await self._session.perform(submit_job(PreparedRequest.of(request), self._session.settings.options), owner=True)
        return AsyncJob(job, output_class(request), session=self._session)

    @overload
    def job(self, request_id: str, request_class: type[Request[OutputT]]) -> AsyncJob[OutputT]: ...

    @overload
    def job(self, request_id: str) -> AsyncJob[MediaOutput]: ...

    def job(self, request_id: str, request_class: type[Request[Any]] | None = None) -> AsyncJob[Any]:
        """Return a job that was submitted before, here or elsewhere; as `RunComfy.job`. Nothing is called yet."""
        return AsyncJob(job_from_id(request_id, request_class), output_class(request_class), session=self._session)

    async def preflight(self, request: Request[Any], *, timeout: float | None = 60.0) -> list[Problem]:
        """Look at the files that a request points to, before it is paid for; as `RunComfy.preflight`."""
        settings = self._session.settings
        flow = check_media(
            media_in(request), timeout=timeout, http_timeout=settings.options.http_timeout, loopback=settings.origin.loopback
        )
        return await self._session.perform(flow, files=True)

    async def balance(self) -> Balance:
        """Ask what is left on the account; as `RunComfy.balance`."""
        return await self._session.perform(ask_balance(self._session.settings.options))

    def with_options(
        self,
        *,
        http_timeout: float | None = None,
        policy: Policy | None = None,
        include_cost: bool | None = None,
        cancel_queued: bool | None = None,
        hooks: Hooks | None = None,
    ) -> Self:
        """Return a client with some options changed, over the same connections and budgets; as `RunComfy.with_options`."""
        settings = self._session.settings.changed(
            http_timeout=http_timeout, policy=policy, include_cost=include_cost, cancel_queued=cancel_queued, hooks=hooks
        )
        twin = copy(self)
        twin._session = self._session.with_settings(settings)
        return twin

    async def aclose(self) -> None:
        """Close the connections. Jobs go on; only this client forgets them."""
        await self._session.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        session = self.__dict__.get("_session")  # a traceback may show a client that is still being made
        return f"{type(self).__name__}(base_url={session.settings.origin.url!r})" if session else f"{type(self).__name__}()"

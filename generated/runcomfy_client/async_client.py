"""The async client: submit a request once, wait for its job, never lose its id."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable
from copy import copy
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from runcomfy_client.protocol.answers import Balance, Status
from runcomfy_client.drivers.clock import AsyncClock
from runcomfy_client.typed.endpoint import Request
from runcomfy_client.hooks import Hooks
from runcomfy_client.errors import Problem
from runcomfy_client.job import AsyncJob, known_job, output_class_of
from runcomfy_client.drivers.line import AsyncLine
from runcomfy_client.protocol.order import Order
from runcomfy_client.typed.media_fields import media_in
from runcomfy_client.typed.outputs import MediaOutput, Output
from runcomfy_client.policy import Policy
from runcomfy_client.result import AsyncResult
from runcomfy_client.flows.ask import ask_balance
from runcomfy_client.flows.preflight import check_media
from runcomfy_client.flows.run import run, start
from runcomfy_client.drivers.crowd import Crowd
from runcomfy_client.runs import AsyncRuns, ShowStatus, crowd_of
from runcomfy_client.settings import Settings
from runcomfy_client.credentials import Token

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
        timeout: float = 60.0,
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
            timeout=timeout,
            policy=policy,
            include_cost=include_cost,
            cancel_queued=cancel_queued,
            hooks=hooks,
            brings_client=http_client is not None,
        )
        self._line = AsyncLine(settings, http_client=http_client, clock=clock)

    async def run(
        self, request: Request[OutputT], *, deadline: float | None = None, on_update: Callable[[Status], object] | None = None
    ) -> AsyncResult[OutputT]:
        """Submit a request, wait for its job, and return the result; as `RunComfy.run`. `on_update` may be a coroutine function.

        Cancelling the task counts as Ctrl-C does there. It takes effect within `hold` and `parting` seconds of the policy.
        """
        job, body = await self._line.perform(
            run(Order.of(request), self._line.settings.terms, deadline=deadline), show=on_update, owner=True
        )
        return AsyncResult(job, body, output_class_of(request), line=self._line)

    def run_all(
        self,
        requests: Iterable[Request[OutputT]] | AsyncIterable[Request[OutputT]],
        *,
        concurrency: int = 100,
        submits: int = 4,
        deadline: float | None = None,
        on_update: ShowStatus[OutputT] | None = None,
    ) -> AsyncRuns[OutputT]:
        """Run many requests at once; return an async iterator over (request, result or error), as they finish; as `RunComfy.run_all`.

        Requests that take their time come from an async iterable; a plain one must not wait for anything, or the event loop does.
        All of it takes one task and a few more for the calls under way. `on_update` is called on the event loop, and may be a
        coroutine function.
        """
        crowd: Crowd[Request[OutputT]] = crowd_of(
            requests,
            self._line.settings.terms,
            self._line.clock,
            concurrency=concurrency,
            submits=submits,
            deadline=deadline,
            on_update=on_update,
        )
        return AsyncRuns(crowd, requests, self._line)

    async def submit(self, request: Request[OutputT]) -> AsyncJob[OutputT]:
        """Submit a request, and return its job; as `RunComfy.submit`."""
        job = await self._line.perform(start(Order.of(request), self._line.settings.terms), owner=True)
        return AsyncJob(job, output_class_of(request), line=self._line)

    @overload
    def job(self, request_id: str, request_class: type[Request[OutputT]]) -> AsyncJob[OutputT]: ...

    @overload
    def job(self, request_id: str) -> AsyncJob[MediaOutput]: ...

    def job(self, request_id: str, request_class: type[Request[Any]] | None = None) -> AsyncJob[Any]:
        """Return a job that was submitted before, here or elsewhere; as `RunComfy.job`. Nothing is called yet."""
        return AsyncJob(known_job(request_id, request_class), output_class_of(request_class), line=self._line)

    async def preflight(self, request: Request[Any], *, deadline: float | None = 60.0) -> list[Problem]:
        """Look at the files that a request points to, before it is paid for; as `RunComfy.preflight`."""
        settings = self._line.settings
        flow = check_media(media_in(request), deadline=deadline, timeout=settings.terms.timeout, loopback=settings.origin.loopback)
        return await self._line.perform(flow, files=True)

    async def balance(self) -> Balance:
        """Ask what is left on the account; as `RunComfy.balance`."""
        return await self._line.perform(ask_balance(self._line.settings.terms))

    def with_options(
        self,
        *,
        timeout: float | None = None,
        policy: Policy | None = None,
        include_cost: bool | None = None,
        cancel_queued: bool | None = None,
        hooks: Hooks | None = None,
    ) -> Self:
        """Return a client with some options changed, over the same connections and budgets; as `RunComfy.with_options`."""
        settings = self._line.settings.changed(
            timeout=timeout, policy=policy, include_cost=include_cost, cancel_queued=cancel_queued, hooks=hooks
        )
        twin = copy(self)
        twin._line = self._line.adapted(settings)
        return twin

    async def close(self) -> None:
        """Close the connections. Jobs go on; only this client forgets them."""
        await self._line.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        line = self.__dict__.get("_line")  # a traceback may show a client that is still being made
        return f"{type(self).__name__}(base_url={line.settings.origin.url!r})" if line else f"{type(self).__name__}()"

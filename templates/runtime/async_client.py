"""The async client: submit a request once, wait for its job, never lose its id."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from runcomfy_client.protocol.answers import Status
from runcomfy_client.drivers.clock import AsyncClock
from runcomfy_client.typed.endpoint import Request
from runcomfy_client.job import AsyncJob, known_job, output_class_of
from runcomfy_client.drivers.line import AsyncLine
from runcomfy_client.protocol.order import Order
from runcomfy_client.typed.outputs import MediaOutput, Output
from runcomfy_client.policy import Policy
from runcomfy_client.result import AsyncResult
from runcomfy_client.flows.run import run, start
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
        clock: AsyncClock | None = None,
    ) -> None:
        secret = None if token is None else Token(token)
        del token  # a traceback that shows variables is not to show this one
        settings = Settings.of(
            token=secret, base_url=base_url, timeout=timeout, policy=policy, include_cost=include_cost, cancel_queued=cancel_queued
        )
        self._line = AsyncLine(settings, http_client=http_client, clock=clock)

    async def run(
        self, request: Request[OutputT], *, deadline: float | None = None, on_update: Callable[[Status], object] | None = None
    ) -> AsyncResult[OutputT]:
        """Submit a request, wait for its job, and return the result; as `RunComfy.run`. `on_update` may be a coroutine function.

        Cancelling the task counts as Ctrl-C does there. It takes effect within `hold` and `parting` seconds of the policy.
        """
        job, body = await self._line.perform(run(Order.of(request), self._line.settings.terms, deadline=deadline), show=on_update)
        return AsyncResult(job, body, output_class_of(request), line=self._line)

    async def submit(self, request: Request[OutputT]) -> AsyncJob[OutputT]:
        """Submit a request, and return its job; as `RunComfy.submit`."""
        job = await self._line.perform(start(Order.of(request), self._line.settings.terms))
        return AsyncJob(job, output_class_of(request), line=self._line)

    @overload
    def job(self, request_id: str, request_class: type[Request[OutputT]]) -> AsyncJob[OutputT]: ...

    @overload
    def job(self, request_id: str) -> AsyncJob[MediaOutput]: ...

    def job(self, request_id: str, request_class: type[Request[Any]] | None = None) -> AsyncJob[Any]:
        """Return a job that was submitted before, here or elsewhere; as `RunComfy.job`. Nothing is called yet."""
        return AsyncJob(known_job(request_id, request_class), output_class_of(request_class), line=self._line)

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

"""The session of an async client, as `session`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_client._core.flows.effects import CallerError, Effect, Flow, Notify
from runcomfy_client._core.flows.interrupts import log_orphans
from runcomfy_client._core.settings import Settings
from runcomfy_client._engine.aio import AsyncEffectHandler
from runcomfy_client._engine.clock import AsyncClock, AsyncSystemClock
from runcomfy_client._engine.session import SessionBase, StatusCallback
from runcomfy_client._http.http_clients import HttpClients
from runcomfy_client.orphans import orphaned_jobs

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class AsyncSession(SessionBase):
    """The session of an async client."""

    def __init__(self, settings: Settings, *, http_client: httpx.AsyncClient | None, clock: AsyncClock | None) -> None:
        self.settings = settings
        self.clock = clock or AsyncSystemClock()
        self.http_clients = HttpClients(settings, http_client, "AsyncClient")

    def with_clock(self, clock: AsyncClock) -> AsyncSession:
        """Return a session with another clock and the same connections."""
        session = copy(self)
        session.clock = clock
        return session

    async def run(
        self,
        flow: Flow[T],
        *,
        on_status: StatusCallback = None,
        files: bool = False,
        calls: asyncio.Semaphore | None = None,
        log_cancelled: bool = False,
        until_update: bool = False,
    ) -> T:
        """Perform a flow to its end, and return its value, as `Session.run` does.

        Args:
            calls: bounds the calls in progress of several flows, except submits.
            log_cancelled: a cancellation logs the job that it orphans: a task group shows nobody the exceptions of the tasks that
                it cancels.
        """
        handler = self._handler(on_status=on_status, files=files, calls=calls)
        step: Callable[[], Effect] = partial(next, flow)
        try:
            while True:
                try:
                    effect = step()
                except StopIteration as end:
                    value: T = end.value
                    return value
                if until_update and isinstance(effect, Notify):
                    value = effect.update
                    return value
                try:
                    step = partial(flow.send, await handler.perform(effect))
                except BaseException as stop:
                    step = partial(flow.throw, stop)
        except CallerError as outside:
            error = outside.error
        except BaseException as stop:
            error = stop
        finally:
            await handler.close()
        if log_cancelled and isinstance(error, asyncio.CancelledError):
            log_orphans(orphaned_jobs(error))
        raise error

    def _handler(self, **options: Any) -> AsyncEffectHandler:
        return AsyncEffectHandler(self, **options)

    async def iterate(self, flow: Flow[Any]) -> AsyncGenerator[Any, None]:
        """Perform a flow, and yield its updates."""
        try:
            while (update := await self.run(flow, until_update=True)) is not None:
                yield update
        finally:
            flow.close()

    async def aclose(self) -> None:
        """Close the HTTP clients that the session has opened. One that the user has passed stays open."""
        self.http_clients.close()
        while self.http_clients.opened:
            await self.http_clients.opened.popitem()[1].aclose()

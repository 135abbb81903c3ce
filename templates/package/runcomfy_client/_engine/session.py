"""The session of one client: its settings, its clock, its HTTP clients, and the loop that performs flows."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Iterator
from copy import copy
from functools import partial
from inspect import iscoroutinefunction
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from runcomfy_client._core.flows.effects import CallerError, Effect, Flow, Notify
from runcomfy_client._core.flows.interrupts import log_orphans
from runcomfy_client._core.protocol.response import Response
from runcomfy_client._core.settings import Settings
from runcomfy_client._engine.clock import AsyncClock, AsyncSystemClock, Clock, SystemClock
from runcomfy_client._engine.sync import Closing, EffectHandler
from runcomfy_client._http.instrumentation import Instrumentation
from runcomfy_client._http.request_builder import RequestBuilder, closed_error
from runcomfy_client._http.transport import open_http
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.orphans import orphaned_jobs

if TYPE_CHECKING:
    import asyncio

    import httpx

    from runcomfy_client._engine.aio import AsyncEffectHandler

T = TypeVar("T")
HttpT = TypeVar("HttpT")
StatusCallback: TypeAlias = Callable[[Any], object] | None
SubmitCallback: TypeAlias = Callable[[Response], object] | None


class _HttpClients(Generic[HttpT]):
    """The HTTP clients of a session. Downloads use one of their own, unless the user has passed one."""

    def __init__(self, settings: Settings, http_client: HttpT | None, kind: str) -> None:
        if http_client is not None:
            _check_kind(http_client, kind)
        self.own: list[HttpT] = []
        self.closed = False
        self._given = http_client
        self._process: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._settings = settings
        self._kind = kind
        self._api = http_client
        self._files = http_client
        self._builder: RequestBuilder | None = None
        self._lock = Lock()

    def get(self, *, files: bool) -> tuple[HttpT, RequestBuilder]:
        """Return the HTTP client for API calls or for files, and the builder of its requests."""
        self._check_process_and_loop()
        with self._lock:
            http: Any = self._files if files else self._api
            if self.closed or (http is not None and http.is_closed):
                raise closed_error()
            if http is None:
                http = open_http(self._kind, loopback=self._settings.origin.loopback)
                self.own.append(http)
            if files:
                self._files = http
            else:
                self._api = http
            if self._builder is None:
                self._builder = RequestBuilder(http, origin=self._settings.origin, token=self._settings.token)
        return http, self._builder

    def close(self) -> None:
        """Refuse further calls, also over an HTTP client that stays open."""
        self.closed = True
        if self._builder is not None:
            self._builder.closed = True

    def _check_process_and_loop(self) -> None:
        """Open new connections in a new process or on a new event loop.

        After a fork, a response to a paid call could reach the other process; on a loop that is closed, nobody.

        Raises:
            ConfigurationError: the connections are in use elsewhere, and cannot be abandoned. Nothing was sent.
        """
        process, loop = os.getpid(), _running_loop() if self._kind == "AsyncClient" else None
        forked = self._process not in (None, process)
        moved = None not in (loop, self._loop) and loop is not self._loop
        if (forked or moved) and self._given is not None:
            raise ConfigurationError(
                "The `http_client` is in use in another process or on another event loop",
                next_step="Make it, and this client, where they are used; nothing was sent.",
            )
        if moved and not forked and self._loop is not None and not self._loop.is_closed():
            raise ConfigurationError(
                "The client is in use on another event loop", next_step="Make a client for each event loop; nothing was sent."
            )
        if forked or moved:
            self._lock = Lock()  # at a fork, another thread may have held the old one
            self.own.clear()
            self._api = self._files = None
        self._process, self._loop = process, loop or self._loop


def _running_loop() -> asyncio.AbstractEventLoop | None:
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:  # nothing is awaited yet
        return None


def _check_kind(http_client: Any, kind: str) -> None:
    """Reject an HTTP client of the other kind: its response to a submit could not be read."""
    if not hasattr(http_client, "build_request") or hasattr(http_client, "aclose") is not (kind == "AsyncClient"):
        raise ConfigurationError(f"`http_client` is of the wrong kind: this client needs an httpx.{kind}")


def check_plain(callback: Callable[..., object] | None) -> None:
    """Reject a callback of the sync client that nobody would await.

    Raises:
        ConfigurationError: it is a coroutine function.
    """
    if iscoroutinefunction(callback):
        raise ConfigurationError("The callback is a coroutine function; the sync client calls plain ones only")


class _SessionBase:
    settings: Settings

    def with_settings(self: SessionT, settings: Settings) -> SessionT:
        """Return a session with other settings and the same connections."""
        session = copy(self)
        session.settings = settings
        return session


SessionT = TypeVar("SessionT", bound=_SessionBase)


class Session(_SessionBase):
    """The session of a sync client."""

    def __init__(self, settings: Settings, *, http_client: httpx.Client | None, clock: Clock | None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self._http_clients = _HttpClients(settings, http_client, "Client")

    def handler(
        self,
        *,
        on_status: StatusCallback = None,
        files: bool = False,
        on_submit: SubmitCallback = None,
        closing: Closing | None = None,
    ) -> EffectHandler:
        """Return what performs the effects of one flow.

        Args:
            on_status: called with each update.
            files: whether the flow downloads files.
            on_submit: called with the response to a submit.
            closing: interrupts the flow, as one of the jobs of a `run_all`.

        Raises:
            ConfigurationError: the client is closed, or `on_status` is a coroutine function.
        """
        check_plain(on_status)
        http, builder = self._http_clients.get(files=files)
        return EffectHandler(
            http,
            builder,
            clock=self.clock,
            instrumentation=Instrumentation(self.settings.hooks),
            on_status=on_status,
            on_submit=on_submit,
            closing=closing,
        )

    def run(
        self,
        flow: Flow[T],
        *,
        on_status: StatusCallback = None,
        files: bool = False,
        on_submit: SubmitCallback = None,
        closing: Closing | None = None,
    ) -> T:
        """Perform a flow to its end, and return its value. What interrupts an effect is raised in the flow.

        Args: see `handler`.
        """
        handler = self.handler(on_status=on_status, files=files, on_submit=on_submit, closing=closing)
        step: Callable[[], Effect] = partial(next, flow)
        try:
            while True:
                try:
                    effect = step()
                except StopIteration as end:
                    value: T = end.value
                    return value
                try:
                    step = partial(flow.send, handler.perform(effect))
                except BaseException as stop:
                    step = partial(flow.throw, stop)
        except CallerError as outside:
            error = outside.error
        finally:
            handler.close()
        raise error

    def iterate(self, flow: Flow[None]) -> Iterator[Any]:
        """Perform a flow, and yield its updates."""
        handler = self.handler()
        step: Callable[[], Effect] = partial(next, flow)
        try:
            while True:
                try:
                    effect = step()
                except StopIteration:
                    return
                try:
                    if isinstance(effect, Notify):
                        yield effect.update
                    step = partial(flow.send, None if isinstance(effect, Notify) else handler.perform(effect))
                except GeneratorExit:
                    flow.close()
                    raise
                except BaseException as stop:
                    step = partial(flow.throw, stop)
        except CallerError as outside:
            error = outside.error
        raise error

    def close(self) -> None:
        """Close the HTTP clients that the session has opened. One that the user has passed stays open."""
        self._http_clients.close()
        while self._http_clients.own:
            self._http_clients.own.pop().close()


class AsyncSession(_SessionBase):
    """The session of an async client."""

    def __init__(self, settings: Settings, *, http_client: httpx.AsyncClient | None, clock: AsyncClock | None) -> None:
        self.settings = settings
        self.clock = clock or AsyncSystemClock()
        self._http_clients = _HttpClients(settings, http_client, "AsyncClient")

    def with_clock(self, clock: AsyncClock) -> AsyncSession:
        """Return a session with another clock and the same connections."""
        session = copy(self)
        session.clock = clock
        return session

    def handler(
        self, *, on_status: StatusCallback = None, files: bool = False, calls: asyncio.Semaphore | None = None
    ) -> AsyncEffectHandler:
        """Return what performs the effects of one flow.

        Args:
            on_status: called with each update.
            files: whether the flow downloads files.
            calls: bounds the calls in progress of several flows, except submits.

        Raises:
            ConfigurationError: the client is closed.
        """
        from runcomfy_client._engine.aio import AsyncEffectHandler

        http, builder = self._http_clients.get(files=files)
        return AsyncEffectHandler(
            http,
            builder,
            clock=self.clock,
            instrumentation=Instrumentation(self.settings.hooks),
            on_status=on_status,
            calls=calls,
        )

    async def run(
        self,
        flow: Flow[T],
        *,
        on_status: StatusCallback = None,
        files: bool = False,
        calls: asyncio.Semaphore | None = None,
        log_cancelled: bool = False,
    ) -> T:
        """Perform a flow to its end, and return its value. What interrupts an effect is raised in the flow.

        Args: see `handler`. With `log_cancelled`, a cancellation logs the job that it orphans: a task group shows nobody the
            exceptions of the tasks that it cancels.
        """
        handler = self.handler(on_status=on_status, files=files, calls=calls)
        step: Callable[[], Effect] = partial(next, flow)
        try:
            while True:
                try:
                    effect = step()
                except StopIteration as end:
                    value: T = end.value
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
        import asyncio

        if log_cancelled and isinstance(error, asyncio.CancelledError):
            log_orphans(orphaned_jobs(error))
        raise error

    async def iterate(self, flow: Flow[None]) -> AsyncGenerator[Any, None]:
        """Perform a flow, and yield its updates."""
        handler = self.handler()
        step: Callable[[], Effect] = partial(next, flow)
        try:
            while True:
                try:
                    effect = step()
                except StopIteration:
                    return
                try:
                    if isinstance(effect, Notify):
                        yield effect.update
                    step = partial(flow.send, None if isinstance(effect, Notify) else await handler.perform(effect))
                except GeneratorExit:
                    flow.close()
                    raise
                except BaseException as stop:
                    step = partial(flow.throw, stop)
        except CallerError as outside:
            error = outside.error
        raise error

    async def aclose(self) -> None:
        """Close the HTTP clients that the session has opened. One that the user has passed stays open."""
        self._http_clients.close()
        while self._http_clients.own:
            await self._http_clients.own.pop().aclose()

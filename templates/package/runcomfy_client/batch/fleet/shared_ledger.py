"""The ledger in PostgreSQL, for asyncio: a few connections, and flows that are retried if a connection is lost."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from runcomfy_client import __version__
from runcomfy_client._http.event_loop import in_thread
from runcomfy_client._http.thread_call import ThreadCall
from runcomfy_client.batch.errors import LedgerError
from runcomfy_client.batch.fleet.database import (
    connect,
    database_url,
    ledger_error,
    open_database,
    perform,
    psycopg_module,
    shut_down,
    transient_errors,
)
from runcomfy_client.batch.fleet.records import CHANNEL
from runcomfy_client.batch.fleet.worker_registry import beat, end, expire_workers, register
from runcomfy_client.batch.sql import Flow

if TYPE_CHECKING:
    from runcomfy_client.batch.fleet.database import Connected

ResultT = TypeVar("ResultT")

LEASE: Final = 60.0
"""Seconds without a heartbeat after which a worker expires."""
_CONNECTIONS: Final = 4
_BACKOFF_MAX: Final = 5.0
_log = logging.getLogger("runcomfy_client")


def _clock() -> float:
    """Return a monotonic time in seconds that includes suspension of the machine, if the system provides it."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


class SharedLedger:
    """An open ledger in PostgreSQL, with this process as one of its workers. Use it on one event loop only; see `open_ledger`."""

    def __init__(self, url: str, *, lease: float = LEASE) -> None:
        self.lease = lease
        self.worker = _new_id()
        """The id of this worker, which no other process ever has. An expired worker continues under a new one."""
        self.failing_since: float | None = None
        """When the database became unreachable; None while it is reachable."""
        self._url = url
        self._idle: list[tuple[str, Connected]] = []
        self._in_flight = 0
        self._rejoining = asyncio.Lock()
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._confirmed = -float("inf")
        self._beating: asyncio.Task[None] | None = None
        self.expired = asyncio.Event()
        """Set when this worker has expired."""

    async def start(self) -> None:
        """Check the tables, register this worker, and start its heartbeats.

        Raises:
            ConfigurationError: psycopg is not installed.
            LedgerError: the database failed or is unreachable.
            BatchError: the tables have another version.
        """
        await in_thread(lambda: open_database(self._url).close())
        await self.register()
        self._beating = asyncio.create_task(self._beat())

    async def register(self) -> None:
        """Register this worker under a new id, with which it may submit."""
        worker = _new_id()
        at = _clock()
        host, pid = socket.gethostname(), os.getpid()
        await self.run(partial(register, worker, host=host, pid=pid, version=__version__, lease=self.lease))
        self._forget_connections()  # events take the worker from the name of the connection
        self.worker, self._confirmed = worker, at
        self.expired.clear()

    async def rejoin(self) -> None:
        """Continue under a new id after this worker has expired. No submit may be in flight under the old one."""
        old = self.worker
        await self.register()
        await self.run(partial(end, old))

    async def rejoin_when_idle(self) -> None:
        """Continue under a new id once no submit is in flight under the old one. Several tasks may wait for this."""
        async with self._rejoining:
            while self._in_flight:
                await asyncio.sleep(0.05)
            if self.expired.is_set():
                await self.rejoin()

    @contextmanager
    def submit_in_flight(self) -> Iterator[None]:
        """Count a submit as in flight within this context."""
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1

    def may_submit(self) -> bool:
        """Return True if no other worker can have expired this one. It needs no query, so call it right before a submit."""
        return not self.expired.is_set() and _clock() - self._confirmed < 0.8 * self.lease

    async def run(self, flow: Callable[[], Flow[ResultT]], *, tries: int | None = None, transaction: bool = True) -> ResultT:
        """Perform a flow, by default in one transaction. If the database is unreachable, try again, `tries` times or without limit.

        A flow is performed twice if the answer to its commit is lost, so it must be idempotent.

        Raises:
            LedgerError: the database reported an error, or is unreachable.
        """
        count = 0
        while True:
            try:
                async with self._connection() as connection:
                    result = await _in_thread(connection, partial(perform, connection, flow(), transaction=transaction))
                self.failing_since = None
                return result
            except transient_errors() as error:
                count += 1
                self.failing_since = self.failing_since or _clock()
                if count == tries:
                    raise ledger_error(error) from None
                if count == 1:
                    _log.warning("the database is unreachable; trying again: %s", str(error).strip())
            except psycopg_module().Error as error:
                raise ledger_error(error) from None
            await asyncio.sleep(min(_BACKOFF_MAX, 0.1 * 2**count) * random.uniform(0.5, 1.0))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connected]:
        async with self._slots:
            worker, connection = self._idle.pop() if self._idle else (self.worker, await _connect(self._url, self.worker))
            try:
                yield connection
            except asyncio.CancelledError:
                raise  # a thread still uses the connection, and will close it
            except BaseException:
                connection.close()
                raise
            if worker == self.worker:
                self._idle.append((worker, connection))
            else:
                connection.close()

    def _forget_connections(self) -> None:
        old, self._idle = self._idle, []
        for _worker, connection in old:
            connection.close()

    async def _beat(self) -> None:
        """Send heartbeats, and detect that this worker has expired."""
        while True:
            await asyncio.sleep(self.lease / 5)
            if self.expired.is_set():
                continue
            worker, at = self.worker, _clock()
            try:
                lives = await self.run(partial(beat, worker))
            except LedgerError as error:
                _log.warning("%s", error.message)
                continue
            if worker != self.worker:
                continue
            if lives:
                self._confirmed = at
            else:
                self.expired.set()

    async def expire_workers(self) -> int:
        """Set the submits in flight of dead workers to `unknown`; return their number."""
        return await self.run(expire_workers)

    async def notifications(self, wake: Callable[[], object]) -> None:
        """Call `wake` at each notification that there is new work. It runs until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection = await _connect(self._url, f"{self.worker} listens")
                try:
                    await _in_thread(connection, partial(_listen, connection, partial(loop.call_soon_threadsafe, wake)))
                except Exception:
                    connection.close()
                    raise
            except (*transient_errors(), LedgerError):  # type: ignore[misc]  # mypy knows no unpacked tuples of types
                await asyncio.sleep(random.uniform(1.0, 3.0))

    async def close(self, *, timeout: float = 5.0) -> None:
        """Record that this worker has ended, unless that takes longer than `timeout` seconds, and close the connections."""
        if self._beating is not None:
            beating, self._beating = self._beating, None
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            worker = self.worker
            with suppress(TimeoutError, LedgerError):
                async with asyncio.timeout(timeout):
                    await self.run(partial(end, worker), tries=3)
        self._forget_connections()


async def _connect(url: str, name: str) -> Connected:
    call = _future_of(partial(connect, url, name=name))
    try:
        return await asyncio.wrap_future(call)
    except asyncio.CancelledError:
        call.add_done_callback(_close_result)
        raise


def _close_result(call: Future[Connected]) -> None:
    if not call.cancelled() and call.exception() is None:
        call.result().close()


async def _in_thread(connection: Connected, use: Callable[[], ResultT]) -> ResultT:
    """Use a connection in a thread. On cancellation, shut down its socket; the thread then closes the connection."""
    call = _future_of(use)
    try:
        return await asyncio.wrap_future(call)
    except asyncio.CancelledError:
        shut_down(connection)
        call.add_done_callback(lambda _call: connection.close())
        raise


def _future_of(call: Callable[[], ResultT]) -> Future[ResultT]:
    """Start a call in a helper thread, and return its future."""
    future: Future[ResultT] = Future()

    def run() -> None:
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)

    ThreadCall(run).start()
    return future


def _listen(connection: Connected, wake: Callable[[], object]) -> None:
    connection.execute(f"LISTEN {CHANNEL}")
    for _notification in connection.notifies():
        wake()


def _new_id() -> str:
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"


@asynccontextmanager
async def open_ledger(database: str | None = None, *, lease: float = LEASE) -> AsyncIterator[SharedLedger]:
    """Open the ledger in PostgreSQL, for `pay_once`. This process is one of its workers while it is open.

    Args:
        database: the URL; by default, `RUNCOMFY_DATABASE` from the environment.
        lease: seconds without a heartbeat after which this process expires.

    Raises:
        ConfigurationError: no database is set, or psycopg is not installed.
        LedgerError: the database failed or is unreachable.
        BatchError: the tables have another version.
    """
    ledger = SharedLedger(database_url(database), lease=lease)
    await ledger.start()
    try:
        yield ledger
    finally:
        await ledger.close()

"""The ledger in PostgreSQL, for asyncio: a few connections, and flows that are tried again when one is lost."""

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
"""Seconds after which a worker that sends no heartbeat expires."""
_CONNECTIONS: Final = 4
_BACKOFF_MAX: Final = 5.0
_log = logging.getLogger("runcomfy_client")


def _clock() -> float:
    """Seconds that also pass while the machine is suspended, where the system can tell."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


class SharedLedger:
    """An open ledger in PostgreSQL, and this process as one of its workers. Use it on one event loop: see `open_ledger`."""

    def __init__(self, url: str, *, lease: float = LEASE) -> None:
        self.lease = lease
        self.worker = _new_id()
        """The id of this worker: of this process, and never of a successor. An expired worker goes on under a new one."""
        self.failing_since: float | None = None
        """When the database could not be reached for the first time since it last could; None while it can."""
        self._url = url
        self._idle: list[tuple[str, Connected]] = []
        self._under_way = 0
        self._rejoining = asyncio.Lock()
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._confirmed = -float("inf")
        self._beating: asyncio.Task[None] | None = None
        self.expired = asyncio.Event()
        """Set when this worker has expired."""

    async def start(self) -> None:
        """Check the tables, write down this worker, and let it be heard of from now on.

        Raises:
            ConfigurationError: psycopg is not installed.
            LedgerError: the database cannot be reached or used.
            BatchError: the ledger is of another version.
        """
        await in_thread(lambda: open_database(self._url).close())
        await self.register()
        self._beating = asyncio.create_task(self._beat())

    async def register(self) -> None:
        """Write down this worker under a new id: it may submit from now on."""
        worker = _new_id()
        at = _clock()
        host, pid = socket.gethostname(), os.getpid()
        await self.run(partial(register, worker, host=host, pid=pid, version=__version__, lease=self.lease))
        self._forget_connections()  # events tell the worker by the name of its connection
        self.worker, self._confirmed = worker, at
        self.expired.clear()

    async def rejoin(self) -> None:
        """Go on under a new id after this worker has expired. Nothing may be under way under the old one."""
        old = self.worker
        await self.register()
        await self.run(partial(end, old))

    async def rejoin_when_idle(self) -> None:
        """Go on under a new id once nothing is under way under the old one; several tasks may wait for that."""
        async with self._rejoining:
            while self._under_way:
                await asyncio.sleep(0.05)
            if self.expired.is_set():
                await self.rejoin()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count a submit that is under way."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def may_pay(self) -> bool:
        """Whether nobody can have declared this worker expired: without a look at the database, and so right before a submit."""
        return not self.expired.is_set() and _clock() - self._confirmed < 0.8 * self.lease

    async def run(self, flow: Callable[[], Flow[ResultT]], *, tries: int | None = None, transaction: bool = True) -> ResultT:
        """Perform a flow, by default in one transaction. If the database cannot be reached, try again, `tries` times or for ever.

        A flow may be performed twice, when the answer to a commit was lost: it must be such that this does no harm.

        Raises:
            LedgerError: the database refused it, or could not be reached.
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
                    _log.warning("the ledger could not be reached, and is tried again: %s", str(error).strip())
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
                raise  # a thread still uses the connection, and closes it
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
        """Send heartbeats, and notice when this worker has expired."""
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
        """Make those submits unknown whose workers are not heard of any more; return how many."""
        return await self.run(expire_workers)

    async def notifications(self, wake: Callable[[], object]) -> None:
        """Call `wake` whenever somebody has changed what there is to do. It ends only by being cancelled."""
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
        """Say that this worker has ended, and close the connections; within `timeout` seconds, or without having said so."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
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
    """Use a connection in a thread. If that is cancelled, break the connection, and let the thread close it."""
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
    """Open the ledger in PostgreSQL, for `pay_once`; this process is one of its workers as long as it is open.

    Args:
        database: the address; by default `RUNCOMFY_DATABASE` from the environment.
        lease: seconds after which this process expires if it sends no heartbeat.

    Raises:
        ConfigurationError: no database is set, or psycopg is not installed.
        LedgerError: the database cannot be reached or used.
        BatchError: the ledger is of another version.
    """
    ledger = SharedLedger(database_url(database), lease=lease)
    await ledger.start()
    try:
        yield ledger
    finally:
        await ledger.close()

"""A network between a worker and the database that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit


class Proxy:
    """Forwards connections on a port of its own to PostgreSQL, in a thread, until it is told to stall or to cut them."""

    def __init__(self, database: str) -> None:
        parts = urlsplit(database)
        self._folder = parse_qs(parts.query).get("host", [""])[0]
        self._address = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._database = f"{parts.username or 'postgres'}:{parts.password or ''}@", parts.path
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._refuses = False
        self.url = ""

    def stall(self) -> None:
        """Pass nothing on from now on; the connections stay open, and new ones get no answer."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def cut(self) -> None:
        """Break all connections, and refuse new ones."""

        def now() -> None:
            self._refuses = True
            for writer in self._writers:
                writer.transport.abort()

        self._loop.call_soon_threadsafe(now)

    def restore(self) -> None:
        """Work again."""

        def now() -> None:
            self._refuses = False
            self._flowing.set()

        self._loop.call_soon_threadsafe(now)

    async def _start(self) -> None:
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        user, path = self._database
        self.url = f"postgresql://{user}127.0.0.1:{self._server.sockets[0].getsockname()[1]}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        if self._folder:
            back, forth = await asyncio.open_unix_connection(f"{self._folder}/.s.PGSQL.5432")
        else:
            back, forth = await asyncio.open_connection(*self._address)
        self._writers |= {writer, forth}
        with contextlib.suppress(asyncio.CancelledError):  # by the end of the test
            await asyncio.gather(self._copy(reader, forth), self._copy(back, writer))
        self._writers -= {writer, forth}

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        async def end() -> None:
            self._server.close()
            for writer in self._writers:
                writer.transport.abort()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

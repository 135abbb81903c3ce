"""Threads for an event loop, and an event loop in a thread."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any, TypeVar

from runcomfy_client._http.thread_call import WAIT_INTERVAL, ThreadCall
from runcomfy_client.errors import ConfigurationError

T = TypeVar("T")


async def in_thread(call: Callable[[], T]) -> T:
    """Make a call in a thread, and wait for it. If the wait is cancelled, the call continues, and its outcome is dropped."""

    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop may be closed
            loop.call_soon_threadsafe(ended.set)

    thread_call = ThreadCall(call, on_end=wake)
    thread_call.start()
    await ended.wait()
    return thread_call.result()


class LoopThread:
    """An event loop in a helper thread.

    Raises:
        ConfigurationError: no thread can be started.
    """

    def __init__(self) -> None:
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        self._is_stopped = asyncio.Event()
        try:
            ThreadCall(lambda: asyncio.run(self._main())).start_in_thread()
        except RuntimeError as error:
            raise ConfigurationError(f"No thread can be started: {error}", next_step="Nothing was submitted.") from None

    async def _main(self) -> None:
        self._loop.set_result(asyncio.get_running_loop())
        await self._is_stopped.wait()

    def run(self, coroutine: Coroutine[Any, Any, T], seconds: float = math.inf) -> T:
        """Run a coroutine to its end, or for so many seconds; an exception in this thread does not interrupt it.

        Raises:
            TimeoutError: it has not ended; it continues.
        """
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop.result())
        while not future.done() and seconds > 0:
            wait({future}, min(seconds, WAIT_INTERVAL))
            seconds -= WAIT_INTERVAL
        return future.result(0)

    def stop(self) -> None:
        """Cancel what still runs, and end the loop."""
        self._loop.result().call_soon_threadsafe(self._is_stopped.set)

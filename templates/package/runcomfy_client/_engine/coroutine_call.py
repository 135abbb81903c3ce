"""Runs a coroutine for callers that are not async: on an event loop of its own, in the thread that calls `run`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from runcomfy_client._core.flows.effects import RunCoroutine

if TYPE_CHECKING:
    import asyncio


class CoroutineCall:
    """One run of a coroutine. While it runs, the effect's `cancel` cancels it, from any thread."""

    def __init__(self, work: RunCoroutine) -> None:
        self._work = work
        self._cancelled = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        work.cancel = self.cancel

    def run(self) -> Any:
        """Run it to its end; return what it returned, or raise what it raised."""
        import asyncio

        return asyncio.run(self._main())

    def cancel(self) -> None:
        """Cancel it, if it still runs."""
        self._cancelled = True
        if self._loop is not None and self._task is not None:
            with suppress(RuntimeError):  # it is over
                self._loop.call_soon_threadsafe(self._task.cancel)

    async def _main(self) -> Any:
        import asyncio

        self._task, self._loop = asyncio.current_task(), asyncio.get_running_loop()
        if self._cancelled:
            raise asyncio.CancelledError
        return await self._work.start()

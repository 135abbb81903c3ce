"""Calls in helper threads: Ctrl-C does not cut them off from their response, and one that hangs does not block its caller."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, Final, TypeAlias, TypeVar

T = TypeVar("T")

_MAX_IDLE: Final = 32
_WAIT_INTERVAL: Final = 0.25
"""Seconds of one wait: a Ctrl-C just before it begins, and any on Windows, is seen only when it ends."""


class ThreadCall(Future[T]):
    """The future of a call in a helper thread. The thread is reused, and does not keep the program from ending."""

    def __init__(self, call: Callable[[], T]) -> None:
        super().__init__()
        self._call = call
        self._context = copy_context()  # so that tracing sees who called

    def start(self) -> None:
        """Start the call. Where no thread can be started (at interpreter exit, at a limit of threads), it runs in this thread."""
        if not self.start_in_thread():
            self._run()

    def start_in_thread(self) -> bool:
        """Start the call if a thread can be started for it; return whether it was started."""
        if sys.is_finalizing():
            return False
        try:
            calls = _idle.pop()
        except IndexError:
            calls = SimpleQueue()
            try:
                threading.Thread(target=_serve, args=(calls,), name="runcomfy-call", daemon=True).start()
            except RuntimeError:
                return False
        calls.put(self)
        return True

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the call, at most `seconds`; return whether it has ended."""
        while not self.done() and seconds > 0:
            try:
                self.exception(min(seconds, _WAIT_INTERVAL))
            except TimeoutError:
                seconds -= _WAIT_INTERVAL
        return self.done()

    def _run(self) -> None:
        if self.set_running_or_notify_cancel():
            try:
                self.set_result(self._context.run(self._call))
            except BaseException as error:
                self.set_exception(error)


async def in_thread(call: Callable[[], T]) -> T:
    """Make a call in a thread, and wait for it. If the wait is cancelled, the call continues, and its outcome is dropped."""
    import asyncio

    thread_call = ThreadCall(call)
    thread_call.start()
    return await asyncio.wrap_future(thread_call)


_Calls: TypeAlias = SimpleQueue[ThreadCall[Any]]
_idle: list[_Calls] = []
"""The queues of the threads that have nothing to do."""


def _serve(calls: _Calls) -> None:
    while True:
        calls.get()._run()
        if len(_idle) >= _MAX_IDLE:
            return
        _idle.append(calls)


if hasattr(os, "register_at_fork"):
    # a child process has none of its parent's threads
    os.register_at_fork(after_in_child=_idle.clear)

"""Calls in helper threads: Ctrl-C does not cut them off from their response, and one that hangs does not block its caller."""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, ClassVar, Final, Generic, TypeVar

T = TypeVar("T")

_MAX_IDLE: Final = 32
"""Threads that are kept for the next calls."""
_WAIT_INTERVAL: Final = 0.25
"""Seconds of one wait: a Ctrl-C just before it begins, and any on Windows, is seen only when it ends."""


class ThreadCall(Generic[T]):
    """A call in a helper thread. The thread is reused, and does not keep the program from ending.

    Attributes:
        started: whether the call was started; if not, it never will be.
    """

    def __init__(self, call: Callable[[], T]) -> None:
        self.started = False
        self._call = call
        self._context = copy_context()  # so that tracing sees who called
        self._values: list[T] = []
        self._error: BaseException | None = None
        self._running = threading.Lock()  # what an Event is made of, at a third of its price
        self._running.acquire()
        self._ended = False

    def start(self) -> None:
        """Start the call. Where no thread can be started (at interpreter exit, at a limit of threads), it runs in this thread."""
        if not self.start_in_thread():
            self.started = True
            calls: SimpleQueue[ThreadCall[Any]] = SimpleQueue()
            calls.put(self)
            _serve(calls)

    def start_in_thread(self) -> bool:
        """Start the call if a thread can be started for it; return whether it was started."""
        try:
            worker = None if sys.is_finalizing() else _Worker.idle()
        except RuntimeError:
            return False
        if worker is None:
            return False
        self.started = True  # first: an interrupt may come right after the next line
        worker.calls.put(self)
        return True

    def ended(self, seconds: float | None) -> bool:
        """Wait for the end of the call, at most `seconds`; return whether it has ended."""
        left = math.inf if seconds is None else seconds
        while not self._ended:
            if self._running.acquire(timeout=max(0.0, min(left, _WAIT_INTERVAL))):
                self._running.release()  # for others that wait, or ask again
                break
            left -= _WAIT_INTERVAL
            if left <= 0:
                return self._ended
        return True

    def outcome(self) -> T:
        """Return what the call returned, or raise what it raised. It must have ended."""
        if self._error is not None:
            raise self._error
        return self._values[0]


class _Worker:
    """A thread that makes one call after the other."""

    _idle: ClassVar[list[_Worker]] = []

    def __init__(self) -> None:
        self.calls: SimpleQueue[ThreadCall[Any]] = SimpleQueue()
        threading.Thread(target=_serve, args=(self.calls, self), name="runcomfy-call", daemon=True).start()

    @classmethod
    def idle(cls) -> _Worker:
        """Return a worker that has nothing to do."""
        try:
            return cls._idle.pop()
        except IndexError:
            return cls()


def _serve(calls: SimpleQueue[ThreadCall[Any]], worker: _Worker | None = None) -> None:
    """Make the calls of a worker as they come; without a worker, the one that is there."""
    while True:
        call = calls.get()
        try:
            call._values.append(call._context.run(call._call))
        except BaseException as error:
            call._error = error
        finally:
            call._ended = True
            call._running.release()
        del call  # nothing of a call outlives it
        if worker is None or len(worker._idle) >= _MAX_IDLE:
            return
        worker._idle.append(worker)


if hasattr(os, "register_at_fork"):
    # a child process has none of its parent's threads
    os.register_at_fork(after_in_child=_Worker._idle.clear)

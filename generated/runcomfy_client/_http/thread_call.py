"""Calls made in a thread of their own: no Ctrl-C tears them from their answer, and nothing that hangs holds their caller up."""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_MOST_IDLE: Final = 32
"""Threads that are kept for the next calls."""

_SLICE: Final = 0.25
"""Seconds of waiting at a stretch: a Ctrl-C just before it begins, and any on Windows, comes through only when it ends."""


class ThreadCall(Generic[T]):
    """A call in another thread. The thread is kept for the next call, and never keeps the program from ending."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._context = copy_context()  # so that tracing sees who called
        self._values: list[T] = []
        self._error: BaseException | None = None
        self._under_way = threading.Lock()  # what an Event is made of, at a third of its price
        self._under_way.acquire()
        self._over = False
        self.started = False

    def start(self) -> None:
        """Start the call. Where no thread can be started (at interpreter exit, at a limit of threads), it runs in this thread."""
        if not self.start_in_thread():
            self.started = True
            self._run()

    def start_in_thread(self) -> bool:
        """Start the call, if a thread can be started for it; return whether one could."""
        try:
            worker = None if sys.is_finalizing() else _Worker.idle()
        except RuntimeError:
            return False
        if worker is None:
            return False
        self.started = True  # first: an interrupt may come right after the next line
        worker.tasks.put(self._run)
        return True

    def ended(self, seconds: float | None) -> bool:
        """Wait for the end of the call, at most so long; return whether it has ended."""
        left = math.inf if seconds is None else seconds
        while not self._over:
            if self._under_way.acquire(timeout=max(0.0, min(left, _SLICE))):
                self._under_way.release()  # for whoever else waits, or asks again
                break
            left -= _SLICE
            if left <= 0:
                return self._over
        return True

    def outcome(self) -> T:
        """Return what the call returned, or raise what it raised. It must have ended."""
        if self._error is not None:
            raise self._error
        return self._values[0]

    def _run(self) -> None:
        try:
            self._values.append(self._context.run(self._call))
        except BaseException as error:
            self._error = error
        finally:
            self._over = True
            self._under_way.release()


class _Worker:
    """A thread that makes one call after the other."""

    _idle: list[_Worker] = []

    def __init__(self) -> None:
        self.tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        threading.Thread(target=self._work, name="runcomfy-call", daemon=True).start()

    @classmethod
    def idle(cls) -> _Worker:
        """Return a worker that has nothing to do."""
        try:
            return cls._idle.pop()
        except IndexError:
            return cls()

    def _work(self) -> None:
        while True:
            task = self.tasks.get()
            task()
            del task  # nothing of a call outlives it
            if len(self._idle) >= _MOST_IDLE:
                return
            self._idle.append(self)


if hasattr(os, "register_at_fork"):
    # a fork takes no threads along: the child starts its own
    os.register_at_fork(after_in_child=_Worker._idle.clear)

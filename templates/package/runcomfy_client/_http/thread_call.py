"""Calls in helper threads: Ctrl-C does not cut them off from their response, and one that hangs does not block its caller."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, Final, Generic, TypeAlias, TypeVar

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
        try:
            self.start_in_thread()
        except RuntimeError:
            calls: _Calls = SimpleQueue()
            calls.put(self)
            _serve(calls, only_one=True)

    def start_in_thread(self) -> None:
        """Start the call.

        Raises:
            RuntimeError: no thread can be started.
        """
        if sys.is_finalizing():
            raise RuntimeError("can't start new thread at interpreter shutdown")
        try:
            calls = _idle.pop()
        except IndexError:
            calls = SimpleQueue()
            threading.Thread(target=_serve, args=(calls,), name="runcomfy-call", daemon=True).start()
        calls.put(self)


def wait(future: Future[Any], seconds: float) -> bool:
    """Wait for the end of a call, at most so many seconds; return whether it has ended."""
    while not future.done() and seconds > 0:
        try:
            future.exception(min(seconds, _WAIT_INTERVAL))
        except TimeoutError:
            seconds -= _WAIT_INTERVAL
    return future.done()


class ThreadIterator(Generic[T]):
    """Takes the items of an iterable one by one in a helper thread: it may block, or hold what belongs to one thread.

    Raises:
        RuntimeError: no thread can be started.
    """

    END: Final[Any] = object()

    def __init__(self, items: Iterable[T]) -> None:
        self._items = items
        self._wanted: SimpleQueue[Future[T] | None] = SimpleQueue()
        ThreadCall(self._serve).start_in_thread()

    def next(self) -> Future[T]:
        """Return the future of the next item; its result is `END` when there are no more."""
        future: Future[T] = Future()
        self._wanted.put(future)
        return future

    def close(self) -> None:
        """Take no more, and close the iterable if it is a generator; in the thread, when it is free."""
        self._wanted.put(None)

    def _serve(self) -> None:
        source: Iterator[T] | None = None
        while (future := self._wanted.get()) is not None:
            if future.set_running_or_notify_cancel():
                try:
                    source = iter(self._items) if source is None else source
                    future.set_result(next(source, self.END))
                except BaseException as error:
                    future.set_exception(error)
        if isinstance(source, Generator):
            source.close()


_Calls: TypeAlias = SimpleQueue[ThreadCall[Any]]
_idle: list[_Calls] = []
"""The queues of the threads that have nothing to do."""


def _serve(calls: _Calls, *, only_one: bool = False) -> None:
    while True:
        call = calls.get()
        if call.set_running_or_notify_cancel():
            try:
                call.set_result(call._context.run(call._call))
            except BaseException as error:
                call.set_exception(error)
        del call  # nothing of it outlives it
        if only_one or len(_idle) >= _MAX_IDLE:
            return
        _idle.append(calls)


if hasattr(os, "register_at_fork"):
    # a child process has none of its parent's threads
    os.register_at_fork(after_in_child=_idle.clear)

"""Calls in helper threads: Ctrl-C does not cut them off from their response, and one that hangs does not block its caller."""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, TypeAlias, TypeVar

T = TypeVar("T")

_MAX_IDLE: Final = 32
WAIT_INTERVAL: Final = 0.25
"""Seconds of one wait: a Ctrl-C just before it begins, and any on Windows, is seen only when it ends."""


class ThreadCall(Generic[T]):
    """A call in a helper thread. The thread is reused, and does not keep the program from ending.

    It has locks instead of a future: waiting for a future costs more than building a request.

    Args:
        call: what to call.
        on_end: called in the thread when `call` has ended; then `wait` must not be used. It must not raise.
    """

    __slots__ = ("_begun", "_call", "_context", "_ended", "_error", "_on_end", "_value", "is_done")

    def __init__(self, call: Callable[[], T], *, on_end: Callable[[], object] | None = None) -> None:
        self._call = call
        self._context = copy_context()  # so that tracing sees who called
        self._value: Any = None
        self._error: BaseException | None = None
        self._begun = threading.Lock()
        """Whoever acquires it makes the call, or cancels it."""
        self._ended = threading.Lock()
        self._ended.acquire()
        self._on_end = on_end or self._ended.release
        self.is_done = False

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

    def cancel(self) -> bool:
        """Return True if the call has not begun; then it is not made."""
        return self._begun.acquire(blocking=False)

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the call, at most so many seconds; return whether it has ended."""
        while not self.is_done and seconds > 0:
            self._ended.acquire(timeout=min(seconds, WAIT_INTERVAL))
            seconds -= WAIT_INTERVAL
        return self.is_done

    def result(self) -> T:
        """Return what the call returned, or raise what it raised."""
        if self._error is not None:
            raise self._error
        value: T = self._value
        return value


class ThreadIterator(Generic[T]):
    """Takes the items of an iterable in a helper thread: it may block, or hold what belongs to one thread.

    Args:
        items: the iterable. It is closed in the thread if it is a generator.
        ahead: how many items are taken before they are asked for.

    Raises:
        RuntimeError: no thread can be started.
    """

    END: Final[Any] = object()

    def __init__(self, items: Iterable[T], *, ahead: int = 0) -> None:
        self._items = items
        self._wanted: SimpleQueue[None] = SimpleQueue()
        self._arrived: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self._is_closed = False
        ThreadCall(self._serve).start_in_thread()
        for _ in range(ahead):
            self._wanted.put(None)

    def next(self, seconds: float = math.inf) -> T:
        """Return the next item; `END` when there are no more, or after `close`.

        Raises:
            Empty: it has not arrived within so many seconds.
        """
        self._wanted.put(None)
        while True:
            try:
                item, error = self._arrived.get(timeout=min(seconds, WAIT_INTERVAL))
            except Empty:
                seconds -= WAIT_INTERVAL
                if seconds <= 0:
                    raise
            else:
                if error is not None:
                    raise error
                value: T = item
                return value

    def close(self) -> None:
        """Take no more, and close the iterable; in the thread, when it is free."""
        self._is_closed = True
        self._wanted.put(None)
        self._arrived.put((self.END, None))

    def _serve(self) -> None:
        source: Iterator[T] | None = None
        while True:
            self._wanted.get()
            if self._is_closed:
                break
            try:
                source = iter(self._items) if source is None else source
                self._arrived.put((next(source, self.END), None))
            except BaseException as error:
                self._arrived.put((None, error))
        if isinstance(source, Generator):
            source.close()


_Calls: TypeAlias = SimpleQueue[ThreadCall[Any]]
_idle: list[_Calls] = []
"""The queues of the threads that have nothing to do."""


def _serve(calls: _Calls, *, only_one: bool = False) -> None:
    while True:
        call = calls.get()
        if call._begun.acquire(blocking=False):
            try:
                call._value = call._context.run(call._call)
            except BaseException as error:
                call._error = error
            call.is_done = True
            call._on_end()
        del call  # nothing of it outlives it
        if only_one or len(_idle) >= _MAX_IDLE:
            return
        _idle.append(calls)


if hasattr(os, "register_at_fork"):
    # a child process has none of its parent's threads
    os.register_at_fork(after_in_child=_idle.clear)

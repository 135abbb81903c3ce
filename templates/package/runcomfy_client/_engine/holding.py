"""Holds back what signal handlers raise while a paid call is under way in the main thread: no Ctrl-C tears it from its answer.

A thread of its own would do the same, and does where this cannot be; but to wake a thread on another processor costs a good part of a call.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, TypeVar

T = TypeVar("T")

CAN_HOLD: Final = hasattr(signal, "pthread_kill")
"""Whether the system lets a thread break off what the main thread waits for."""
_NUMBERS: Final = tuple(
    getattr(signal, f"SIG{name}")
    for name in ("INT", "TERM", "HUP", "QUIT", "ALRM", "VTALRM", "PROF", "USR1", "USR2", "XCPU")
    if hasattr(signal, f"SIG{name}")
)
"""The signals that programs have handlers for which raise. To ask for all of them takes longer than to build the request."""


class Torn(BaseException):
    """Raised in the call when it is not waited for any longer."""


class Holding:
    """Makes one call in the main thread.

    Attributes:
        stop: what a signal handler has raised meanwhile, and is still to be raised.
    """

    def __init__(self, seconds: float) -> None:
        self.stop: BaseException | None = None
        self._seconds = seconds
        self._over = False
        self._timer: threading.Timer | None = None
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def call(self, work: Callable[[], T]) -> T:
        """Make the call. The handlers of signals are called at once; what they raise waits for the answer, `seconds` at most.

        Raises:
            BaseException: what a handler raised, when the answer did not come in that time, or another signal came.
        """
        try:
            for number in _NUMBERS:
                handler = signal.getsignal(number)
                if callable(handler):
                    self._handlers[number] = handler
                    signal.signal(number, self._handle)
            return work()
        except Torn:
            assert self.stop is not None
            raise self.stop from None
        finally:
            if self._timer is not None:
                self._timer.cancel()
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._over:
            raise Torn
        try:
            self._handlers[number](number, frame)
        except BaseException as stop:
            again, self.stop = self.stop is not None, stop
            if again:  # somebody is in a hurry
                self._over = True
                raise Torn from None
            self._timer = threading.Timer(self._seconds, self._cut, (threading.get_ident(), number))
            self._timer.daemon = True
            self._timer.start()

    def _cut(self, thread: int, number: int) -> None:
        self._over = True
        signal.pthread_kill(thread, number)

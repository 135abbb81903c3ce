"""A clock that moves only when told to, so that tests of waiting take no time."""

from __future__ import annotations

import threading


class ManualClock:
    """Call it for the time in seconds; `sleep` moves it on. Safe to share between threads.

    A simulator with such a clock waits out its delays on it.
    """

    def __init__(self, now: float = 0.0) -> None:
        self._now = now
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Return the time in seconds."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Move on by `seconds`, at once; never back."""
        with self._lock:
            self._now += max(seconds, 0.0)

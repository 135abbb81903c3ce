"""The sync driver of a crowd: one thread goes on with the flows, a few more make their calls."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from runcomfy_client.drivers.aside import Aside
from runcomfy_client.drivers.crowd import Call, Crowd
from runcomfy_client.flows.effects import Send

if TYPE_CHECKING:
    from runcomfy_client.drivers.clock import Clock
    from runcomfy_client.drivers.drive_sync import Hands
    from runcomfy_client.flows.keeping import LeftBehind

ItemT = TypeVar("ItemT")

_WIDTH: Final = 16
"""Calls at a time."""
_SLICE: Final = 0.1
"""Seconds of sleep at a stretch, so that news from elsewhere do not wait for long."""


class Crew(Generic[ItemT]):
    """Drives a crowd in the background, from the first `take` on.

    Args:
        crowd: the flows.
        hands: what makes the calls.
        clock: where time passes.
        hold: seconds that leaving waits for the answers of submits under way.
        parting: seconds that cancelling takes at most, after that.
    """

    def __init__(self, crowd: Crowd[ItemT], hands: Hands, *, clock: Clock, hold: float, parting: float) -> None:
        self._crowd = crowd
        self._hands = hands
        self._clock = clock
        self._times = (hold, parting)
        self._news: SimpleQueue[tuple[Call, Any] | None] = SimpleQueue()
        self._ready = Event()
        self._calls = 0
        self._leaving = False
        self._hurry = False
        self._taken: tuple[ItemT, Any] | None = None
        self._work: Aside[None] | None = None

    def take(self) -> tuple[ItemT, Any] | None:
        """Wait for the next outcome, and return it with its item; None when there is nothing more."""
        if self._work is None:
            self._work = Aside(self._drive)
            self._work.start()
        self._taken = None
        while True:
            if self._crowd.finished:
                self._taken = self._crowd.finished[0]  # before it is taken out: a Ctrl-C in between is not to lose it
                self._crowd.finished.popleft()
                self._news.put(None)  # there is room for one more
                return self._taken
            if self._work.ended(0):
                self._work.outcome()
                if self._crowd.failure is not None:
                    raise self._crowd.failure
                if not self._crowd.finished:
                    return None
            self._ready.wait(_SLICE)  # in slices: some systems let no Ctrl-C through a longer wait
            self._ready.clear()

    def leave(self, *, handed: bool) -> tuple[LeftBehind, ...]:
        """Leave everything that is still under way; return every job that nobody was told the outcome of.

        `handed` says that the caller has got what was taken last.
        """
        if self._work is not None:
            self._leaving = True
            self._news.put(None)
            try:
                self._work.ended(sum(self._times) + 1.0)
            except BaseException:  # a second Ctrl-C: no more waiting for anyone
                self._hurry = True
                self._news.put(None)
                self._work.ended(1.0)
        return self._crowd.account(None if handed else self._taken)

    def _drive(self) -> None:
        crowd = self._crowd
        try:
            while not crowd.over and not self._leaving and crowd.failure is None:
                crowd.advance()
                self._make_calls()
                if crowd.finished:
                    self._ready.set()
                if not crowd.over and crowd.failure is None:
                    self._wait()
            self._take_leave()
        finally:
            crowd.abandon()
            self._ready.set()

    def _make_calls(self) -> None:
        while self._calls < _WIDTH and (call := self._crowd.next_call()) is not None:
            self._calls += 1
            Aside(partial(self._make, call)).start()

    def _make(self, call: Call) -> None:
        answer: Any = None
        try:
            answer = self._hands.exchange(call.work) if isinstance(call.work, Send) else None
        except BaseException as error:
            answer = error
        finally:
            self._news.put((call, answer))

    def _wait(self) -> None:
        """Let time pass until there is something to do: a call is over, a sleep is, or the caller wants something."""
        pause = self._crowd.until_wake()
        if pause is not None and not self._calls and self._news.empty():
            self._clock.sleep(min(pause, _SLICE))
            pause = 0.0
        self._hear(pause)

    def _hear(self, seconds: float | None) -> None:
        """Take all news that are there; wait for the first one, at most so long."""
        try:
            news = self._news.get(timeout=seconds) if seconds is None or seconds > 0 else self._news.get_nowait()
            while True:
                if news is not None:
                    self._calls -= 1
                    self._crowd.told(*news)
                news = self._news.get_nowait()
        except Empty:
            return

    def _take_leave(self) -> None:
        """Wait for the answers of submits under way, then for those of the cancels, each for its time."""
        crowd, (hold, parting) = self._crowd, self._times
        crowd.leave()
        self._pump(time.monotonic() + hold, lambda: crowd.holding)
        self._pump(time.monotonic() + parting, lambda: not crowd.over)

    def _pump(self, until: float, wanted: Callable[[], bool]) -> None:
        while wanted() and not self._hurry and (left := until - time.monotonic()) > 0:
            self._make_calls()
            self._hear(left)

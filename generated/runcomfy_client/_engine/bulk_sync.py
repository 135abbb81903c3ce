"""The sync driver of a crowd: one thread goes on with the flows, a few more make their calls."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from runcomfy_client._core.flows.effects import RunCoroutine, Send
from runcomfy_client._core.protocol.response import TransportError
from runcomfy_client._engine.bulk import Call, FlowScheduler
from runcomfy_client._engine.coroutine_call import CoroutineCall
from runcomfy_client._http.thread_call import ThreadCall

if TYPE_CHECKING:
    from runcomfy_client._engine.clock import Clock
    from runcomfy_client._engine.sync import EffectHandler
    from runcomfy_client.interrupts import OrphanedJob

ItemT = TypeVar("ItemT")

_WIDTH: Final = 16
"""Calls at a time."""
_SLICE: Final = 0.1
"""Seconds of sleep at a stretch, so that news from elsewhere do not wait for long."""
_STRETCH: Final = 1.0
"""Seconds after which it is looked whether a call hangs."""


def _nothing() -> None:
    """News without content, which only wake."""


class SchedulerThread(Generic[ItemT]):
    """Drives a crowd in the background, from the first `take` on.

    Args:
        crowd: the flows.
        items: what they are about; taken from in a thread of this package, one at a time.
        hands: what makes the calls.
        clock: where time passes.
        hold: seconds that leaving waits for the answers of submits under way.
        parting: seconds that cancelling takes at most, after that.
    """

    def __init__(
        self,
        crowd: FlowScheduler[ItemT],
        items: Iterable[ItemT],
        hands: EffectHandler,
        *,
        clock: Clock,
        hold: float,
        cancel_timeout: float,
    ) -> None:
        self._crowd = crowd
        self._lock = crowd.lock = Lock()
        self._items = items
        self._next = 0
        self._wanted: SimpleQueue[bool] = SimpleQueue()
        self._feeding = self._fetching = False
        self._hands = hands
        self._clock = clock
        self._times = (hold, cancel_timeout)
        self._news: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._ready = Event()
        self._calls: dict[Call, float] = {}
        self._looked = time.monotonic()
        self._leaving = False
        self._hurry = False
        self._taken: tuple[ItemT, Any] | None = None
        self._work: ThreadCall[None] | None = None

    def take(self) -> tuple[ItemT, Any] | None:
        """Wait for the next outcome, and return it with its item; None when there is nothing more."""
        if self._work is None:
            self._work = ThreadCall(self._drive)
            self._work.start()
        self._taken = None
        while True:
            if self._crowd.finished:
                self._taken = self._crowd.finished[0]  # before it is taken out: a Ctrl-C in between is not to lose it
                self._crowd.finished.popleft()
                self._news.put(_nothing)  # there is room for one more
                return self._taken
            if self._work.ended(0):
                self._work.outcome()
                if self._crowd.failure is not None:
                    raise self._crowd.failure
                if not self._crowd.finished:
                    return None
            self._ready.wait(_SLICE)  # in slices: some systems let no Ctrl-C through a longer wait
            self._ready.clear()

    def leave(self, *, handed: bool) -> tuple[OrphanedJob, ...]:
        """Leave everything that is still under way; return every job that nobody was told the outcome of.

        `handed` says that the caller has got what was taken last.
        """
        if self._work is not None:
            self._leaving = True
            self._news.put(_nothing)
            try:
                self._work.ended(sum(self._times) + _SLICE)
            except BaseException:  # a second Ctrl-C: no more waiting for anyone
                self._hurry = True
                self._news.put(_nothing)
                self._work.ended(_SLICE)
            if not self._work.ended(0):  # the user's callback holds it up: go on here, without it
                with self._lock:
                    self._crowd.leave(show=False)
                self._hear(0)
                with self._lock:
                    self._crowd.abandon()
        return self._crowd.account(None if handed else self._taken)

    def _drive(self) -> None:
        crowd = self._crowd
        try:
            while not crowd.over and not self._leaving and crowd.failure is None:
                with self._lock:
                    crowd.advance()
                    self._take_items()
                    self._make_calls()
                if crowd.finished:
                    self._ready.set()
                if not crowd.over and crowd.failure is None:
                    self._wait()
            self._take_leave()
        finally:
            with self._lock:
                crowd.abandon()
            self._wanted.put(False)
            self._ready.set()

    def _take_items(self) -> None:
        """Ask for one more item if there is room. Only a list or a tuple is sure not to hold everybody up."""
        if isinstance(self._items, (list, tuple)):
            while self._crowd.room:
                if self._next == len(self._items):
                    return self._crowd.end_of_items()
                self._next += 1
                self._crowd.begin(self._items[self._next - 1])
        elif self._crowd.room and not self._fetching:
            self._fetching = True
            self._wanted.put(True)
            if not self._feeding:
                self._feeding = True
                ThreadCall(self._feed).start()

    def _feed(self) -> None:
        """Take items as they are wanted: all in one thread, since an iterable may hold what belongs to its thread."""
        failure = None
        try:
            source = iter(self._items)
            while self._wanted.get():
                try:
                    item = next(source)
                except StopIteration:
                    break
                self._news.put(partial(self._begin, item))
        except BaseException as error:
            failure = error
        self._news.put(partial(self._crowd.end_of_items, failure))

    def _begin(self, item: ItemT) -> None:
        self._fetching = False
        self._crowd.begin(item)

    def _make_calls(self) -> None:
        while len(self._calls) < _WIDTH and (call := self._crowd.next_call()) is not None:
            self._calls[call] = time.monotonic() + (call.work.effective_timeout if isinstance(call.work, Send) else math.inf)
            ThreadCall(partial(self._make, call)).start()

    def _make(self, call: Call) -> None:
        answer: Any = None
        try:
            match call.work:
                case Send():
                    answer = self._hands.exchange(call.work)
                case RunCoroutine():
                    answer = CoroutineCall(call.work).run()
        except BaseException as error:
            answer = error
        finally:
            self._news.put(partial(self._made, call, answer))

    def _made(self, call: Call, answer: Any) -> None:
        if self._calls.pop(call, None) is not None:  # else it was given up
            self._crowd.told(call, answer)

    def _give_up(self) -> None:
        """Give up calls that hang: their threads are nobody's any more."""
        now = time.monotonic()
        gap, self._looked = now - self._looked, now
        if gap > 3 * _STRETCH:  # the whole process was asleep, or the user's callback took long: no fault of theirs
            self._calls = {call: until + gap for call, until in self._calls.items()}
        for call in [call for call, until in self._calls.items() if until < now]:
            self._hands.give_up()
            with self._lock:
                self._made(call, TransportError(maybe_sent=True, reason="the answer did not come in time"))

    def _wait(self) -> None:
        """Let time pass until there is something to do: a call is over, a sleep is, or the caller wants something."""
        self._hear(0)
        self._give_up()
        pause = self._crowd.until_wake()
        if pause is not None and not self._calls and self._news.empty():
            self._clock.sleep(min(pause, _SLICE))
            pause = 0.0
        self._hear(pause)

    def _hear(self, seconds: float | None) -> None:
        """Take all news that are there; wait for the first one, at most so long."""
        seconds = _STRETCH if seconds is None else min(seconds, _STRETCH)
        try:
            news = self._news.get(timeout=seconds) if seconds > 0 else self._news.get_nowait()
            while True:
                with self._lock:
                    news()
                news = self._news.get_nowait()
        except Empty:
            return

    def _take_leave(self) -> None:
        """Wait for the answers of submits under way, then for those of the cancels, each for its time."""
        crowd, (hold, cancel_timeout) = self._crowd, self._times
        with self._lock:
            crowd.leave()
        self._pump(time.monotonic() + hold, lambda: crowd.holding)
        self._pump(time.monotonic() + cancel_timeout, lambda: not crowd.over)

    def _pump(self, until: float, wanted: Callable[[], bool]) -> None:
        while wanted() and not self._hurry and (left := until - time.monotonic()) > 0:
            with self._lock:
                self._make_calls()
            self._hear(left)

"""Many flows at once, without a thread or a task for each: they sleep in one heap, and only their calls are made by others.

Nothing in here waits or calls anyone but the flows and the user's callback. A driver asks for the calls that are due, makes them, and
tells what came of them. A flow counts as submitting until it shows its first update.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from heapq import heappop, heappush
from inspect import isawaitable
from threading import Lock
from typing import Any, Final, Generic, Protocol, TypeVar

from runcomfy_client._core.flows.effects import CallerError, Effect, Flow, Monotonic, Notify, RunCoroutine, Send, Sleep
from runcomfy_client.errors import RunComfyError
from runcomfy_client.interrupts import OrphanedJob, orphaned_job

ItemT = TypeVar("ItemT")


class Times(Protocol):
    """What a crowd reads off a clock."""

    def now(self) -> float: ...

    def today(self) -> Any: ...

    def random(self) -> float: ...


class FlowCancelled(BaseException):
    """Thrown into flows whose caller leaves."""


class ScheduledFlow(Generic[ItemT]):
    """One flow of a crowd, and the item that it is about."""

    __slots__ = ("call", "cancelling", "flow", "item", "submitting")

    def __init__(self, item: ItemT, flow: Flow[Any]) -> None:
        self.item = item
        self.flow = flow
        self.call: Call | None = None
        self.submitting = True
        self.cancelling = False


class Call:
    """A call that a member waits for: a `Send`, or what the user's callback returned to be awaited."""

    __slots__ = ("member", "under_way", "work")

    def __init__(self, member: ScheduledFlow[Any], work: Send | RunCoroutine | Awaitable[Any]) -> None:
        self.member = member
        self.work = work
        self.under_way = False

    @property
    def is_paid(self) -> bool:
        """Whether its answer holds a job's id."""
        return isinstance(self.work, Send) and self.work.shield > 0


class FlowScheduler(Generic[ItemT]):
    """Flows that are under way together. It is not thread-safe: one thread or task drives it, or several by turns that hold `lock`, which
    is let go while the user's callback is called.

    Args:
        start: makes the flow of an item; an error in place of a flow is its outcome.
        clock: the time.
        max_in_flight: how many may be under way, those included whose outcome has not been taken.
        max_concurrent_submits: how many of them may be submitting.
        show: called with an item and each of its updates.
    """

    def __init__(
        self,
        start: Callable[[ItemT], Flow[Any] | RunComfyError],
        clock: Times,
        *,
        max_in_flight: int,
        max_concurrent_submits: int,
        show: Callable[[ItemT, Any], object] | None,
    ) -> None:
        self.lock: Lock | None = None
        self.finished: Final[deque[tuple[ItemT, Any]]] = deque()
        self.left: Final[list[OrphanedJob]] = []
        self.failure: BaseException | None = None
        self.leaving = False
        self._start = start
        self._no_more = False
        self._clock = clock
        self._concurrency = max_in_flight
        self._submits = max_concurrent_submits
        self._show = show
        self._members: set[ScheduledFlow[ItemT]] = set()
        self._submitting = 0
        self._asleep: list[tuple[float, int, ScheduledFlow[ItemT]]] = []
        self._calls: deque[Call] = deque()
        self._count = 0

    @property
    def over(self) -> bool:
        """Whether nothing is under way and nothing more will be."""
        return not self._members and self._no_more

    @property
    def room(self) -> bool:
        """Whether one more item is wanted."""
        return (
            not self._no_more and self._submitting < self._submits and len(self._members) + len(self.finished) < self._concurrency
        )

    @property
    def holding(self) -> bool:
        """Whether, on leaving, the answer of a paid call is still worth waiting for."""
        return any(not member.cancelling for member in self._members)

    def begin(self, item: ItemT) -> None:
        """Begin with one more item; one that comes when no more are wanted is dropped."""
        if self._no_more:
            return
        flow = self._start(item)
        if isinstance(flow, RunComfyError):
            self.finished.append((item, flow))
            return
        member = ScheduledFlow(item, flow)
        self._members.add(member)
        self._submitting += 1
        self._go_on(member, partial(next, flow))

    def end_of_items(self, failure: BaseException | None = None) -> None:
        """Take note that there are no more items; a failure to give them is a bug of the user's, for which nothing is to be lost."""
        if not self._no_more:
            self._no_more, self.failure = True, failure

    def advance(self) -> None:
        """Go on with all flows whose sleep is over."""
        now = self._clock.now()
        while self._asleep and self._asleep[0][0] <= now:
            member = heappop(self._asleep)[2]
            self._go_on(member, partial(member.flow.send, None))

    def next_call(self) -> Call | None:
        """Take the next call that is to be made, if there is one."""
        while self._calls:
            call = self._calls.popleft()
            if call.member.call is call:
                call.under_way = True
                return call
        return None

    def told(self, call: Call, answer: Any) -> None:
        """Go on with the flow that waits for a call; an exception in place of an answer is thrown in. One that waits no more is left."""
        member = call.member
        if member.call is call:
            member.call = None
            if isinstance(answer, BaseException):
                self._go_on(member, self._throwing(member, answer if isinstance(call.work, (Send, RunCoroutine)) else CallerError(answer)))
            else:
                self._go_on(member, partial(member.flow.send, answer))

    def until_wake(self) -> float | None:
        """Return the seconds until a sleep is over; None when nothing sleeps."""
        return max(0.0, self._asleep[0][0] - self._clock.now()) if self._asleep else None

    def leave(self, *, show: bool = True) -> None:
        """Let all flows take their leave; those with a paid call under way do so when they are told its answer."""
        self.leaving = self._no_more = True
        if not show:
            self._show = None
        self._asleep.clear()
        for member in list(self._members):
            call = member.call
            if not member.cancelling and not (call and call.under_way and call.is_paid):
                self._part(member)

    def abandon(self) -> None:
        """End all flows that are still under way, whatever they wait for."""
        self.leave()
        for member in list(self._members):
            self._part(member)

    def account(self, taken: tuple[ItemT, Any] | None = None) -> tuple[OrphanedJob, ...]:
        """Return every job that nobody has been told the outcome of, those included that are over, and the one just `taken`."""
        undelivered = [*self.finished]
        if taken is not None and not any(one is taken for one in undelivered):
            undelivered.insert(0, taken)
        told = (
            orphaned_job(outcome) if isinstance(outcome, RunComfyError) else OrphanedJob(outcome[0].model_id, outcome[0].request_id)
            for _, outcome in undelivered
        )
        return (*self.left, *filter(None, told))

    def _part(self, member: ScheduledFlow[ItemT]) -> None:
        member.call = None
        self._go_on(member, self._throwing(member, FlowCancelled()))

    def _throwing(self, member: ScheduledFlow[ItemT], stop: BaseException) -> Callable[[], Effect]:
        member.cancelling = True
        return partial(member.flow.throw, stop)

    def _go_on(self, member: ScheduledFlow[ItemT], step: Callable[[], Effect]) -> None:
        """Go on with a flow until it sleeps, calls or ends."""
        while True:
            try:
                effect = step()
            except StopIteration as end:
                return self._end(member, end.value)
            except RunComfyError as error:
                return self._end(member, error)
            except BaseException as stop:
                return self._break_off(member, stop.error if isinstance(stop, CallerError) else stop)
            if self.leaving and not member.cancelling:
                step = self._throwing(member, FlowCancelled())
                continue
            match effect:
                case Send() | RunCoroutine():
                    return self._call(member, effect)
                case Sleep(seconds, spread):
                    return self._sleep(member, seconds * (1 - spread * self._clock.random()))
                case Monotonic():
                    step = partial(member.flow.send, self._clock.now())
                case Notify(update):
                    shown = self._notify(member, update)
                    if member not in self._members:  # the callback took so long that it was left without it
                        return
                    if isinstance(shown, BaseException):
                        step = self._throwing(member, shown)
                    elif isawaitable(shown):
                        return self._call(member, shown)
                    else:
                        step = partial(member.flow.send, None)
                case _:
                    step = partial(member.flow.send, self._clock.today())

    def _call(self, member: ScheduledFlow[ItemT], work: Send | RunCoroutine | Awaitable[Any]) -> None:
        member.call = call = Call(member, work)
        # few submits are under way at a time, so letting them pass first keeps no poll waiting for long
        (self._calls.appendleft if call.is_paid else self._calls.append)(call)

    def _sleep(self, member: ScheduledFlow[ItemT], seconds: float) -> None:
        self._count += 1  # two that wake at the same time wake in the order in which they fell asleep
        heappush(self._asleep, (self._clock.now() + seconds, self._count, member))

    def _notify(self, member: ScheduledFlow[ItemT], update: Any) -> object:
        """Show an update; return what the callback returned, or the exception that it raised."""
        self._submitted(member)
        if self._show is None:
            return None
        if self.lock is not None:
            self.lock.release()
        try:
            return self._show(member.item, update)
        except BaseException as error:
            return CallerError(error)
        finally:
            if self.lock is not None:
                self.lock.acquire()

    def _submitted(self, member: ScheduledFlow[ItemT]) -> None:
        if member.submitting:
            member.submitting = False
            self._submitting -= 1

    def _end(self, member: ScheduledFlow[ItemT], outcome: Any) -> None:
        self._submitted(member)
        self._members.discard(member)
        self.finished.append((member.item, outcome))

    def _break_off(self, member: ScheduledFlow[ItemT], stop: BaseException) -> None:
        self._submitted(member)
        self._members.discard(member)
        if not isinstance(stop, FlowCancelled):
            self.failure = self.failure or stop
        if (left := orphaned_job(stop)) is not None:
            self.left.append(left)

"""Calls in a helper thread."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from queue import Empty
from typing import Any

import pytest
from runcomfy_client._http.event_loop import in_thread
from runcomfy_client._http.thread_call import ThreadCall, ThreadIterator


def outcome(call: ThreadCall[Any]) -> Any:
    call.start()
    return outcome_of(call)


def outcome_of(call: ThreadCall[Any]) -> Any:
    assert call.wait(20)
    return call.result()


def test_a_call_runs_in_another_thread_and_returns_its_value() -> None:
    assert outcome(ThreadCall(threading.get_ident)) != threading.get_ident()


def test_an_exception_is_raised_in_the_caller() -> None:
    with pytest.raises(KeyboardInterrupt):
        outcome(ThreadCall(lambda: (_ for _ in ()).throw(KeyboardInterrupt)))


def test_a_call_that_hangs_does_not_block_its_caller() -> None:
    release = threading.Event()
    hanging: ThreadCall[bool] = ThreadCall(lambda: release.wait(20))
    hanging.start()
    assert not hanging.wait(0.001)
    assert outcome(ThreadCall(lambda: 7)) == 7  # and does not delay others
    release.set()
    assert hanging.wait(20)


def test_a_call_cancelled_before_it_starts_is_not_made() -> None:
    made: list[int] = []
    call = ThreadCall(lambda: made.append(7))
    assert call.cancel()
    call.start()
    assert outcome(ThreadCall(lambda: 8)) == 8  # in the same thread, after it
    assert not made and not call.is_done


def test_a_call_that_has_begun_cannot_be_cancelled() -> None:
    call = ThreadCall(lambda: 7)
    assert outcome(call) == 7
    assert not call.cancel()


def test_a_coroutine_waits_for_a_call_in_a_thread() -> None:
    async def main() -> None:
        assert await in_thread(threading.get_ident) != threading.get_ident()
        waiting = asyncio.ensure_future(in_thread(lambda: release.wait(20)))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    release = threading.Event()
    asyncio.run(main())
    release.set()


def test_worker_threads_do_not_keep_the_interpreter_alive() -> None:
    assert outcome(ThreadCall(lambda: int(threading.current_thread().daemon))) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # the test forks while threads run
def test_a_forked_child_starts_its_own_threads() -> None:
    outcome(ThreadCall(lambda: 1))
    child = os.fork()
    if child == 0:
        call = ThreadCall(lambda: 1)
        call.start()
        os._exit(0 if call.wait(20) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_only_a_few_idle_threads_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runcomfy_client._http.thread_call._idle", [])
    others = set(threading.enumerate())
    release = threading.Event()
    calls = [ThreadCall(release.wait) for _ in range(60)]
    for call in calls:
        call.start()
    assert len(set(threading.enumerate()) - others) == 60
    release.set()
    assert all(call.wait(10) for call in calls)
    eventually(lambda: len(set(threading.enumerate()) - others) <= 32)  # the threads end a moment later


def refuse_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("runcomfy_client._http.thread_call._idle", [])
    monkeypatch.setattr(threading.Thread, "start", refuse)


def test_without_a_new_thread_the_call_runs_in_the_current_one(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_threads(monkeypatch)
    call = ThreadCall(threading.get_ident)
    call.start()
    assert call.is_done and call.result() == threading.get_ident()


def test_a_call_that_requires_a_thread_fails_if_none_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_threads(monkeypatch)
    call = ThreadCall(threading.get_ident)
    with pytest.raises(RuntimeError, match="new thread"):
        call.start_in_thread()
    assert call.cancel()
    with pytest.raises(RuntimeError, match="new thread"):
        ThreadIterator([1])


def test_an_iterator_is_read_in_one_thread_and_closed_there() -> None:
    threads: list[int] = []

    def items() -> Iterator[int | None]:
        try:
            for item in (1, None):
                threads.append(threading.get_ident())
                yield item
            raise LookupError
        finally:
            threads.append(threading.get_ident())

    iterator = ThreadIterator(items())
    assert [iterator.next(20) for _ in range(2)] == [1, None]
    with pytest.raises(LookupError):
        iterator.next(20)
    assert iterator.next(20) is iterator.END
    assert len(threads) == 3 and len(set(threads)) == 1 and threading.get_ident() not in threads

    threads.clear()
    iterator = ThreadIterator(items())
    assert iterator.next(20) == 1
    iterator.close()
    assert iterator.next(20) is iterator.END
    eventually(lambda: len(threads) == 2)
    assert len(set(threads)) == 1


def test_an_iterator_reads_ahead_a_limited_number_of_items() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    iterator = ThreadIterator(items(), ahead=3)
    eventually(lambda: len(taken) == 3)
    assert [iterator.next(20) for _ in range(50)] == list(range(50))
    eventually(lambda: len(taken) == 53)
    assert outcome(ThreadCall(lambda: len(taken))) == 53
    iterator.close()


def test_an_item_that_does_not_arrive_in_time_arrives_later() -> None:
    release = threading.Event()
    iterator = ThreadIterator(release.wait(20) for _ in range(1))
    with pytest.raises(Empty):
        iterator.next(0.001)
    release.set()
    assert iterator.next(20) is True
    iterator.close()


def test_a_closed_iterator_reads_no_more_items() -> None:
    release = threading.Event()
    taken: list[int] = []

    def items() -> Iterator[int]:
        try:
            for number in range(100):
                taken.append(number)
                yield number
                release.wait(20)
        finally:
            taken.append(-1)

    iterator = ThreadIterator(items(), ahead=3)
    assert iterator.next(20) == 0
    iterator.close()
    release.set()
    eventually(lambda: taken[-1] == -1)
    assert taken == [0, 1, -1]  # one read was in progress


def test_closing_an_iterator_that_hangs_releases_its_waiting_thread() -> None:
    release = threading.Event()
    iterator = ThreadIterator(release.wait(20) for _ in range(1))
    waiting = ThreadCall(iterator.next)
    waiting.start()
    assert not waiting.wait(0.001)
    iterator.close()
    assert outcome_of(waiting) is iterator.END
    release.set()


def eventually(holds: Callable[[], bool]) -> None:
    for _ in range(2000):
        if holds():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never holds")

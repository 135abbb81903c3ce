"""Calls in a thread of their own."""

from __future__ import annotations

import os
import threading

import pytest
from runcomfy_client._http.thread_call import ThreadCall


def outcome(aside: ThreadCall[int]) -> int:
    aside.start()
    assert aside.ended(20)
    return aside.outcome()


def test_a_call_is_made_elsewhere_and_its_value_comes_back() -> None:
    assert outcome(ThreadCall(threading.get_ident)) != threading.get_ident()


def test_its_error_comes_back() -> None:
    with pytest.raises(KeyboardInterrupt):
        outcome(ThreadCall(lambda: (_ for _ in ()).throw(KeyboardInterrupt)))


def test_one_that_hangs_is_not_waited_for() -> None:
    release = threading.Event()
    hanging: ThreadCall[bool] = ThreadCall(lambda: release.wait(20))
    hanging.start()
    assert not hanging.ended(0.001)
    assert outcome(ThreadCall(lambda: 7)) == 7  # and holds up no other
    release.set()
    assert hanging.ended(20)


def test_threads_keep_no_program_from_ending() -> None:
    assert outcome(ThreadCall(lambda: int(threading.current_thread().daemon))) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # forking beside threads is the point
def test_a_fork_has_threads_of_its_own() -> None:
    outcome(ThreadCall(lambda: 1))
    child = os.fork()
    if child == 0:
        aside = ThreadCall(lambda: 1)
        aside.start()
        os._exit(0 if aside.ended(20) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_few_threads_are_kept() -> None:
    release = threading.Event()
    calls = [ThreadCall(release.wait) for _ in range(60)]
    for call in calls:
        call.start()
    release.set()
    assert all(call.ended(10) for call in calls)
    for _ in range(500):  # their threads end a moment later
        if sum(thread.name == "runcomfy-call" for thread in threading.enumerate()) <= 32:
            return
        threading.Event().wait(0.01)
    raise AssertionError("too many threads are kept")


def test_where_no_thread_can_be_had_the_call_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("runcomfy_client._http.thread_call._Worker.idle", refuse)
    call = ThreadCall(threading.get_ident)
    call.start()
    assert call.ended(0) and call.outcome() == threading.get_ident()

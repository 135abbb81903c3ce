"""An exception of a signal handler during a submit is raised after the response, with the job's id; other handlers run at once.

The client never replaces a handler.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from runcomfy_client import orphaned_job
from runcomfy_client.client import RunComfy
from runcomfy_client.policy import Policy

from tests.runtime.harness import BASE, TOKEN, FakeClock, Film

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="the system has no such signals")


class SignalError(Exception):
    pass


@pytest.fixture
def handle() -> Iterator[Callable[[int, Callable[..., Any]], None]]:
    """Set signal handlers for one test."""
    before: dict[int, Any] = {}

    def put(number: int, handler: Callable[..., Any]) -> None:
        before.setdefault(number, signal.signal(number, handler))

    yield put
    for number, handler in before.items():
        signal.signal(number, handler)


def submit(*signals: int, answer: bool = True) -> str:
    """Submit; during the call, each signal arrives after the handler of the previous one has run."""
    release = threading.Event()

    def respond(_request: httpx.Request) -> httpx.Response:
        for number in signals:
            signal.pthread_kill(threading.main_thread().ident or 0, number)
            threading.Event().wait(0.05)  # the handler runs in the main thread
        if not answer:
            release.wait(20)
        return httpx.Response(200, json={"request_id": "r-1"})

    try:
        with httpx.Client(transport=httpx.MockTransport(respond)) as http:
            policy = Policy(submit_grace_period=0.5 if not answer else 20.0)
            client = RunComfy(TOKEN, base_url=BASE, http_client=http, clock=FakeClock(), policy=policy, cancel_queued=False)
            return client.submit(Film(prompt="x")).request_id
    finally:
        release.set()


def test_a_handler_that_does_not_raise_is_called_at_once_without_side_effects(handle: Any) -> None:
    called: list[int] = []
    for number in (signal.SIGUSR1, signal.SIGUSR2):  # two equal signals could be merged
        handle(number, lambda number, _frame: called.append(number))
    assert submit(signal.SIGUSR1, signal.SIGUSR2) == "r-1"
    assert called == [signal.SIGUSR1, signal.SIGUSR2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGALRM, signal.SIGTERM, signal.SIGABRT, signal.SIGTSTP])
def test_an_exception_of_a_signal_handler_is_raised_after_the_response_and_names_the_job(number: int, handle: Any) -> None:
    def raise_error(_number: int, _frame: Any) -> None:
        raise SignalError

    handle(number, raise_error)
    with pytest.raises(SignalError) as caught:
        submit(number)
    left = orphaned_job(caught.value)
    assert left is not None and left.request_id == "r-1"
    assert signal.getsignal(number) is raise_error


@pytest.mark.parametrize("signals", [(signal.SIGINT,), (signal.SIGINT, signal.SIGINT)], ids=["no answer", "twice"])
def test_a_submit_abandoned_by_a_second_signal_is_reported_as_unknown(signals: tuple[int, ...]) -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        submit(*signals, answer=False)
    left = orphaned_job(caught.value)
    assert left is not None and left.unknown is not None


def test_an_interrupt_during_a_submit_without_a_thread_reports_an_unknown_submit(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("runcomfy_client._http.thread_call._idle", [])
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert submit() == "r-1"
    with pytest.raises(KeyboardInterrupt) as caught:
        submit(signal.SIGINT)
    left = orphaned_job(caught.value)
    assert left is not None
    assert left.unknown is not None or left.request_id == "r-1"  # it may come just after the response


def test_a_submit_replaces_no_signal_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(number: int, _handler: object) -> None:
        raise AssertionError(f"the handler of signal {number} was replaced")

    monkeypatch.setattr(signal, "signal", refuse)
    assert submit() == "r-1"


PROGRAM = """
import sys
from tests.runtime.harness import BASE, TOKEN, Film

def submit():
    import httpx
    from runcomfy_client import RunComfy
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"request_id": "r-1"}))
    with httpx.Client(transport=transport) as http:
        print(RunComfy(TOKEN, base_url=BASE, http_client=http).submit(Film(prompt="x")).request_id, flush=True)
"""
ATEXIT = PROGRAM + """
import atexit
atexit.register(submit)
"""
FOREIGN_THREAD = f"""
import _thread, time
assert "threading" not in __import__("sys").modules
done = []
def host():
    import threading
    try:
        exec(PROGRAM, namespace := {{}})
        namespace["submit"]()
    finally:
        done.append(True)
PROGRAM = {PROGRAM!r}
_thread.start_new_thread(host, ())
while not done:
    time.sleep(0.01)
"""


@pytest.mark.parametrize("program", [ATEXIT, FOREIGN_THREAD], ids=["at interpreter exit", "threading imported in another thread"])
def test_a_submit_works(program: str) -> None:
    setup = f"import sys; sys.path[:0] = {sys.path!r}"
    command = [sys.executable, "-I", "-S", "-c", setup + chr(10) + program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout.split() == ["r-1"], ended.stderr

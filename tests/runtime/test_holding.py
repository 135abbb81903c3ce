"""What signal handlers raise during a paid call waits for its answer; what they do is done at once, and they are there again after
it.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from runcomfy_client import orphaned_job
from runcomfy_client._engine.holding import CAN_HOLD, Holding
from runcomfy_client.client import RunComfy
from runcomfy_client.policy import Policy

from tests.runtime.harness import BASE, TOKEN, FakeClock, Film

pytestmark = pytest.mark.skipif(not CAN_HOLD, reason="the system has no such signals")


class TimeIsUp(Exception):
    pass


@pytest.fixture
def handle() -> Iterator[Callable[[int, Callable[..., Any]], None]]:
    """Sets handlers of signals for one test."""
    before: dict[int, Any] = {}

    def put(number: int, handler: Callable[..., Any]) -> None:
        before.setdefault(number, signal.signal(number, handler))

    yield put
    for number, handler in before.items():
        signal.signal(number, handler)


def submit(*signals: int, answer: bool = True) -> str:
    """Submit, with signals coming in while the call is under way."""

    def say(_request: httpx.Request) -> httpx.Response:
        for number in signals:
            signal.raise_signal(number)
        if not answer:
            time.sleep(20)
        return httpx.Response(200, json={"request_id": "r-1"})

    with httpx.Client(transport=httpx.MockTransport(say)) as http:
        client = RunComfy(
            TOKEN, base_url=BASE, http_client=http, clock=FakeClock(), policy=Policy(submit_grace_period=0.1), cancel_queued=False
        )
        return client.submit(Film(prompt="x")).request_id


def test_a_handler_that_raises_nothing_is_called_at_once_and_disturbs_nothing(handle: Any) -> None:
    called: list[int] = []
    handle(signal.SIGUSR1, lambda number, _frame: called.append(number))
    assert submit(signal.SIGUSR1, signal.SIGUSR1) == "r-1"
    assert called == [signal.SIGUSR1, signal.SIGUSR1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGALRM, signal.SIGTERM])
def test_an_exception_of_a_signal_handler_is_raised_after_the_response_and_names_the_job(number: int, handle: Any) -> None:
    def ring(_number: int, _frame: Any) -> None:
        raise TimeIsUp

    handle(number, ring)
    with pytest.raises(TimeIsUp) as caught:
        submit(number)
    left = orphaned_job(caught.value)
    assert left is not None and left.request_id == "r-1"
    assert signal.getsignal(number) is ring


@pytest.mark.parametrize("signals", [(signal.SIGINT,), (signal.SIGINT, signal.SIGINT)], ids=["no answer", "twice"])
def test_a_submit_abandoned_by_a_second_signal_is_reported_as_unknown(signals: tuple[int, ...]) -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        submit(*signals, answer=False)
    left = orphaned_job(caught.value)
    assert left is not None and left.unknown is not None


def test_the_handlers_are_restored_afterwards() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    holding = Holding(0.05)

    def work() -> str:
        signal.raise_signal(signal.SIGINT)
        return "done"

    assert holding.call(work) == "done"
    assert isinstance(holding.stop, KeyboardInterrupt)
    assert {number: signal.getsignal(number) for number in before} == before
    threading.Event().wait(0.1)  # its timer was called off, and sends no signal any more

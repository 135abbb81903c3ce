"""Exceptions and values from the user's callbacks, hooks and iterables are not treated as responses, and cause no hang."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client import orphaned_jobs
from runcomfy_client._http.thread_call import ThreadCall
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.client import RunComfy
from runcomfy_client.errors import ConfigurationError, SubmitUnknown
from runcomfy_client.policy import Policy
from runcomfy_client.runs import Runs

from tests.runtime.harness import (
    ACCEPTED,
    BASE,
    DONE,
    SUCCESS,
    TOKEN,
    AsyncFakeClock,
    ClientHarness,
    FakeClock,
    Film,
    Reply,
    ScriptedServer,
    json_reply,
    raw_reply,
)

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


def server(**more: Reply | list[Reply]) -> ScriptedServer:
    script: dict[str, Reply | list[Reply]] = {
        "submit": ACCEPTED,
        "status": DONE,
        "result": SUCCESS,
        "cancel": json_reply(outcome="cancelled"),
    }
    return ScriptedServer(**{**script, **more})


@pytest.mark.parametrize("status", [400, 401, 404, 429])
def test_a_failed_call_inside_a_hook_is_not_treated_as_the_submits_response(status: int) -> None:
    """The 429 of a metrics collector does not concern the submit, which was accepted."""
    saying = server()

    def fetch_result(_response: httpx.Response) -> None:
        with httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(status))) as collector:
            collector.post("https://metrics.example.com/").raise_for_status()

    own = httpx.Client(transport=httpx.MockTransport(saying), event_hooks={"response": [fetch_result]})
    with own, pytest.raises(SubmitUnknown):
        RunComfy(TOKEN, base_url=BASE, http_client=own, clock=FakeClock()).submit(Film(prompt="x"))
    assert saying.count("submit") == 1


@pytest.mark.parametrize("where", ["the callback", "the feed"])
def test_a_cancellation_raised_by_user_code_ends_run_all(where: str) -> None:
    submitted = asyncio.Event()

    async def feed() -> AsyncIterator[Film]:
        yield Film(prompt="x")
        await submitted.wait()
        if where == "the feed":
            raise asyncio.CancelledError

    async def show(_request: Any, _status: Any) -> None:
        submitted.set()
        if where == "the callback":
            raise asyncio.CancelledError

    async def use(client: AsyncRunComfy) -> Any:
        runs = client.run_all(feed(), on_status=show)
        with pytest.raises(asyncio.CancelledError) as caught:
            async with asyncio.timeout(20):
                async for _ in runs:
                    pass
        return caught.value

    error = ClientHarness("async", server()).call(use)
    assert [left.request_id for left in orphaned_jobs(error)] == ["r-1"]


@KINDS
def test_closing_the_client_ends_run_all_even_if_the_users_http_client_stays_open(kind: str) -> None:
    saying = server()
    requests = [Film(prompt=str(number)) for number in range(40)]
    options: dict[str, Any] = {
        "token": TOKEN,
        "base_url": BASE,
        "policy": Policy(polls_per_second=1e6, submit_grace_period=0.1, cancel_timeout=0.1),
    }
    if kind == "sync":
        with httpx.Client(transport=httpx.MockTransport(saying)) as http:
            with RunComfy(**options, http_client=http, clock=FakeClock()) as client:
                runs: Runs[Any] = client.run_all(requests, max_in_flight=4)
                next(runs)
            submitted = saying.count("submit")
            with pytest.raises(ConfigurationError, match="closed"):
                list(runs)
    else:

        async def main() -> int:
            async with httpx.AsyncClient(transport=httpx.MockTransport(saying)) as http:
                async with AsyncRunComfy(**options, http_client=http, clock=AsyncFakeClock()) as client:
                    runs = client.run_all(requests, max_in_flight=4)
                    await anext(runs)
                submitted = saying.count("submit")
                with pytest.raises(ConfigurationError, match="closed"):
                    async for _ in runs:
                        pass
                return submitted

        submitted = asyncio.run(main())
    assert saying.count("submit") <= submitted + 4 and saying.count("submit") < 20


def test_the_requests_iterable_is_read_in_one_thread() -> None:
    """It may use a database cursor, which belongs to the thread that created it."""
    threads = set()

    def feed() -> Iterator[Film]:
        for number in range(20):
            threads.add(threading.get_ident())
            yield Film(prompt=str(number))

    outcomes = ClientHarness("sync", server()).call(lambda client: list(client.run_all(feed(), max_concurrent_submits=1)))
    assert len(outcomes) == 20 and len(threads) == 1


@pytest.mark.parametrize("call", ["balance", "cancel", "status"])
def test_ctrl_c_during_the_last_response_is_not_swallowed(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wait = ThreadCall.wait

    def late(thread_call: ThreadCall[Any], seconds: float) -> bool:
        assert wait(thread_call, seconds)
        raise KeyboardInterrupt

    monkeypatch.setattr(ThreadCall, "wait", late)
    saying = server(balance=json_reply(balance_usd=1))
    harness = ClientHarness("sync", saying)
    uses: dict[str, Any] = {
        "balance": lambda client: client.balance(),
        "cancel": lambda client: client.job("r-1").cancel(),
        "status": lambda client: client.job("r-1").result(timeout=5),
    }
    with pytest.raises(KeyboardInterrupt):
        harness.call(uses[call])


@KINDS
@pytest.mark.parametrize("error", [ValueError("mine"), FileExistsError("mine"), TimeoutError("mine")])
def test_an_error_of_the_progress_callback_is_not_reported_as_a_disk_error(kind: str, error: Exception, tmp_path: Path) -> None:
    def fail(_progress: Any) -> None:
        raise error

    def use(client: Any) -> Any:
        async def asynchronous() -> Any:
            return await (await client.run(Film(prompt="x"))).save(tmp_path, on_progress=fail)

        return client.run(Film(prompt="x")).save(tmp_path, on_progress=fail) if kind == "sync" else asynchronous()

    with pytest.raises(type(error)) as caught:
        ClientHarness(kind, server(file=raw_reply(b"film"))).call(use)
    assert caught.value is error and not list(tmp_path.iterdir())


def test_the_sync_run_all_rejects_a_coroutine_function_as_callback() -> None:
    async def show(_request: Any, _status: Any) -> None: ...

    with pytest.raises(ConfigurationError, match="coroutine function"):
        ClientHarness("sync", server()).call(lambda client: client.run_all([Film(prompt="x")], on_status=show))

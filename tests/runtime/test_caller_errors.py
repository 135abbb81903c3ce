"""Exceptions from outside (a callback, a closed client, a hook, a signal) lose no job and repeat no submit."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client import client as client_module
from runcomfy_client import orphaned_job, orphaned_jobs
from runcomfy_client._core.flows import submit as submit_module
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.client import RunComfy
from runcomfy_client.errors import (
    AuthenticationError,
    ConfigurationError,
    InsufficientBalance,
    JobFailed,
    MissingToken,
    RunComfyError,
)
from runcomfy_client.hooks import Hooks
from runcomfy_client.policy import Policy

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
QUEUED = json_reply(request_id="r-1", status="in_queue")


def server(**more: Reply | list[Reply]) -> ScriptedServer:
    script: dict[str, Reply | list[Reply]] = {
        "submit": ACCEPTED,
        "status": DONE,
        "result": SUCCESS,
        "cancel": json_reply(outcome="cancelled"),
    }
    return ScriptedServer(**{**script, **more})


@KINDS
@pytest.mark.parametrize(
    "error", [MissingToken("of another client"), JobFailed("of another job", request_id="r-9"), GeneratorExit()]
)
def test_a_runcomfy_error_raised_by_a_callback_is_not_treated_as_the_jobs(kind: str, error: BaseException) -> None:
    def fail(_status: Any) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        ClientHarness(kind, server()).run(on_status=fail)
    assert caught.value is error
    left = orphaned_job(error)
    assert left is not None and (left.request_id, left.cancelled) == ("r-1", True)


@KINDS
def test_in_run_all_a_callback_error_ends_the_run_and_is_not_an_outcome(kind: str) -> None:
    error = MissingToken("of another client")

    def fail(_request: Any, _status: Any) -> None:
        raise error

    async def afail(_request: Any, _status: Any) -> None:
        raise error

    def sync(client: Any) -> Any:
        return list(client.run_all([Film(prompt="x")], on_status=fail))

    async def asynchronous(client: Any) -> Any:
        return [outcome async for outcome in client.run_all([Film(prompt="x")], on_status=afail)]

    with pytest.raises(MissingToken) as caught:
        ClientHarness(kind, server()).call(sync if kind == "sync" else asynchronous)
    assert [left.request_id for left in orphaned_jobs(caught.value)] == ["r-1"]


@KINDS
def test_no_job_is_submitted_once_the_client_is_closed(kind: str) -> None:
    """The iterator is used after the client was closed: `with client: runs = client.run_all(...)`."""
    saying = server(status=QUEUED)
    requests = [Film(prompt=str(number)) for number in range(40)]
    options: dict[str, Any] = {
        "token": TOKEN,
        "base_url": BASE,
        "policy": Policy(polls_per_second=1e6, submit_grace_period=0.1, cancel_timeout=0.1),
    }
    if kind == "sync":
        http = httpx.Client(transport=httpx.MockTransport(saying))
        runs = RunComfy(**options, http_client=http, clock=FakeClock()).run_all(
            requests, max_in_flight=8, on_status=lambda _request, _status: http.close()
        )
        with pytest.raises(ConfigurationError, match="closed") as caught:
            list(runs)
    else:

        async def main() -> None:
            http = httpx.AsyncClient(transport=httpx.MockTransport(saying))

            async def close(_request: Any, _status: Any) -> None:
                await http.aclose()

            client = AsyncRunComfy(**options, http_client=http, clock=AsyncFakeClock())
            async for _ in client.run_all(requests, max_in_flight=8, on_status=close):
                pass

        with pytest.raises(ConfigurationError, match="closed") as caught:
            asyncio.run(main())
    assert saying.count("submit") < 10
    assert len(orphaned_jobs(caught.value)) == saying.count("submit")


@KINDS
def test_a_wait_ends_when_the_client_is_closed_and_names_the_job(kind: str) -> None:
    """Also with the user's own HTTP client, since no poll can succeed any more."""
    saying = server(status=QUEUED)
    with pytest.raises(ConfigurationError, match="closed") as caught:
        if kind == "sync":
            http = httpx.Client(transport=httpx.MockTransport(saying))
            RunComfy(TOKEN, base_url=BASE, http_client=http, clock=FakeClock()).run(
                Film(prompt="x"), on_status=lambda _status: http.close()
            )
        else:

            async def main() -> None:
                own = httpx.AsyncClient(transport=httpx.MockTransport(saying))
                client = AsyncRunComfy(TOKEN, base_url=BASE, http_client=own, clock=AsyncFakeClock())
                await client.run(Film(prompt="x"), on_status=lambda _status: own.aclose())

            asyncio.run(main())
    left = orphaned_job(caught.value)
    assert left is not None and left.request_id == "r-1"


@pytest.mark.parametrize("where", ["the flow", "the client"])
def test_ctrl_c_between_the_response_and_the_caller_names_the_job(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def stop(*_args: Any, **_options: Any) -> Any:
        raise KeyboardInterrupt

    module, name = (submit_module, "outcome_of") if where == "the flow" else (client_module, "output_class")
    monkeypatch.setattr(module, name, stop)
    for use in (lambda client: client.run(Film(prompt="x")), lambda client: client.submit(Film(prompt="x"))):
        with pytest.raises(KeyboardInterrupt) as caught:
            ClientHarness("sync", server()).call(use)
        left = orphaned_job(caught.value)
        assert left is not None and left.request_id == "r-1"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no such signal")
def test_an_exception_of_a_signal_handler_is_not_treated_as_a_lost_response() -> None:
    class SignalError(Exception):
        pass

    def raise_error(_number: int, _frame: Any) -> None:
        raise SignalError

    def wait_forever(_request: httpx.Request) -> httpx.Response:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        released.wait(5)
        return httpx.Response(503)

    released = threading.Event()
    before = signal.signal(signal.SIGALRM, raise_error)
    try:
        with pytest.raises(SignalError) as caught:
            ClientHarness("sync", server(status=wait_forever)).run()
    finally:
        signal.signal(signal.SIGALRM, before)
        released.set()
    left = orphaned_job(caught.value)
    assert left is not None and left.request_id == "r-1"


@KINDS
def test_a_hook_that_raises_system_exit_loses_no_job(kind: str) -> None:
    def leave(_call: Any) -> None:
        raise SystemExit(3)

    harness = ClientHarness(kind, server(), hooks=Hooks(response=leave))
    assert harness.run().request_id == "r-1"


@KINDS
@pytest.mark.parametrize(("status", "error"), [(401, AuthenticationError), (402, InsufficientBalance)])
def test_an_httpx_hook_that_raises_for_status_does_not_hide_a_refusal(kind: str, status: int, error: type[RunComfyError]) -> None:
    saying = server(submit=json_reply(status))

    def check(response: httpx.Response) -> None:
        response.raise_for_status()

    async def acheck(response: httpx.Response) -> None:
        response.raise_for_status()

    with pytest.raises(error):
        if kind == "sync":
            own = httpx.Client(transport=httpx.MockTransport(saying), event_hooks={"response": [check]})
            RunComfy(TOKEN, base_url=BASE, http_client=own, clock=FakeClock()).submit(Film(prompt="x"))
        else:
            aown = httpx.AsyncClient(transport=httpx.MockTransport(saying), event_hooks={"response": [acheck]})
            asyncio.run(
                AsyncRunComfy(TOKEN, base_url=BASE, http_client=aown, clock=AsyncFakeClock()).submit(
                    Film(prompt="x")
                )  # a coroutine
            )
    assert saying.count("submit") == 1


@pytest.mark.parametrize("verb", ["run", "submit"])
def test_a_task_cancelled_by_its_group_logs_its_job(verb: str, caplog: pytest.LogCaptureFixture) -> None:
    """A task group does not report the exceptions of the tasks that it cancels."""
    answered = asyncio.Event()

    async def wait_forever(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/v1/models/"):
            answered.set()
            await asyncio.sleep(0.02 if verb == "submit" else 0)
            return httpx.Response(200, json={"request_id": "r-1"})
        return httpx.Response(200, json={"status": "in_progress", "outcome": "not_cancellable"})

    async def fail() -> None:
        await answered.wait()
        await asyncio.sleep(0.01)
        raise ValueError("a sibling")

    async def main() -> None:
        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(wait_forever)) as own,
            AsyncRunComfy(TOKEN, base_url=BASE, http_client=own) as client,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(getattr(client, verb)(Film(prompt="x")))
            group.create_task(fail())

    with caplog.at_level(logging.WARNING), pytest.raises(ExceptionGroup):
        asyncio.run(main())
    assert "orphaned job: RunComfy job r-1" in caplog.text


@KINDS
def test_an_interrupt_while_files_are_saved_names_the_job(kind: str, tmp_path: Path) -> None:
    def use(client: Any) -> Any:
        def stop(_progress: Any) -> None:
            raise KeyboardInterrupt

        async def asynchronous() -> Any:
            return await (await client.run(Film(prompt="x"))).save(tmp_path, on_progress=stop)

        return client.run(Film(prompt="x")).save(tmp_path, on_progress=stop) if kind == "sync" else asynchronous()

    with pytest.raises(KeyboardInterrupt) as caught:
        ClientHarness(kind, server(file=raw_reply(b"film"))).call(use)
    left = orphaned_job(caught.value)
    assert left is not None and (left.request_id, left.succeeded) == ("r-1", True)
    assert "has succeeded" in str(left)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_users_http_client_that_was_used_before_a_fork_is_not_used_after_it() -> None:
    with httpx.Client(transport=httpx.MockTransport(server())) as own:
        client = RunComfy(TOKEN, base_url=BASE, http_client=own)
        client.submit(Film(prompt="x"))
        child = os.fork()
        if child == 0:
            try:
                client.submit(Film(prompt="x"))
            except ConfigurationError:
                os._exit(7)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        client.submit(Film(prompt="x"))

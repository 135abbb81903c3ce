"""The number of frames of this package between `client.run` and the transport."""

from __future__ import annotations

import asyncio
import sys
import threading
from types import FrameType
from typing import Any

import httpx
import pytest
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.client import RunComfy

from tests.runtime.harness import BASE, TOKEN, AsyncFakeClock, FakeClock, Film


def own_frames(frame: FrameType | None) -> list[str]:
    """Return the functions of the package on the stack."""
    names = []
    while frame is not None:
        if "runcomfy_client" in frame.f_code.co_filename:
            names.append(frame.f_code.co_qualname)
        frame = frame.f_back
    return names


class CountingTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Records the frames of the package at each request: in this thread, and in the thread that waits for it."""

    def __init__(self, other_frames: Any) -> None:
        self.seen: dict[str, list[str]] = {}
        self._other_frames = other_frames

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        call = "submit" if request.method == "POST" else request.url.path.rpartition("/")[2]
        self.seen[call] = [*own_frames(sys._getframe()), *self._other_frames()]
        status = "succeeded" if call == "result" else "completed"
        return httpx.Response(200, json={"request_id": "r-1", "status": status, "output": {}})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


def run(kind: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Run a job with the package's own HTTP client and a counting transport."""
    if kind == "sync":
        caller = threading.get_ident()

        def waiting_thread() -> list[str]:
            if threading.get_ident() == caller:
                return []
            names = own_frames(sys._current_frames()[caller])
            return names[names.index("EffectHandler._send_in_thread") :]  # without the frames of the wait

        counting = CountingTransport(waiting_thread)
        monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: counting)
        RunComfy(TOKEN, base_url=BASE, clock=FakeClock()).run(Film(prompt="x"))
        return counting.seen

    async def main() -> dict[str, list[str]]:
        task = asyncio.current_task()
        assert task is not None

        def waiting_task() -> list[str]:
            if asyncio.current_task() is task:
                return []
            names: list[str] = []
            awaited: Any = task.get_coro()
            while awaited is not None and hasattr(awaited, "cr_frame"):
                names += own_frames(awaited.cr_frame)[:1]
                awaited = awaited.cr_await
            return names

        counting = CountingTransport(waiting_task)
        monkeypatch.setattr(httpx, "AsyncHTTPTransport", lambda **_: counting)
        await AsyncRunComfy(TOKEN, base_url=BASE, clock=AsyncFakeClock()).run(Film(prompt="x"))
        return counting.seen

    return asyncio.run(main())


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_at_most_seven_frames_from_run_to_the_transport(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = run(kind, monkeypatch)
    assert set(seen) == {"submit", "status", "result"}
    name = "RunComfy.run" if kind == "sync" else "AsyncRunComfy.run"
    for names in seen.values():
        assert name in names, names
        assert len(names) <= 7, names


def test_only_the_submit_leaves_the_caller_s_thread() -> None:
    """A helper thread would add a third to the cost of a poll."""
    elsewhere: dict[str, bool] = {}
    caller = threading.get_ident()

    def respond(request: httpx.Request) -> httpx.Response:
        call = "submit" if request.method == "POST" else request.url.path.rpartition("/")[2]
        elsewhere[call] = threading.get_ident() != caller
        status = "succeeded" if call == "result" else "completed"
        return httpx.Response(200, json={"request_id": "r-1", "status": status, "output": {}})

    with httpx.Client(transport=httpx.MockTransport(respond)) as http:
        RunComfy(TOKEN, base_url=BASE, clock=FakeClock(), http_client=http).run(Film(prompt="x"))
    assert elsewhere == {"submit": True, "status": False, "result": False}

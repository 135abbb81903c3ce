"""Shared by the tests of the runtime: a fake clock, a small request class, a scripted server, and both clients behind one
interface.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, ClassVar

import httpx
from pydantic import Field
from runcomfy_client._core.flows.effects import Effect, Flow, Monotonic, Notify, Send, Sleep, WallClock
from runcomfy_client._core.flows.limits import RateLimiter, RetryBudget
from runcomfy_client._core.flows.options import CallOptions
from runcomfy_client._core.protocol.response import Response, TransportError
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.client import RunComfy
from runcomfy_client.policy import Policy
from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import Output

BASE = "https://api.example.com"
TOKEN = "canary-token-4711"
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class FilmOutput(Output):
    video: str | None = None


class Film(Request[FilmOutput], frozen=True):
    MODEL_ID: ClassVar[str] = "studio/film-1.0/text to video"
    OUTPUT: ClassVar[type[Output]] = FilmOutput

    prompt: str
    seconds: Annotated[int | None, Field(ge=3, le=15)] = 10


class FakeClock:
    """A clock that advances only in `sleep`. `chance` is the value of every random number; 0.0 does not shorten sleeps."""

    def __init__(self, *, chance: float = 0.0) -> None:
        self.time = 1000.0
        self.sleeps: list[float] = []
        self.chance = chance

    def now(self) -> float:
        return self.time

    def utcnow(self) -> datetime:
        return START + timedelta(seconds=self.time - 1000.0)

    def random(self) -> float:
        return self.chance

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += seconds


class AsyncFakeClock(FakeClock):
    async def sleep(self, seconds: float) -> None:  # type: ignore[override]  # the async counterpart
        FakeClock.sleep(self, seconds)
        await asyncio.sleep(0)


Reply = httpx.Response | BaseException | Callable[[httpx.Request], httpx.Response]


class ScriptedServer:
    """Responds to submits, statuses, results, cancels and files from lists of replies, in order. The last reply repeats."""

    def __init__(self, **script: Reply | list[Reply]) -> None:
        self._script = {name: list(replies) if isinstance(replies, list) else [replies] for name, replies in script.items()}
        self.calls: list[tuple[str, httpx.Request]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = self._name(request)
        self.calls.append((name, request))
        replies = self._script[name]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, BaseException):
            raise reply
        return reply if isinstance(reply, httpx.Response) else reply(request)

    def count(self, name: str) -> int:
        return sum(call == name for call, _request in self.calls)

    def requests(self, name: str) -> list[httpx.Request]:
        return [request for call, request in self.calls if call == name]

    @staticmethod
    def _name(request: httpx.Request) -> str:
        if request.url.host != httpx.URL(BASE).host:
            return "file"
        return "submit" if request.url.path.startswith("/v1/models/") else request.url.path.rpartition("/")[2]


def json_reply(
    status: int = 200, /, *, headers: dict[str, str] | None = None, **body: Any
) -> Callable[[httpx.Request], httpx.Response]:
    """Return a reply with a JSON object as its body; each call makes a new response."""
    return lambda _request: httpx.Response(status, json=body, headers=headers)


def raw_reply(body: bytes, status: int = 200, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    """Return a reply with any body; each call makes a new response."""
    return lambda _request: httpx.Response(status, content=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


class BrokenStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that ends with an error."""

    def __init__(self, *chunks: bytes, error: Exception | None = None) -> None:
        self._chunks = chunks
        self._error = error or httpx.RemoteProtocolError("peer closed connection")

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        raise self._error

    async def __aiter__(self) -> Any:
        for chunk in self._chunks:
            yield chunk
        raise self._error


ACCEPTED = json_reply(request_id="r-1")
DONE = json_reply(request_id="r-1", status="completed")
SUCCESS = json_reply(request_id="r-1", status="succeeded", output={"video": "https://files.example.com/a.mp4?signature=s3cret"})


class ClientHarness:
    """A sync or async client of a scripted server, behind one synchronous interface."""

    def __init__(self, kind: str, server: Callable[[httpx.Request], httpx.Response], **options: Any) -> None:
        self.kind = kind
        self.clock = AsyncFakeClock() if kind == "async" else FakeClock()
        self.options = {"token": TOKEN, "base_url": BASE, "clock": self.clock, **options}
        self.server = server

    def call(self, use: Callable[[Any], Any]) -> Any:
        """Call `use` with the client, and await its result if necessary."""
        if self.kind == "sync":
            with (
                httpx.Client(transport=httpx.MockTransport(self.server)) as http,
                RunComfy(**self.options, http_client=http) as client,
            ):
                return use(client)
        return asyncio.run(self._call(use))

    async def _call(self, use: Callable[[Any], Any]) -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.server)) as http:
            async with AsyncRunComfy(**self.options, http_client=http) as client:
                outcome = use(client)
                return await outcome if hasattr(outcome, "__await__") else outcome

    def run(self, request: Request[Any] | None = None, **options: Any) -> Any:
        return self.call(lambda client: client.run(request or Film(prompt="x"), **options))

    def submit(self) -> Any:
        return self.call(lambda client: client.submit(Film(prompt="x")))


def call_options(policy: Policy | None = None, *, cancel_queued: bool = True, include_cost: bool = False) -> CallOptions:
    """Return call options with new budgets."""
    policy = policy or Policy(polls_per_second=float("inf"))
    return CallOptions(policy, 60.0, include_cost, cancel_queued, RetryBudget(policy), RateLimiter(policy))


def http_response(status: int = 200, /, *, headers: dict[str, str] | None = None, **body: Any) -> Response:
    """Return a response in the form that a flow receives."""
    return Response(status, headers or {}, json.dumps(body).encode())


class FlowRunner:
    """Runs a flow without network or real clock: responds to its sends from a script, and records every effect."""

    def __init__(self, *replies: Response | TransportError | BaseException) -> None:
        self.replies = list(replies)
        self.clock = FakeClock()
        self.sent: list[Send] = []
        self.slept: list[Sleep] = []
        self.shown: list[Any] = []

    def run(self, flow: Flow[Any]) -> Any:
        step: Callable[[], Effect] = lambda: next(flow)
        while True:
            try:
                effect = step()
            except StopIteration as end:
                return end.value
            try:
                result = self._perform(effect)
                step = partial(flow.send, result)
            except BaseException as stop:
                step = partial(flow.throw, stop)

    def _perform(self, effect: Effect) -> Any:
        match effect:
            case Monotonic():
                return self.clock.now()
            case WallClock():
                return self.clock.utcnow()
            case Sleep(seconds):
                self.slept.append(effect)
                self.clock.sleep(seconds)
            case Notify(update):
                self.shown.append(update)
            case Send():
                self.sent.append(effect)
                reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                if isinstance(reply, BaseException):
                    raise reply
                return reply
        return None

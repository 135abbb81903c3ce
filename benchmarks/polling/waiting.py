"""One server of jobs on a clock that only sleeping moves, and each of the clients that wait for a job of it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Final

import httpx
from runcomfy_client import RunComfy
from runcomfy_client.models import Kling3_0StandardImageToVideo as Clip
from runcomfy_client.simulator import ManualClock

_TOKEN: Final = "benchmark-0815"
_WORDS: Final = {
    "/v1/requests/r-1/status": ("in_progress", "completed"),
    "/v1/requests/r-1/result": ("in_progress", "succeeded"),
    "/v1/predictions/r-1": ("processing", "succeeded"),
    "/a/b/requests/r-1/status": ("IN_PROGRESS", "COMPLETED"),
    "/a/b/requests/r-1": ("IN_PROGRESS", "COMPLETED"),
}
"""What each of them calls a job that runs, and one that is over."""
_REPLICATE: Final[dict[str, Any]] = {"model": "a/b", "version": "v", "input": {}, "urls": {}, "created_at": "2026-01-01T00:00:00Z"}


class Server:
    """A server with one job, which takes so many seconds from the first call on. It counts the calls after that."""

    def __init__(self, seconds: float) -> None:
        self.clock = ManualClock()
        self.calls = 0
        self._seconds = seconds

    def client(self) -> httpx.Client:
        """Return an HTTP client that leads here."""
        return httpx.Client(transport=httpx.MockTransport(self._answer))

    def transport(self) -> httpx.MockTransport:
        """Return a transport that leads here."""
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"request_id": "r-1"})
        self.calls += 1
        word = _WORDS[request.url.path][self.clock() >= self._seconds]
        body = {"request_id": "r-1", "id": "r-1", "status": word, "output": {}, "logs": "", "metrics": {}, **_REPLICATE}
        return httpx.Response(200, json=body)

    @property
    def delay(self) -> float:
        """Seconds since the end of the job."""
        return self.clock() - self._seconds


def runcomfy(server: Server, known: tuple[float, ...] = ()) -> None:
    """This package; `known` are the durations of earlier jobs of the model."""
    with RunComfy(_TOKEN, base_url="https://one.example", http_client=server.client(), clock=server.clock) as client:
        for seconds in known:
            client._session.settings.options.durations.add(Clip.MODEL_ID, seconds, seconds)
        client.run(Clip(prompt="Waves.", start_image_url="https://example.com/photo.png"))


def _fal(server: Server) -> None:
    fal: Any = import_module("fal_client.client")  # a peer, installed for this alone
    fal.time = SimpleNamespace(sleep=server.clock.sleep)
    fal.SyncRequestHandle.from_request_id(server.client(), "a/b", "r-1").get()


def _replicate(server: Server) -> None:
    replicate: Any = import_module("replicate.client")  # a peer, installed for this alone
    prediction: Any = import_module("replicate.prediction")
    prediction.time = SimpleNamespace(sleep=server.clock.sleep)
    replicate.Client(api_token=_TOKEN, base_url="https://one.example", transport=server.transport()).predictions.get("r-1").wait()


def peers() -> dict[str, Callable[[Server], None]]:
    """Return the other clients that are installed."""
    found: dict[str, Callable[[Server], None]] = {}
    for name, wait in (("fal-client", _fal), ("replicate", _replicate)):
        try:
            wait(Server(0.0))
        except ImportError:
            continue
        found[name] = wait
    return found

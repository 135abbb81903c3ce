"""Both clients with a simulator and a clock that advances only in `sleep`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from runcomfy_client import AsyncRunComfy, RunComfy
from runcomfy_client.models import Kling3_0StandardImageToVideo
from runcomfy_client.simulator import Fault, ManualClock, Simulator

IMAGE = "https://example.com/photo.png"
KLING = "kling/kling-3.0/standard/image-to-video"
both = pytest.mark.parametrize("kind", ["sync", "async"])


def clip(**inputs: Any) -> Kling3_0StandardImageToVideo:
    """Return a valid request; `inputs` override its inputs."""
    return Kling3_0StandardImageToVideo(**{"prompt": "a cliff at dawn", "start_image_url": IMAGE, **inputs})


class ClientHarness:
    """A simulator and a sync or async client of it, behind one synchronous interface."""

    def __init__(self, kind: str, *, faults: Iterable[Fault] = (), queued: float = 3.0, running: float = 4.0) -> None:
        self.kind = kind
        self.clock = ManualClock()
        self.options: dict[str, Any] = {}
        self.simulator = Simulator(seconds_in_queue=queued, seconds_running=running, clock=self.clock, faults=faults)

    def call(self, use: Callable[[Any], Any]) -> Any:
        """Call `use` with the client, and await its result if necessary."""
        options: dict[str, Any] = {"token": "canary-0815", "base_url": self.simulator.base_url, **self.options}
        with self.simulator:
            if self.kind == "sync":
                with RunComfy(**options, http_client=self.simulator.http_client(), clock=self.clock) as client:
                    return use(client)
            return asyncio.run(self._call(use, options))

    async def _call(self, use: Callable[[Any], Any], options: dict[str, Any]) -> Any:
        async with self.simulator.async_http_client() as http:
            async with AsyncRunComfy(**options, http_client=http, clock=self.clock) as client:
                outcome = use(client)
                return await outcome if hasattr(outcome, "__await__") else outcome

    def count(self, point: str) -> int:
        """Return the number of calls of one kind that the simulator received."""
        return sum(call.point == point for call in self.simulator.calls)


def run_all(harness: ClientHarness, requests: Any, *, most: int | None = None, **options: Any) -> tuple[list[Any], Any]:
    """Run requests, and read at most the given number of outcomes; return them and the iterator."""

    def sync(client: Any) -> tuple[list[Any], Any]:
        runs, outcomes = client.run_all(requests, **options), []
        with runs:
            for outcome in runs:
                outcomes.append(outcome)
                if len(outcomes) == most:
                    break
        return outcomes, runs

    async def asynchronous(client: Any) -> tuple[list[Any], Any]:
        runs, outcomes = client.run_all(requests, **options), []
        async with runs:
            async for outcome in runs:
                outcomes.append(outcome)
                if len(outcomes) == most:
                    break
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return outcomes, runs

    found: tuple[list[Any], Any] = harness.call(sync if harness.kind == "sync" else asynchronous)
    return found

"""Calls the command-line tool in this process, against the simulator, and returns its output."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client import AsyncRunComfy, RunComfy
from runcomfy_client.cli import main
from runcomfy_client.simulator import Fault, Simulator

from tests.batch.harness import QUICK

# imported before any test patches the clients; otherwise they would keep the patched names
for module in ("mcp", "playground"):
    import_module(f"runcomfy_client.cli.{module}")

KLING = "kling/kling-3.0/standard/image-to-video"
URL = "https://example.com/photo.png"
GOOD = ("--prompt", "Snow falls.", "--start-image-url", "https://example.com/photo.png")


@dataclass(frozen=True)
class CommandResult:
    """The exit code and output of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the single JSON object on stdout."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


class Tool:
    """Calls the tool. Its clients connect to `simulator`, unless it is None."""

    def __init__(self, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capture = capture
        self._patch = patch
        self.simulator: Simulator | None = None

    def serve(self, *faults: Fault, queued: float = 0.0, running: float = 0.0, **options: Any) -> Simulator:
        """Connect the clients to a simulator with these faults."""
        simulator = Simulator(seconds_in_queue=queued, seconds_running=running, faults=faults, **options)
        self.simulator = simulator
        common: dict[str, Any] = {"token": "test-token", "base_url": simulator.base_url, "policy": QUICK}
        sync: Callable[..., Any] = lambda **more: RunComfy(**common, **more, http_client=simulator.http_client())
        self._patch.setattr("runcomfy_client.client.RunComfy", sync)
        other: Callable[..., Any] = lambda **more: AsyncRunComfy(**common, **more, http_client=simulator.async_http_client())
        self._patch.setattr("runcomfy_client.async_client.AsyncRunComfy", other)
        return simulator

    def __call__(self, *words: object) -> CommandResult:
        code = main([str(word) for word in words])
        output = self._capture.readouterr()
        return CommandResult(int(code), output.out, output.err)


def write_jobs(count: int, name: str = "jobs.jsonl") -> None:
    """Write a file with `number` jobs."""
    lines = [
        json.dumps({"model": KLING, "inputs": {"prompt": f"p{number}", "start_image_url": URL}, "key": f"k{number}"})
        for number in range(count)
    ]
    Path(name).write_text("\n".join(lines) + "\n")

"""The estimated remaining time of a job, from the last durations of its model."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from runcomfy_client._core.flows.durations import Durations
from runcomfy_client.cli.duration_cache import cached_durations
from runcomfy_client.cli.job_line import JobLine
from runcomfy_client.status import State, Status

from tests.cli.harness import GOOD, KLING, Tool


def cache() -> Path:
    return Path.home() / ".cache" / "runcomfy-py" / "durations.json"


def test_the_remaining_time_is_shown_if_it_is_known() -> None:
    def shown(remaining: float | None) -> str:
        line = JobLine()
        line.update(Status("r-1", State.RUNNING, elapsed=5.0, remaining=remaining))
        console = Console(file=io.StringIO(), width=80)
        console.print(line)
        return str(console.file.getvalue())  # type: ignore[attr-defined]  # it is a StringIO

    assert "about 1:1" in shown(80.0) and "left" in shown(80.0)
    assert "left" not in shown(None) and "left" not in shown(0.0)


def test_durations_are_kept_between_calls(tool: Tool) -> None:
    tool.serve(running=0.5)
    for _ in range(2):
        assert tool("run", KLING, *GOOD, "--no-save").code == 0
    durations = Durations()
    with cached_durations(durations):
        assert [0.3 < low <= high < 10 for low, high in durations.dump()[KLING]] == [True] * 2
    assert [path.name for path in cache().parent.iterdir()] == ["durations.json"]


def test_simulated_jobs_are_not_recorded(tool: Tool) -> None:
    assert tool("run", KLING, *GOOD, "--no-save", "--simulate").code == 0
    assert not cache().exists()


@pytest.mark.parametrize(
    "content",
    ["", "{", "[" * 100_000, "[1]", '{"a": 1, "b": [1, [1, 2, 3], ["x", "y"], [-1, 2], [2, 1], [NaN, 1], [true, 1]]}', "\udcff"],
)
def test_an_unusable_cache_is_ignored(content: str, tool: Tool) -> None:
    cache().parent.mkdir(parents=True)
    cache().write_bytes(content.encode("utf-8", "surrogateescape"))
    durations = Durations()
    with cached_durations(durations):
        durations.add(KLING, 1.0, 2.0)
    assert json.loads(cache().read_text()) == {KLING: [[1.0, 2.0]]}


def test_an_unwritable_cache_folder_is_ignored(tool: Tool) -> None:
    cache().parent.parent.mkdir(parents=True)
    cache().parent.write_text("a file in the place of the folder")
    tool.serve()
    assert tool("run", KLING, *GOOD, "--no-save").code == 0
    with cached_durations(durations := Durations()):
        durations.add(KLING, 1.0, 2.0)

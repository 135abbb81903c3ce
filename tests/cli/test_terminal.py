"""On a real terminal, progress is shown, with and without colour. In a pipe, it is not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from runcomfy_client.catalog import all_documents
from runcomfy_client.simulator import Drip, Fault, Simulator

from tests.cli.harness import GOOD, KLING, Tool
from tests.cli.terminal import run_on_terminal

TOOL = ["-m", "runcomfy_client"]
COLOUR = re.compile(r"\x1b\[[0-9;]*[3-4][0-9](;[0-9]+)*m")


@pytest.mark.parametrize("plain", [False, True], ids=["colour", "no colour"])
def test_a_run(plain: bool, tmp_path: Path) -> None:
    simulator = Simulator(seconds_in_queue=0.9, seconds_running=1.0, faults=[Fault("download", Drip(60_000), times=None)])
    with simulator.serve() as server:
        more = {"RUNCOMFY_BASE_URL": server.base_url, "RUNCOMFY_API_TOKEN": "canary-0815"}
        output = run_on_terminal([*TOOL, "run", KLING, *GOOD], tmp_path, **more, **({"NO_COLOR": "1"} if plain else {}))
    (request_id,) = {job.request_id for job in simulator.accepted}
    for words in ("queued", "position", "running", request_id, "video", "kB", "succeeded in", f"{request_id}-1.mp4"):
        assert words in output, words
    assert bool(COLOUR.search(output)) is not plain
    assert "canary" not in output
    assert "?" not in output.replace("\x1b[?", ""), "an unknown speed is not shown at all"
    assert not re.search(r"\x1b\[([0-9;]*;)?31m", output), "nothing is red when all is well"


def test_a_batch(tmp_path: Path) -> None:
    jobs = [{"model": KLING, "inputs": {"prompt": f"p{number}", "start_image_url": "https://e.com/a.png"}} for number in range(5)]
    (tmp_path / "jobs.jsonl").write_text("\n".join(map(json.dumps, jobs)))
    with Simulator(seconds_in_queue=0, seconds_running=0.1).serve() as server:
        more = {"RUNCOMFY_BASE_URL": server.base_url, "RUNCOMFY_API_TOKEN": "canary-0815"}
        output = run_on_terminal([*TOOL, "batch", "jobs.jsonl", "--out", "night"], tmp_path, **more)
        looked = run_on_terminal([*TOOL, "batch", "status", "night"], tmp_path)
    for words in ("planned", "running", "unknown", "5/5", "jobs: 5 new"):
        assert words in output, words
    assert "5 submits that may have been billed" in looked


@pytest.mark.parametrize(
    "words", [["--help"], ["batch", "--help"], ["batch", "run", "--help"], ["models"], ["show", KLING], ["run", KLING, "-h"]]
)
def test_eighty_columns_are_enough(words: list[str], tmp_path: Path) -> None:
    output = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", run_on_terminal([*TOOL, *words], tmp_path))
    lines = [line for line in output.splitlines() if "--start-image-url http" not in line]
    assert len(lines) > 3 and max(map(len, lines)) <= 80


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_ids_are_complete_and_lines_are_not_padded(columns: int, tmp_path: Path) -> None:
    output = run_on_terminal([*TOOL, "models"], tmp_path, columns, NO_COLOR="1")
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", output).splitlines()
    ids = [line.split()[0] for line in lines[1:] if "/" in line.split()[0]]
    assert ids == [document.model_id for document in all_documents()]
    table = lines[: len(ids) + 1]
    assert table == [line.rstrip() for line in table] and max(map(len, table)) <= max(columns, *map(len, ids))
    assert ("DESCRIPTION" in lines[0], "OUTPUT" in lines[0]) == (columns == 120, columns > 40)
    assert columns == 120 or "…" not in output


@pytest.mark.parametrize("words", [["models"], ["show", KLING]], ids=" ".join)
def test_lines_are_not_padded_in_a_pipe(words: list[str], tool: Tool) -> None:
    lines = tool(*words).out.splitlines()
    assert len(lines) > 20 and lines == [line.rstrip() for line in lines]


@pytest.mark.parametrize("columns", [30, 40, 60, 80])
def test_a_narrow_terminal_shows_all_numbers_of_a_batch(columns: int, tmp_path: Path) -> None:
    jobs = {"model": KLING, "inputs": {"prompt": "x", "start_image_url": "https://example.com/a.png"}}
    (tmp_path / "jobs.jsonl").write_text(json.dumps(jobs) + "\n")
    output = run_on_terminal(
        [*TOOL, "batch", "jobs.jsonl", "--out", "night", "--simulate", "--max-submits", "0"], tmp_path, columns
    )
    output += run_on_terminal([*TOOL, "batch", "status", "night"], tmp_path, columns, NO_COLOR="1")
    assert all(output.count(name) >= 2 for name in ("planned", "done", "failed", "unknown"))


@pytest.mark.parametrize("columns", [24, 40, 60, 80])
def test_ids_and_commands_are_not_wrapped(columns: int, tmp_path: Path) -> None:
    with Simulator(seconds_in_queue=0, seconds_running=3600).serve() as server:
        more = {"RUNCOMFY_BASE_URL": server.base_url, "RUNCOMFY_API_TOKEN": "canary-0815"}
        submitted = plain(run_on_terminal([*TOOL, "submit", KLING, *GOOD], tmp_path, columns, **more))
        request_id = submitted.splitlines()[0]
        waited = plain(run_on_terminal([*TOOL, "wait", request_id, "--timeout", "0.4"], tmp_path, columns, **more))
    command = f"runcomfy-py download {request_id}"
    assert command in submitted and command in waited
    assert waited.count(request_id[:8]) == waited.count(request_id)


def plain(expected: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", expected).replace("\r\n", "\n")

"""`--simulate`: every command works without a token, and later commands can access the jobs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from runcomfy_client.batch.process_lock import ProcessLock
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.simulator import Simulator

from tests.cli.harness import GOOD, KLING, Tool


def simulate(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    """Set the duration of simulated jobs."""
    for name, value in seconds.items():
        monkeypatch.setitem(cast(dict[str, Any], Simulator.__init__.__kwdefaults__), name, value)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated jobs take no time."""
    simulate(monkeypatch, seconds_in_queue=0.0, seconds_running=0.0)


JOURNAL = Path("../home/.config/runcomfy-py/simulated.jsonl")


def test_a_simulated_job_persists_between_commands(tool: Tool) -> None:
    first = tool("submit", KLING, *GOOD, "--simulate").out.strip()
    second = tool("submit", KLING, *GOOD, "--simulate").out.strip()
    assert first != second and tool("status", first, "--simulate").out.startswith("queued")
    assert tool("cancel", second, "--simulate").code == 0
    assert tool("status", second, "--simulate").out == "cancelled\n"
    ran = tool("download", first, "--simulate")
    assert ran.code == 0 and Path(ran.out.strip()).is_file()


def test_run_simulated(tool: Tool) -> None:
    ran = tool("run", KLING, *GOOD, "--simulate", "--json")
    assert ran.code == 0 and ran.json["files"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "words",
    [
        ["--simulate", "run", KLING, *GOOD],
        ["run", "--simulate", KLING, *GOOD],
        ["run", KLING, *GOOD, "--simulate"],
        ["--simulate", "submit", KLING, *GOOD],
        ["submit", "--simulate", KLING, *GOOD],
        ["--simulate", "models"],
        ["models", "kling", "--simulate"],
        ["--simulate", "show", KLING],
        ["show", KLING, "--simulate"],
        ["--simulate", "batch", "jobs.jsonl", "--out", "night"],
        ["batch", "--simulate", "jobs.jsonl", "--out", "night"],
        ["batch", "--simulate", "run", "jobs.jsonl", "--out", "night"],
        ["batch", "jobs.jsonl", "--out", "night", "--simulate"],
        ["completion", "bash", "--simulate"],
    ],
    ids=" ".join,
)
def test_simulate_is_accepted_anywhere(words: list[str], tool: Tool) -> None:
    line = {"model": KLING, "inputs": {"prompt": "a", "start_image_url": "https://e.com/a.png"}}
    Path("jobs.jsonl").write_text(json.dumps(line))
    ran = tool(*words)
    assert ran.code == 0 and ran.out, ran.err


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("command", ["status", "wait", "result", "download", "cancel"])
def test_simulate_is_accepted_around_an_id(command: str, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    if command == "cancel":  # only a queued job can be cancelled
        simulate(monkeypatch, seconds_in_queue=600.0)
    for words in (["--simulate", command, "{}"], [command, "--simulate", "{}"], [command, "{}", "--simulate"]):
        request_id = tool("submit", KLING, *GOOD, "--simulate").out.strip()
        assert tool(*[word.format(request_id) for word in words]).code == 0


@pytest.mark.usefixtures("quick")
def test_simulate_is_accepted_around_a_folder(tool: Tool) -> None:
    Path("jobs.jsonl").write_text(json.dumps({"model": KLING, "inputs": {"prompt": "a", "start_image_url": "https://e.com/a.png"}}))
    assert tool("batch", "jobs.jsonl", "--out", "night", "--simulate").code == 0
    for words in (["--simulate", "batch", "status"], ["batch", "--simulate", "status"], ["batch", "status", "--simulate"]):
        assert tool(*words, "night").out == "1 downloaded\n"


@pytest.mark.parametrize("text", ["not json\n", '{"at": 1, "path": "/v1/models/no/such", "body": "{}", "id": "x"}\n', ""])
def test_an_incompatible_journal_is_replaced(text: str, tool: Tool) -> None:
    JOURNAL.parent.mkdir(parents=True)
    JOURNAL.write_text(text)
    request_id = tool("submit", KLING, *GOOD, "--simulate").out.strip()
    assert json.loads(JOURNAL.read_text())["id"] == request_id


def test_only_one_process_can_use_the_journal(tool: Tool) -> None:
    JOURNAL.parent.mkdir(parents=True)
    with ProcessLock(JOURNAL.parent / "simulated.lock", what="it"):
        ran = tool("submit", KLING, *GOOD, "--simulate")
    assert ran.code == Exit.TRY_AGAIN and "runcomfy-py simulate" in ran.err


def test_no_token_reaches_the_journal(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMFY_API_TOKEN", "canary-0815")
    tool("submit", KLING, *GOOD, "--simulate")
    assert "canary" not in JOURNAL.read_text() and "Snow" in JOURNAL.read_text()

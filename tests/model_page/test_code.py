"""The code on a model's page runs unchanged: in each language, it submits the job that the form describes."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from runcomfy_client.catalog import document_of, model_class
from runcomfy_client.cli.app import start
from runcomfy_client.model_page.code import Code, code_for, python_code
from runcomfy_client.schema.local_file import LocalFile
from runcomfy_client.simulator import Simulator

from tests.mcp.harness import connected_client, running_server

URL: Final = "https://example.com/photo.png"
CASES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "nested": (
        "kling/kling-3.0/standard/image-to-video",
        {
            "prompt": 'She says "It\'s snow" & leaves; $HOME `id` \\ 雪 \u202e\x07 end',
            "start_image_url": URL,
            "duration": 8,
            "multi_prompt": [{"prompt": "Dawn.", "duration": 3}, {"prompt": "x" * 120, "duration": 5}],
            "elements": [{"frontal_image_url": URL, "reference_image_urls": [URL, URL]}, {}],
            "generate_audio": False,
            "cfg_scale": 0.25,
        },
    ),
    "stdin": ("wan-ai/wan-2.7/text-to-image", {"prompt": "A line,\nand another.\n", "negative_prompt": ""}),
    "free": (
        "kling/kling-3.0/pro/image-to-video",
        {"prompt": "--json", "start_image_url": URL, "elements": "5", "multi_prompt": [1]},
    ),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Return a model and its inputs."""
    return CASES[request.param]


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Run a simulator on a socket. Programs use it as the API."""
    with Simulator(seconds_in_queue=0, seconds_running=0) as made, made.serve() as server:
        monkeypatch.setenv("RUNCOMFY_BASE_URL", server.base_url)
        monkeypatch.setenv("RUNCOMFY_API_TOKEN", "a-token-of-tests")
        yield made


def code(case: tuple[str, dict[str, Any]]) -> Mapping[str, Code]:
    """Return the code of a case by language."""
    model_id, inputs = case
    return {one.key: one for one in code_for(model_class(model_id), document_of(model_id).raw, inputs)}


def accepted(simulator: Simulator) -> list[tuple[str, Any]]:
    """Return the submitted inputs."""
    return [(job.model_id, job.inputs) for job in simulator.accepted]


def test_python_runs(
    case: tuple[str, dict[str, Any]], simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code(case)["python"].text, "page.py", "exec"), {})
    assert accepted(simulator) == [case]
    assert out.getvalue().strip() == simulator.accepted[0].request_id and list((tmp_path / "outputs").iterdir())


def test_the_command_line_runs(
    case: tuple[str, dict[str, Any]], simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = code(case)["cli"].text
    command, _, given = text.partition(" <<'JSON'\n")
    stdin = io.TextIOWrapper(io.BytesIO(given.removesuffix("JSON\n").encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    program, *words = shlex.split(command.replace(" \\\n", " "))  # as a shell joins lines
    assert program == "runcomfy-py" and start(words) == 0
    assert accepted(simulator) == [case]


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("sh")), reason="there is no curl or no shell")
def test_curl_runs(case: tuple[str, dict[str, Any]], simulator: Simulator) -> None:
    done = subprocess.run(["sh", "-c", code(case)["curl"].text], capture_output=True, check=True)
    assert json.loads(done.stdout)["request_id"] == simulator.accepted[0].request_id
    assert accepted(simulator) == [case]


def test_a_line_of_a_batch_runs(case: tuple[str, dict[str, Any]], simulator: Simulator, tmp_path: Path) -> None:
    jobs = tmp_path / "jobs.jsonl"
    jobs.write_text(code(case)["batch"].text, encoding="utf-8")
    assert start(["batch", str(jobs), "--out", str(tmp_path / "out")]) == 0
    assert accepted(simulator) == [case]


def test_the_call_of_the_mcp_server_is_quoted(case: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    call = json.loads(code(case)["mcp"].text)

    async def main() -> Any:
        async with running_server(Simulator(), tmp_path) as server, connected_client(server) as call_tool:
            return await call_tool(call["name"], **call["arguments"])

    assert asyncio.run(main())["state"] == "quoted"


def test_local_files_and_invalid_inputs() -> None:
    model_id = "kling/kling-3.0/standard/image-to-video"
    given = {"start_image_url": LocalFile("/my photos/a.png"), "duration": "many", "new": {"a": [None]}, "elements": [5]}
    found = code((model_id, given))
    assert 'start_image_url=Path("/my photos/a.png")' in found["python"].text
    assert 'duration="many"' in found["python"].text and '**{"new": {"a": [None]}}' in found["python"].text
    compile(found["python"].text, "page.py", "exec")
    assert found["curl"].text.startswith("#") and "/my photos/a.png" in found["curl"].text
    assert "'/my photos/a.png'" in found["cli"].text or '"/my photos/a.png"' in found["cli"].text
    raw = python_code(None, {"model_id": "a/b"}, {"n": 1})
    assert 'RawRequest(model="a/b", inputs={"n": 1})' in raw

"""Common mistakes: each message names its position and a next step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from runcomfy_client.cli.exit_codes import Exit

from tests.cli.harness import GOOD, KLING, URL, Tool

TOKENS = ("RUNCOMFY_API_TOKEN", "RUNCOMFY_TOKEN", "RUNCOMFY_API_KEY", "YOUR_API_TOKEN")
JOB = json.dumps({"model": KLING, "inputs": {"prompt": "x", "start_image_url": URL}})


@pytest.fixture
def without_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in TOKENS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RUNCOMFY_CONFIG_DIR", str(tmp_path / "nobody"))


@pytest.mark.parametrize("words", [["run", KLING, *GOOD], ["download", "r-1"], ["batch", "jobs.jsonl"]], ids=" ".join)
def test_a_folder_that_cannot_be_written(words: list[str], tool: Tool) -> None:
    Path("jobs.jsonl").write_text(JOB)
    simulator = tool.serve()
    ran = tool(*words, "--out", "/proc/clips")
    assert ran.code == Exit.SAVING and not simulator.calls
    assert ran.err.startswith("error: /proc/clips: ")
    assert ran.err.endswith("\nPass a folder that you can write to, with --out. Nothing was sent.\n")
    step = tool(*words, "--out", "/proc/clips", "--json").json["error"]["next_step"]
    assert step.startswith("Pass a folder that you can write to")


def test_a_file_in_place_of_a_folder(tool: Tool) -> None:
    Path("clips").touch()
    assert "Invalid value for '--out': 'clips' is a file, not a folder.\n" in tool("run", KLING, *GOOD, "--out", "clips").err


def test_no_connection_names_the_address_that_was_set(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMFY_BASE_URL", "http://127.0.0.1:9")
    ran = tool("balance")
    assert ran.code == Exit.TRY_AGAIN
    assert ran.err.endswith(" The base URL is http://127.0.0.1:9, from RUNCOMFY_BASE_URL.\n")
    assert "RUNCOMFY_BASE_URL" in tool("balance", "--json").json["error"]["next_step"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"prompt": "x",}', "in.json is not JSON: "),
        ('{\n  "prompt": "x",\n  "duration": oops\n}', "in.json is not JSON: Expecting value at line 3, character 15"),
        ('{"prompt": "x", "prompt": "y"}', "in.json is not JSON: 'prompt' occurs twice in one object"),
    ],
    ids=["comma", "line", "twice"],
)
def test_a_json_error_names_line_and_character(content: str, expected: str, tool: Tool) -> None:
    Path("in.json").write_text(content)
    assert expected in tool("run", KLING, "--input", "in.json").err


def test_a_utf_16_file_of_powershell_is_read(tool: Tool) -> None:
    simulator = tool.serve()
    Path("in.json").write_text(json.dumps({"prompt": "Schnee fällt.", "start_image_url": URL}), encoding="utf-16")
    Path("scenes.json").write_text(json.dumps([{"prompt": "Früh.", "duration": 10}]), encoding="utf-16")
    assert tool("run", KLING, "--input", "in.json", "--multi-prompt", "@scenes.json").code == 0
    [job] = simulator.accepted
    assert (job.inputs["prompt"], job.inputs["multi_prompt"][0]["prompt"]) == ("Schnee fällt.", "Früh.")


@pytest.mark.parametrize("content", [b"\xff\xfe{", b'{"prompt": "\xe4"}'], ids=["half a character", "Windows-1252"])
def test_a_file_of_another_encoding(content: bytes, tool: Tool) -> None:
    Path("in.json").write_bytes(content)
    assert "in.json is not UTF-8 text; save it as UTF-8\n" in tool("run", KLING, *GOOD, "--input", "in.json").err
    assert "in.json is not UTF-8 text; save it as UTF-8\n" in tool("run", KLING, *GOOD, "--multi-prompt", "@in.json").err


def test_jobs_without_a_model(tool: Tool) -> None:
    Path("jobs.csv").write_text("prompt,start_image_url\nx,https://example.com/a.png\n")
    assert "line 2: the model is missing; " in (output := tool("batch", "jobs.csv", "--out", "night").err)
    assert "--model" in output


def test_jobs_of_a_model_that_does_not_exist(tool: Tool) -> None:
    Path("jobs.jsonl").write_text(JOB.replace("image-to-video", "image2video"))
    assert f"did you mean '{KLING}'" in tool("batch", "jobs.jsonl", "--out", "night").err


@pytest.mark.parametrize("verb", ["run", "show"])
def test_a_model_that_does_not_exist(verb: str, tool: Tool) -> None:
    ran = tool(verb, "kling-3.0/standard/image-to-video")
    assert ran.code == Exit.USAGE
    assert ran.err.endswith("\n`runcomfy-py models` lists all.\n") and f"\n    {KLING}\n" in ran.err
    assert tool(verb, "zzzzz").err == "error: unknown model 'zzzzz'. `runcomfy-py models` lists all.\n"


@pytest.mark.usefixtures("without_token")
def test_no_token(tool: Tool) -> None:
    output = tool("balance").err
    assert output.startswith(f"error: No API token: none of {', '.join(TOKENS)} is set, and the vendor's CLI is not logged in\n")


@pytest.mark.usefixtures("without_token")
def test_an_invalid_token(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMFY_API_TOKEN", "Bearer abc")
    ran = tool("balance")
    assert ran.code == Exit.AUTH and "RUNCOMFY_API_TOKEN" in ran.err and "RunComfy(token=" not in ran.err

"""Every command: its output on stdout and stderr, and its exit code."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from runcomfy_client.cli import main
from runcomfy_client.cli.exit_codes import MEANINGS, Exit
from runcomfy_client.simulator import Drop, Fault, JobFails, NeverFinishes, Reply, Unreachable

from tests.cli.harness import GOOD, KLING, Tool


class TestRun:
    """`run`: inputs, files, JSON, and every exit code."""

    def test_it_prints_only_the_paths(self, tool: Tool) -> None:
        simulator = tool.serve()
        ran = tool("run", KLING, *GOOD, "--duration", "5", "--no-generate-audio", "--out", "clips")
        assert (ran.code, ran.err) == (0, "")
        assert Path(ran.out.strip()).is_file() and Path(ran.out.strip()).parent.name == "clips"
        assert simulator.accepted[0].inputs == {
            "prompt": "Snow falls.",
            "start_image_url": "https://example.com/photo.png",
            "duration": 5,
            "generate_audio": False,
        }

    def test_json_is_one_object(self, tool: Tool) -> None:
        tool.serve()
        result = tool("run", KLING, *GOOD, "--cost", "--json").json
        assert result["status"] == "succeeded" and result["cost"] == 0.01 and result["output"]["video"]
        (file,) = result["files"]
        assert hashlib.sha256(Path(file["path"]).read_bytes()).hexdigest() == file["sha256"]

    def test_without_saving_it_prints_urls(self, tool: Tool) -> None:
        tool.serve()
        ran = tool("run", KLING, *GOOD, "--no-save")
        assert ran.out.startswith("https://") and not list(Path().iterdir())

    @pytest.mark.parametrize(("source", "dash"), [("in.json", False), ("-", True)])
    def test_options_override_inputs_from_a_file(
        self, source: str, dash: bool, tool: Tool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = json.dumps({"prompt": "from the file", "start_image_url": "https://e.com/a.png", "duration": 4})
        Path("in.json").write_text(text)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        simulator = tool.serve()
        assert tool("run", KLING, "--input", source, "--prompt", "from the option").code == 0
        assert simulator.accepted[0].inputs["prompt"] == "from the option" and simulator.accepted[0].inputs["duration"] == 4

    def test_lists_and_objects_as_json_or_from_a_file(self, tool: Tool) -> None:
        scenes = [{"prompt": "a", "duration": 5}, {"prompt": "b", "duration": 5}]
        Path("scenes.json").write_text(json.dumps(scenes))
        shown = tool("run", KLING, *GOOD, "--multi-prompt", "@scenes.json", "--elements", "[]", "--show-request")
        assert shown.json["multi_prompt"] == scenes and shown.json["elements"] == []

    def test_all_problems_are_reported_together(self, tool: Tool) -> None:
        simulator = tool.serve()
        ran = tool("run", KLING, "--duration", "99", "--shot-type", "wild", "--cfg-scale", "much")
        assert ran.code == Exit.INPUT and ran.out == "" and not simulator.calls
        for word in ("--prompt: missing", "--duration: 99", "--shot-type:", "--cfg-scale:"):
            assert word in ran.err

    def test_invalid_json_is_reported_with_its_option(self, tool: Tool) -> None:
        ran = tool("run", KLING, *GOOD, "--elements", "[{", "--multi-prompt", "@nowhere.json")
        assert ran.code == Exit.INPUT and "--elements: this is not JSON" in ran.err and "nowhere.json cannot be read" in ran.err

    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            (Fault("submit", Reply(401), times=None), Exit.AUTH),
            (Fault("submit", Reply(402), times=None), Exit.AUTH),
            (Fault("submit", Reply(403), times=None), Exit.AUTH),
            (Fault("submit", Reply(422), times=None), Exit.INPUT),
            (Fault("submit", Reply(429, retry_after=0), times=None), Exit.TRY_AGAIN),
            (Fault("submit", Unreachable(), times=None), Exit.TRY_AGAIN),
            (Fault("submit", Reply(500), times=None), Exit.PENDING),
            (Fault("submit", Drop(accepted=True), times=None), Exit.PENDING),
            (Fault("submit", JobFails("no faces found"), times=None), Exit.FAILED),
            (Fault("status", Reply(401), times=None), Exit.PENDING),
            (Fault("download", Reply(404), times=None), Exit.SAVING),
        ],
        ids=repr,
    )
    def test_exit_codes(self, fault: Fault, code: Exit, tool: Tool) -> None:
        simulator = tool.serve(fault)
        ran = tool("run", KLING, *GOOD)
        assert (ran.code, ran.out) == (code, "") and ran.err.startswith("error: ")
        if code is Exit.TRY_AGAIN:
            assert not simulator.accepted, "after 75, running it again must cost nothing twice"

    @pytest.mark.parametrize("fault", [Reply(422), Drop(accepted=True), JobFails("x")], ids=repr)
    def test_an_error_is_one_json_object(self, fault: object, tool: Tool) -> None:
        tool.serve(Fault("submit", fault, times=None))  # type: ignore[arg-type]  # any effect
        ran = tool("run", KLING, *GOOD, "--json")
        assert ran.json["exit_code"] == ran.code != 0 and ran.json["error"]["message"] and ran.err == ""

    def test_a_job_that_outlasts_the_timeout_exits_with_pending(self, tool: Tool) -> None:
        simulator = tool.serve(Fault("submit", NeverFinishes()))
        ran = tool("run", KLING, *GOOD, "--timeout", "0.2")
        assert ran.code == Exit.PENDING and f"runcomfy-py download {simulator.accepted[0].request_id}" in ran.err

    def test_a_job_cancelled_at_the_timeout_exits_with_failed(self, tool: Tool) -> None:
        """It is not documented whether a cancelled job is billed."""
        tool.serve(queued=60)
        assert tool("run", KLING, *GOOD, "--timeout", "0.2").code == Exit.FAILED


class TestJobs:
    """The commands on a submitted job."""

    def test_submit_and_the_commands_on_the_job(self, tool: Tool) -> None:
        tool.serve()
        request_id = tool("submit", KLING, *GOOD).out.strip()
        assert tool("status", request_id).out == "completed\n"
        assert tool("wait", request_id).out == "succeeded\n"
        assert json.loads(tool("result", request_id).out)["video"].startswith("https://")
        assert Path(tool("download", request_id, "--out", "d").out.strip()).is_file()
        late = tool("cancel", request_id)
        assert late.code == Exit.FAILED and "not cancelled" in late.out

    @pytest.mark.parametrize("command", ["status", "wait", "result", "download", "cancel"])
    def test_json(self, command: str, tool: Tool) -> None:
        tool.serve()
        request_id = tool("submit", KLING, *GOOD, "--json").json["request_id"]
        assert tool(command, request_id, "--json").json["request_id"] == request_id

    def test_a_queued_job_has_a_position_and_can_be_cancelled(self, tool: Tool) -> None:
        tool.serve(queued=60)
        request_id = tool("submit", KLING, *GOOD).out.strip()
        assert tool("status", request_id).out == "queued, position 3\n"
        assert tool("cancel", request_id).code == 0
        assert tool("wait", request_id).code == Exit.FAILED

    @pytest.mark.parametrize("request_id", ["no-such-id", "../x", ""])
    def test_wrong_ids(self, request_id: str, tool: Tool) -> None:
        tool.serve()
        assert tool("status", request_id).code == Exit.INPUT

    def test_a_wait_that_timed_out_may_be_repeated(self, tool: Tool) -> None:
        tool.serve(Fault("submit", NeverFinishes()))
        request_id = tool("submit", KLING, *GOOD).out.strip()
        assert tool("wait", request_id, "--timeout", "0.1").code == Exit.TRY_AGAIN


class TestModels:
    """`models` and `show`."""

    def test_models_in_a_pipe_are_ids(self, tool: Tool) -> None:
        assert KLING in tool("models").out.splitlines()
        assert KLING in tool("models", "Kling", "IMAGE-to-video").out.splitlines()
        assert tool("models", "no such thing").out == ""

    def test_models_as_json(self, tool: Tool) -> None:
        assert KLING in {model["model"] for model in tool("models", "--json").json["models"]}
        assert tool("models", "no such thing", "--json").json == {"models": []}

    def test_show_prints_types_bounds_defaults_and_an_example(self, tool: Tool) -> None:
        output = tool("show", KLING).out
        for words in (
            "--prompt",
            "text, required",
            "whole number, 3 to 15, default 10",
            "https:// URL of an image",
            f"run {KLING}",
        ):
            assert words in output
        assert max(map(len, output.splitlines()[:-2])) <= 80

    def test_show_as_json_is_the_schema_document_with_the_keys_of_models(self, tool: Tool) -> None:
        shown = tool("show", KLING, "--json").json
        assert shown["input_schema"]["required"] == ["prompt", "start_image_url"]
        (listed,) = (model for model in tool("models", "--json").json["models"] if model["model"] == KLING)
        assert listed.items() <= shown.items() and not {"model_id", "display_name"} & shown.keys()

    @pytest.mark.parametrize("command", ["show", "run", "submit"])
    def test_a_misspelled_model_gets_suggestions(self, command: str, tool: Tool) -> None:
        ran = tool(command, KLING.replace("standard", "standart"))
        assert ran.code == Exit.USAGE and KLING in ran.err

    def test_the_help_of_a_model_fits_eighty_columns(self, tool: Tool) -> None:
        ran = tool("run", KLING, "--help")
        assert ran.code == 0 and "[default: 10]" in ran.out and "--no-generate-audio" in ran.out
        assert max(map(len, ran.out.splitlines())) <= 80


class TestUsage:
    """The tool as a whole."""

    @pytest.mark.parametrize("words", [["nope"], ["run", KLING, "--nope"], ["batch", "run", "x.jsonl"], ["status"], ["run"]])
    def test_wrong_usage(self, words: list[str], tool: Tool) -> None:
        ran = tool(*words)
        assert ran.code == Exit.USAGE and ran.out == "" and "--help" in ran.err

    def test_wrong_usage_as_json(self, tool: Tool) -> None:
        assert tool("run", KLING, "--nope", "--json").json["exit_code"] == Exit.USAGE

    def test_every_exit_code_is_in_the_help(self, tool: Tool) -> None:
        output = tool("--help").out
        assert set(MEANINGS) == set(Exit)
        for code in Exit:
            assert f"\n  {int(code)} " in output

    def test_a_missing_token_error_has_a_next_step(self, tool: Tool) -> None:
        ran = tool("run", KLING, *GOOD)
        assert ran.code == Exit.AUTH and "--simulate" in ran.err and "RUNCOMFY_API_TOKEN" in ran.err

    def test_it_runs_as_a_module(self) -> None:
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-m", "runcomfy_client", "--version"], capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "runcomfy-py 0.1.0\n", "")

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completion_scripts(self, shell: str, tool: Tool) -> None:
        assert "_RUNCOMFY_PY_COMPLETE" in tool("completion", shell).out

    @pytest.mark.parametrize(
        ("line", "wanted"),
        [
            ("runcomfy-py ba", "batch"),
            ("runcomfy-py run kling/kling-3.0/standard/image", KLING),
            (f"runcomfy-py run {KLING} --dur", "--duration"),
            (f"runcomfy-py run {KLING} --shot-type cust", "customize"),
            ("runcomfy-py show kling/kling-3.0/standard/image", KLING),
            ("runcomfy-py --simulate run --json kling/kling-3.0/standard/image", KLING),
            (f"runcomfy-py submit {KLING} --no-gen", "--no-generate-audio"),
            ("runcomfy-py batch sta", "status"),
            ("runcomfy-py batch jobs.jsonl --max", "--max-submits"),
            ("runcomfy-py batch --simulate jobs.jsonl --model kling/kling-3.0/standard/image", KLING),
            ("runcomfy-py batch report night --stage unk", "unknown"),
        ],
    )
    def test_completion(self, line: str, wanted: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert f"plain,{wanted}" in completed(monkeypatch, capsys, line, len(line.split()) - 1).splitlines()

    @pytest.mark.parametrize("line", ["batch jobs.js", "batch run jobs.js", "batch status ni", f"run {KLING} --input in.j"])
    def test_completion_of_files(self, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert completed(monkeypatch, capsys, f"runcomfy-py {line}", len(line.split())) == f"file,{line.split()[-1]}\n"


def completed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, word: int) -> str:
    """Return what the tool tells bash about a word of a line."""
    for name, value in {"_RUNCOMFY_PY_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(word)}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="files are no folders anywhere, but this is how it is output here")
def test_an_unusable_folder_is_reported_before_anything_is_paid(tool: Tool) -> None:
    simulator = tool.serve()
    Path("file").touch()
    ran = tool("run", KLING, *GOOD, "--out", "file/below")
    assert ran.code == Exit.SAVING and "Not a directory" in ran.err and not simulator.accepted


def test_the_balance(tool: Tool) -> None:
    tool.serve(balance_usd=12.345)
    assert tool("balance").out == "12.35 USD\n" or tool("balance").out == "12.34 USD\n"
    assert tool("balance", "--json").json == {"balance_usd": 12.345, "currency": "USD"}
    tool.serve(balance_usd=-0.5)
    assert tool("balance").out == "-0.50 USD\n"
    tool.serve(Fault("balance", Reply(401, {"detail": "no"}), times=None))
    assert tool("balance").code == Exit.AUTH

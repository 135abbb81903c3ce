"""Arguments with hyphens, and empty values of unset shell variables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.cli.reporting import job_command
from runcomfy_client.simulator import Fault, OutputIs, Reply

from tests.cli.harness import GOOD, KLING, URL, Tool

IDS = ["-Ab3_x", "-hab", "--Ab3", "-", "-5", "_-x", "--", "-json", "-h", "--jsonn", "a-b"]


class TestHyphens:
    @pytest.mark.parametrize("request_id", ["-Ab3_x", "-hab", "--Ab3", "-5", "-_", "-simulate9"])
    @pytest.mark.parametrize("verb", ["status", "wait", "result", "download", "cancel"])
    def test_an_id_may_begin_with_a_hyphen(self, verb: str, request_id: str, tool: Tool) -> None:
        simulator = tool.serve(Fault("any", Reply(404, {"error_code": 404001, "error_message": "no such request"}), times=None))
        ran = tool(verb, request_id, "--json", *(["--timeout", "0.01"] if verb in ("wait", "result", "download") else []))
        assert ran.code in (Exit.INPUT, Exit.TRY_AGAIN), ran
        assert f"/{request_id}/" in simulator.calls[0].url

    @pytest.mark.parametrize("request_id", IDS)
    def test_the_printed_command_can_be_pasted(self, request_id: str, tool: Tool) -> None:
        simulator = tool.serve(Fault("any", Reply(404, {"error_code": 404001, "error_message": "no such request"}), times=None))
        program, *words = job_command("status", request_id, simulate=False).split()
        ran = tool(*words)
        assert program == "runcomfy-py"
        if ran.code != Exit.INPUT or simulator.calls:
            assert f"/{request_id}/" in simulator.calls[0].url, ran
        else:
            assert "invalid request id" in ran.err

    @pytest.mark.parametrize(
        "words", [["status", "--jsn"], ["wait", "x", "--timeot", "5"], ["status", "x", "--jsn"], ["cancel", "-json"]]
    )
    def test_a_misspelled_option_is_not_an_id(self, words: list[str], tool: Tool) -> None:
        simulator = tool.serve()
        ran = tool(*words)
        assert ran.code == Exit.USAGE and "unknown option" in ran.err and not simulator.calls

    @pytest.mark.parametrize("words", [["night", "-5"], ["--out", "night", "-5"], ["-5", "--out=night"], ["night", "--", "-5"]])
    def test_a_key_may_begin_with_a_hyphen(self, words: list[str], tool: Tool) -> None:
        job = {"model": KLING, "inputs": {"prompt": "x", "start_image_url": URL}, "key": "-5"}
        Path("jobs.jsonl").write_text(json.dumps(job))
        tool.serve(Fault("submit", Reply(500, {}), times=None))
        tool("batch", "jobs.jsonl", "--out", "night", "--json")
        ran = tool("batch", "resolve", "--accepted", "-Ab3_x", *words)
        assert (ran.code, ran.out) == (0, "-5 is now submitted\n"), ran.err


class TestEmptyValues:
    @pytest.mark.parametrize("value", ["", " ", "\n", "\t \n", "\u00a0"])
    @pytest.mark.parametrize("option", ["--prompt", "--negative-prompt", "--start-image-url", "--duration", "--multi-prompt"])
    def test_an_empty_value_is_rejected_before_the_submit(self, option: str, value: str, tool: Tool) -> None:
        simulator = tool.serve()
        ran = tool("run", KLING, *GOOD, option, value)
        assert ran.code == Exit.INPUT and not simulator.calls
        assert f"{option}: the value is empty (is a shell variable unset?)" in ran.err
        if "prompt" in option and option != "--multi-prompt":
            assert "with --input: {" in ran.err

    def test_an_empty_string_can_be_sent(self, tool: Tool) -> None:
        Path("inputs.json").write_text('{"negative_prompt": ""}')
        assert tool("run", KLING, *GOOD, "--input", "inputs.json", "--show-request").json["negative_prompt"] == ""

    @pytest.mark.parametrize(
        "words",
        [
            ["--prompt", "--no-generate-audio", "--start-image-url", URL],
            [*GOOD, "--negative-prompt", "--json"],
            [*GOOD, "--out", "--no-save"],
            [*GOOD, "--input", "--cost"],
            ["--prompt", "--start-image-url", URL],
        ],
        ids=" ".join,
    )
    def test_an_option_instead_of_a_value_is_rejected(self, words: list[str], tool: Tool) -> None:
        simulator = tool.serve()
        ran = tool("run", KLING, *words)
        assert ran.code == Exit.USAGE and "is a shell variable unset?" in ran.out + ran.err and not simulator.calls

    def test_a_value_that_looks_like_an_option_can_be_sent(self, tool: Tool) -> None:
        words = ["--prompt=--json", "--start-image-url", URL, "--show-request"]
        assert tool("run", KLING, *words).json["prompt"] == "--json"

    @pytest.mark.parametrize(
        "words", [["run", KLING, *GOOD], ["download", "x"], ["batch", "jobs.jsonl"]], ids=lambda words: words[0]
    )
    @pytest.mark.parametrize("out", ["", " "])
    def test_an_empty_folder_is_not_the_current_one(self, words: list[str], out: str, tool: Tool) -> None:
        Path("jobs.jsonl").write_text(json.dumps({"model": KLING, "inputs": {"prompt": "x", "start_image_url": URL}}))
        simulator = tool.serve()
        ran = tool(*words, "--out", out)
        assert ran.code == Exit.USAGE and "the path is empty" in ran.err and not simulator.calls


class TestFolders:
    @pytest.mark.parametrize(
        "words", [["run", KLING, *GOOD], ["download", "x"], ["batch", "jobs.jsonl"]], ids=lambda words: words[0]
    )
    @pytest.mark.parametrize("out", ["dangling", "dangling/below", "loop", "file/below", "n" * 300, "a/" + "n" * 300, "/proc/x"])
    def test_an_unwritable_folder_is_reported_before_the_submit(self, words: list[str], out: str, tool: Tool) -> None:
        Path("dangling").symlink_to("/nonexistent/place")
        Path("loop").symlink_to("loop")
        Path("file").touch()
        Path("jobs.jsonl").write_text(json.dumps({"model": KLING, "inputs": {"prompt": "x", "start_image_url": URL}}))
        before = sorted(Path().rglob("*"))
        simulator = tool.serve()
        ran = tool(*words, "--out", out)
        assert ran.code in (Exit.SAVING, Exit.USAGE) and ran.err.startswith("error: ") and not simulator.calls, ran
        assert sorted(Path().rglob("*")) == before

    def test_a_full_disk_is_reported_before_the_submit(self, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
        full = Path("/dev/full")
        if not full.exists():
            pytest.skip("there is no /dev/full here")
        monkeypatch.setattr("tempfile.TemporaryFile", lambda dir: full.open("wb"))
        simulator = tool.serve()
        ran = tool("run", KLING, *GOOD, "--out", "clips")
        assert ran.code == Exit.SAVING and "No space left" in ran.err and not simulator.calls and not Path("clips").exists()

    def test_a_folder_is_created_only_if_files_are_saved(self, tool: Tool) -> None:
        tool.serve(Fault("submit", Reply(422, {"detail": "no"})))
        assert tool("run", KLING, *GOOD, "--out", "a/b").code == Exit.INPUT and not Path("a").exists()
        tool.serve(Fault("submit", OutputIs("A caption.")))
        assert tool("run", KLING, *GOOD, "--out", "a/b").code == 0 and not Path("a").exists()

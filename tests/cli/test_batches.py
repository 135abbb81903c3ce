"""The command `batch` and its subcommands, from the file of jobs to the report."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from runcomfy_client.batch import Batch
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.simulator import Drop, Fault, JobFails, Reply

from tests.cli.harness import KLING, URL, Tool, write_jobs


def test_a_batch_from_start_to_end(tool: Tool) -> None:
    write_jobs(3)
    simulator = tool.serve()
    ran = tool("batch", "jobs.jsonl", "--out", "night")
    assert (ran.code, ran.out, ran.err) == (0, "3 downloaded\n", "")
    assert len(list(Path("night").glob("*.mp4"))) == 3
    assert tool("batch", "run", "jobs.jsonl", "--out", "night").code == 0 and len(simulator.accepted) == 3
    assert tool("batch", "status", "night").out == "3 downloaded\n"
    assert tool("batch", "status", "night", "--json").json["jobs"] == {"downloaded": 3}


def test_options_may_precede_the_jobs(tool: Tool) -> None:
    write_jobs(1)
    tool.serve()
    assert tool("batch", "--out", "night", "jobs.jsonl", "--json").json["jobs"] == {"downloaded": 1}


@pytest.mark.parametrize("words", [["night"], ["--out", "night"], ["--out", "night", "night"]], ids=" ".join)
def test_the_folder_is_an_argument_or_an_option(words: list[str], tool: Tool) -> None:
    write_jobs(1)
    tool.serve(Fault("submit", Drop(accepted=False)))
    tool("batch", "jobs.jsonl", "--out", "night")
    assert tool("batch", "status", *words).out == "1 unknown\n"
    assert json.loads(tool("batch", "report", *words, "--format", "jsonl").out)["stage"] == "unknown"
    assert tool("batch", "report", *words, "--json").json["jobs"][0]["stage"] == "unknown"
    assert tool("batch", "resolve", *words, "k0", "--give-up").out == "k0 is now abandoned\n"


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["status"], "`runcomfy-py batch status DIR`"),
        (["report", "--json"], "`runcomfy-py batch report DIR`"),
        (["status", "a", "--out", "b"], "a and --out b"),
        (["resolve", "k0", "--give-up"], "`runcomfy-py batch resolve DIR KEY`"),
        (["resolve", "a", "b", "c", "--give-up"], "got a b c"),
        (["statsu", "night"], "Did you mean status?"),
        ([], "JOBS"),
    ],
)
def test_a_missing_or_ambiguous_folder_is_a_usage_error(words: list[str], advice: str, tool: Tool) -> None:
    ran = tool("batch", *words)
    assert ran.code == Exit.USAGE and advice in ran.out + ran.err


def test_a_file_may_have_the_name_of_a_command(tool: Tool) -> None:
    write_jobs(1, name="states")
    assert tool("batch", "states", "--out", "night", "--check").out.endswith("1 job, all valid. Nothing was sent.\n")


def test_a_folder_without_a_batch(tool: Tool) -> None:
    ran = tool("batch", "status", "--out", "nowhere")
    assert ran.code == Exit.INPUT and "There is no batch in nowhere" in ran.err and "--out DIR" in ran.err


def test_failures_are_reported_and_retried_on_demand(tool: Tool) -> None:
    write_jobs(3)
    simulator = tool.serve(Fault("submit", JobFails("no faces found")))
    ran = tool("batch", "jobs.jsonl", "--out", "night")
    assert ran.code == Exit.FAILED and "--retry" in ran.err
    failed = [
        json.loads(line) for line in tool("batch", "report", "night", "--format", "jsonl", "--stage", "failed").out.splitlines()
    ]
    assert len(failed) == 1 and "no faces found" in failed[0]["error"]
    assert tool("batch", "jobs.jsonl", "--out", "night").code == Exit.FAILED and len(simulator.accepted) == 3
    assert tool("batch", "jobs.jsonl", "--out", "night", "--retry").code == 0 and len(simulator.accepted) == 4


def test_an_unknown_job_is_resolved(tool: Tool) -> None:
    write_jobs(1)
    simulator = tool.serve(Fault("submit", Drop(accepted=True)))
    ran = tool("batch", "jobs.jsonl", "--out", "night")
    assert ran.code == Exit.PENDING and "batch resolve night KEY" in ran.err and "k0" in ran.err
    assert "1 job is unknown: it may exist, so it is not submitted again" in ran.err and "1 jobs" not in ran.err
    misspelled = tool("batch", "resolve", "night", "k00", "--give-up")
    assert misspelled.code != 0 and "--stage unknown` lists them" in misspelled.err
    assert tool("batch", "resolve", "night", "k0").code == Exit.USAGE
    resolved = tool("batch", "resolve", "night", "k0", "--accepted", simulator.accepted[0].request_id)
    assert (resolved.code, resolved.out) == (0, "k0 is now submitted\n")
    assert tool("batch", "jobs.jsonl", "--out", "night").code == 0 and len(simulator.accepted) == 1


@pytest.mark.parametrize(("option", "stage"), [("--not-accepted", "planned"), ("--give-up", "abandoned")])
def test_the_other_ways_to_resolve(option: str, stage: str, tool: Tool) -> None:
    write_jobs(1)
    tool.serve(Fault("submit", Drop(accepted=False)))
    tool("batch", "jobs.jsonl", "--out", "night")
    assert tool("batch", "resolve", "night", "k0", option, "--json").json == {"key": "k0", "stage": stage}


@pytest.mark.parametrize("status", [401, 402, 403])
def test_an_account_problem_does_not_exit_with_try_again(status: int, tool: Tool) -> None:
    """Exit code 75 means that the same command may be run again: a script would repeat it forever."""
    write_jobs(20)
    tool.serve(Fault("submit", Reply(status), times=None))
    assert tool("batch", "jobs.jsonl", "--out", "night").code == Exit.AUTH


def test_a_budget(tool: Tool) -> None:
    write_jobs(5)
    simulator = tool.serve()
    ran = tool("batch", "jobs.jsonl", "--out", "night", "--max-submits", "2")
    assert ran.code == Exit.TRY_AGAIN and "limit of 2 submits" in ran.err and len(simulator.accepted) == 2


def test_invalid_lines_are_reported_by_number_and_nothing_is_sent(tool: Tool) -> None:
    write_jobs(1)
    with Path("jobs.jsonl").open("a") as file:
        file.write(
            '\n{"model": "kling/x", "inputs": {}}\n[]\n{"a": 1, "a": 2}\n{"model": "' + KLING + '", "inputs": {"duration": 99}}\n'
        )
        file.write('{"model": "' + KLING + '", "imputs": {}}\n')
        file.write('{"model": "' + KLING[:-1] + '"}\nnothing\n{"model": "' + KLING + '", "inputs": {"promt": "a"}}\n')
    simulator = tool.serve()
    ran = tool("batch", "jobs.jsonl", "--out", "night")
    assert ran.code == Exit.INPUT and not simulator.calls
    for words in (
        "line 3:",
        "line 4: a job must be a JSON object",
        "occurs twice",
        "line 6:",
        "99 is more than",
        "unknown member 'imputs'",
        f"line 8: This client has no model with this id; did you mean '{KLING}'",
        "line 9: this is not JSON: Expecting value at character 1\n",
        'promt: unknown input; did you mean "prompt"?',
    ):
        assert words in ran.err
    assert "with_extra_inputs" not in ran.err


def test_check_sends_and_writes_nothing(tool: Tool) -> None:
    write_jobs(4)
    assert "4 jobs" in tool("batch", "jobs.jsonl", "--out", "night", "--check").out and not Path("night").exists()


def test_the_lines_in_the_readme_are_valid_jobs(tool: Tool) -> None:
    readme = Path(__file__).resolve().parents[2] / "README.md"
    lines = [line for line in readme.read_text(encoding="utf-8").splitlines() if line.startswith('{"model"')]
    Path("jobs.jsonl").write_text("\n".join(lines))
    assert tool("batch", "jobs.jsonl", "--out", "night", "--check").out.endswith("2 jobs, all valid. Nothing was sent.\n")


def test_jobs_from_csv(tool: Tool) -> None:
    with Path("jobs.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["key", "prompt", "start_image_url", "duration", "generate_audio", "elements"])
        table.writerow(["a", "Snow,\nfalls.", URL, "5", "no", '[{"video_url": "https://e.com/v.mp4"}]'])
        table.writerow(["b", "Rain.", URL, "", "", ""])
    simulator = tool.serve()
    assert tool("batch", "jobs.csv", "--model", KLING, "--out", "night").code == 0
    inputs = {job.inputs["prompt"]: job.inputs for job in simulator.accepted}
    assert inputs["Rain."] == {"prompt": "Rain.", "start_image_url": URL}
    assert inputs["Snow,\nfalls."] == {
        "prompt": "Snow,\nfalls.",
        "start_image_url": URL,
        "duration": 5,
        "generate_audio": False,
        "elements": [{"video_url": "https://e.com/v.mp4"}],
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prompt,prompt\na,b\n", "duplicate column"),
        ("prompt\na,b\n", "line 2: 2 cells, but the header has 1"),
        ('prompt\n"a\n', "not CSV"),
        ("prompt\n", "there are no jobs"),
        ("", "there are no jobs"),
        ("prompt,duration\na,soon\n", "line 2:"),
        ("prompt,colour\na,red\n", "colour: unknown input"),
    ],
)
def test_invalid_csv_files(text: str, words: str, tool: Tool) -> None:
    Path("jobs.csv").write_text(text)
    ran = tool("batch", "jobs.csv", "--model", KLING, "--out", "night")
    assert ran.code == Exit.INPUT and words in ran.err


def test_a_missing_file_and_a_binary_file(tool: Tool) -> None:
    for more in ([], ["--check"]):
        ran = tool("batch", "nowhere.jsonl", "--out", "night", *more)
        assert ran.code == Exit.INPUT and "nowhere.jsonl cannot be read" in ran.err and not Path("night").exists()
    Path("jobs.jsonl").write_bytes(b'{"model": "\xff"}\n')
    assert "not UTF-8" in tool("batch", "jobs.jsonl", "--out", "night").err


def test_a_report_is_safe_to_open_in_a_spreadsheet(tool: Tool) -> None:
    tool.serve(Fault("submit", Reply(422, {"error_code": 422001, "error_message": "=cmd|' /C calc'!A0"})))
    write_jobs(1)
    tool("batch", "jobs.jsonl", "--out", "night")
    assert tool("batch", "report", "night", "--output", "report.csv").out == ""
    with Path("report.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["stage"] == "refused" and row["error"].startswith("'=cmd")


def test_a_report_that_cannot_be_written(tool: Tool) -> None:
    tool.serve()
    write_jobs(1)
    tool("batch", "jobs.jsonl", "--out", "night")
    ran = tool("batch", "report", "night", "--output", "nowhere/report.csv")
    assert ran.code == Exit.SAVING and "nowhere/report.csv: No such file" in ran.err
    assert tool("batch", "report", "night", "--output", "r.csv", "--json").json == {"out": "night", "output": "r.csv", "count": 1}


@pytest.mark.parametrize("first", [["--simulate"], []], ids=["simulated first", "real first"])
def test_a_simulated_batch_cannot_become_a_real_one(first: list[str], tool: Tool) -> None:
    if not first:
        tool.serve()
    write_jobs(1)
    second = [] if first else ["--simulate"]
    assert tool("batch", "jobs.jsonl", "--out", "night", *first).code == 0
    ran = tool("batch", "jobs.jsonl", "--out", "night", *second)
    assert ran.code == Exit.INPUT and "choose another folder" in ran.err
    assert tool("batch", "jobs.jsonl", "--out", "night", *first).code == 0


def test_a_locked_batch_and_a_missing_batch(tool: Tool) -> None:
    write_jobs(1)
    with Batch("night"):
        assert tool("batch", "jobs.jsonl", "--out", "night").code == Exit.TRY_AGAIN
        assert tool("batch", "status", "night").code == 0, "looking on is allowed"
    for command in (["status", "nowhere"], ["report", "nowhere"], ["resolve", "nowhere", "k", "--give-up"]):
        assert tool("batch", *command).code == Exit.INPUT and not Path("nowhere").exists()


def test_a_copied_batch_and_missing_files_are_reported(tool: Tool) -> None:
    write_jobs(3)
    simulator = tool.serve()
    tool("batch", "jobs.jsonl", "--out", "a", "--max-submits", "2")
    shutil.copytree("a", "b")
    for path in sorted(Path("b").glob("*.mp4")):
        path.unlink()
    ran = tool("batch", "jobs.jsonl", "--out", "b")
    assert ran.code == 0 and "warning: the batch in b is a copy of one that was run in " in ran.err
    assert "1 job may be submitted, and billed, in both" in ran.err and "2 saved files are no longer in b" in ran.err
    assert len(simulator.accepted) == 3
    command = ran.err.strip().splitlines()[-1].split()
    assert tool(*command[1:]).code == 0 and len(list(Path("b").glob("*.mp4"))) == 2
    ran = tool("batch", "status", "b")
    assert ran.code == 0 and "-1.mp4 is no longer in b" in ran.err
    assert len(tool("batch", "status", "b", "--json").json["missing_files"]) == 1
    assert tool("batch", "status", "a").err == ""

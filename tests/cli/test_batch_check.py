"""Problems of a batch are reported before it starts, and then it leaves no files."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from runcomfy_client.batch import Batch, read_jobs, read_ledger
from runcomfy_client.cli.exit_codes import Exit

from tests.cli.harness import KLING, URL, Tool, write_jobs


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([{"key": "a"}, {"key": "a"}], "line 2: duplicate key 'a'"),
        ([{"key": ""}], "line 1: a key must have 1 to 200 printable characters"),
    ],
)
def test_check_reports_the_same_problems_as_a_run(lines: list[dict[str, str]], words: str, tool: Tool) -> None:
    job = {"model": KLING, "inputs": {"prompt": "x", "start_image_url": URL}}
    Path("jobs.jsonl").write_text("".join(json.dumps({**job, **line}) + "\n" for line in lines))
    ran = tool("batch", "jobs.jsonl", "--out", "night", "--check")
    assert ran.code == Exit.INPUT and words in ran.err and not Path("night").exists()


def test_check_considers_the_existing_plan_and_changes_nothing(tool: Tool) -> None:
    write_jobs(1)
    simulator = tool.serve()
    tool("batch", "jobs.jsonl", "--out", "night")
    Path("jobs.jsonl").write_text(Path("jobs.jsonl").read_text().replace("p0", "other"))
    ran = tool("batch", "jobs.jsonl", "--out", "night", "--check")
    assert ran.code == Exit.INPUT and "use a new key for the changed job" in ran.err and len(simulator.accepted) == 1


def test_a_line_that_is_not_text_is_reported_by_number(tool: Tool) -> None:
    write_jobs(6)
    lines = Path("jobs.jsonl").read_bytes().splitlines(keepends=True)
    Path("jobs.jsonl").write_bytes(b"".join([*lines[:4], b"\xff\n", *lines[4:]]))
    ran = tool("batch", "jobs.jsonl", "--out", "night", "--check")
    assert "line 5: the file is not UTF-8 text from this line on" in ran.err and "1 problem in" in ran.err


def test_all_problems_are_counted_and_a_few_are_shown(tool: Tool) -> None:
    Path("jobs.jsonl").write_text("{}\n" * 1500)
    ran = tool("batch", "jobs.jsonl", "--out", "night", "--check")
    assert "1,500 problems in the jobs" in ran.err and "and 1,480 more" in ran.err


@pytest.mark.parametrize("what", ["no token", "bad lines"])
def test_a_batch_that_cannot_start_leaves_no_files(what: str, tool: Tool) -> None:
    """The next steps of the message, `--simulate` or corrected lines, work in the same folder."""
    write_jobs(2)
    if what == "bad lines":
        tool.serve()
        Path("jobs.jsonl").write_text("{}\n")
    code = Exit.AUTH if what == "no token" else Exit.INPUT
    assert tool("batch", "jobs.jsonl", "--out", "night").code == code and not Path("night").exists()
    write_jobs(2)
    assert tool("batch", "jobs.jsonl", "--out", "night", *(["--simulate"] if what == "no token" else [])).code == 0


@pytest.mark.parametrize("name", ["batch.sqlite3", "../night/batch.sqlite3-wal", "batch.lock"])
def test_a_report_does_not_overwrite_the_ledger(name: str, tool: Tool) -> None:
    write_jobs(1)
    tool.serve()
    tool("batch", "jobs.jsonl", "--out", "night")
    before = Path("night/batch.sqlite3").read_bytes()
    ran = tool("batch", "report", "night", "--output", f"night/{name}")
    assert ran.code == Exit.USAGE and "is a file of the batch" in ran.err
    assert Path("night/batch.sqlite3").read_bytes() == before


def test_jobs_planned_by_another_process_are_not_removed(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process ran between the check of the folder and the opening of the batch."""
    write_jobs(1, "good.jsonl")
    Path("bad.jsonl").write_text("{}\n")

    def open_late(out: str) -> Batch:
        with Batch(out) as other:
            other.plan(read_jobs("good.jsonl"))
        return Batch(out)

    monkeypatch.setattr("runcomfy_client.cli.batches.Batch", open_late)
    assert tool("batch", "bad.jsonl", "--out", "night").code == Exit.INPUT
    with read_ledger("night") as ledger:
        assert [row.key for row in ledger.rows()] == ["k0"]


class _Stdin:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.mark.parametrize("form", ["lines", "list", "csv", "semicolons"])
def test_jobs_from_stdin(form: str, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    write_jobs(3)
    text = Path("jobs.jsonl").read_text()
    rows = "".join(f"k{number};{KLING};p{number};{URL}\n" for number in range(3))
    content = {
        "lines": text,
        "list": json.dumps([json.loads(line) for line in text.splitlines()], indent=1),
        "csv": ("key;model;prompt;start_image_url\n" + rows).replace(";", ","),
        "semicolons": "sep=;\nkey;model;prompt;start_image_url\n" + rows,
    }[form]
    simulator = tool.serve()
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", _Stdin(content.encode()))
        assert tool("batch", "-", "--out", "night").out == "3 downloaded\n"
    assert len(simulator.accepted) == 3


def test_an_empty_or_closed_stdin_is_reported(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    tool.serve()
    monkeypatch.setattr("sys.stdin", _Stdin(b""))
    assert "there are no jobs" in tool("batch", "-", "--out", "night").err
    monkeypatch.setattr("sys.stdin", None)
    ran = tool("batch", "-", "--out", "night")
    assert ran.code == Exit.INPUT and "stdin cannot be read: it is closed" in ran.err and not Path("night").exists()

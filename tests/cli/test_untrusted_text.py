"""Text from a server, a schema or a file cannot control the terminal: no control characters, escape sequences or markup."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.catalog import ModelDocument
from runcomfy_client.cli.console import as_json
from runcomfy_client.simulator import Fault, JobFails, OutputIs, Reply, StatusWord

from tests.cli.harness import GOOD, KLING, Tool
from tests.cli.terminal import run_on_terminal

EVIL = "[bold red]a[/] \x1b[31mred\x1b]0;title\x07 \x9b31m \r\u202eabc\u2028 \ud800 :smile: {x} %s \x00 [link=file:///etc]b"
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
EVIL_DOCUMENT = ModelDocument(
    {
        "model_id": "evil/model",
        "display_name": EVIL,
        "description": EVIL,
        "kind": EVIL,
        "categories": [EVIL],
        "input_schema": {
            "type": "object",
            "required": [EVIL],
            "properties": {
                EVIL: {"type": "string", "description": EVIL, "default": EVIL},
                "choice": {"enum": [EVIL, "b"], "description": EVIL},
                "media": {"type": "string", "x-media": EVIL},
                "flag": {"type": "boolean", "description": EVIL},
                "parts": {"type": "array", "items": {"type": "object", "properties": {EVIL: {}}}},
                "json": {"type": "integer", "default": 3},
            },
        },
        "output_schema": None,
        "example": {EVIL: EVIL, "choice": EVIL, "flag": True, "parts": [EVIL]},
    }
)


def is_harmless(text: str) -> bool:
    return not STEERING.search(text)


@given(st.text() | st.just(EVIL))
def test_clean_text_is_printable(text: str) -> None:
    assert is_harmless(escape_control_chars(text)) and "\n" not in escape_control_chars(text)
    assert is_harmless(escape_control_chars(text, keep_newlines=True))


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_plain_text_is_unchanged(text: str) -> None:
    assert escape_control_chars(text) == text


@given(st.text() | st.just(EVIL))
def test_json_is_ascii_and_has_the_same_value(text: str) -> None:
    assert as_json({text: text}).isprintable() and as_json(text).isascii() and json.loads(as_json(text)) == text


@pytest.fixture
def hostile_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runcomfy_client.cli.model_argument.document_of", lambda _id: EVIL_DOCUMENT)
    monkeypatch.setattr("runcomfy_client.cli.search.all_documents", lambda: (EVIL_DOCUMENT,))


@pytest.mark.usefixtures("hostile_document")
@pytest.mark.parametrize(
    "words", [["show", "evil/model"], ["run", "evil/model", "--help"], ["submit", "evil/model", "-h"], ["models"]]
)
def test_a_hostile_schema(words: list[str], tool: Tool) -> None:
    ran = tool(*words)
    assert ran.code == 0 and ran.out and is_harmless(ran.out) and is_harmless(ran.err)


@pytest.mark.usefixtures("hostile_document")
def test_an_input_with_the_name_of_an_option_is_renamed(tool: Tool) -> None:
    assert "--with-json N" in tool("run", "evil/model", "--help").out


@pytest.mark.parametrize(
    "fault",
    [
        Fault("submit", Reply(422, {"error_message": EVIL}), times=None),
        Fault("submit", Reply(401, {"detail": [{"loc": [EVIL], "msg": EVIL}]}), times=None),
        Fault("submit", JobFails(EVIL), times=None),
        Fault("submit", JobFails({EVIL: EVIL}), times=None),
        Fault("submit", OutputIs({"video": f"https://e.com/{EVIL}", EVIL: EVIL}), times=None),
        Fault("status", StatusWord(EVIL), times=1),
        Fault("submit", Reply(200, {"request_id": EVIL}), times=None),
    ],
    ids=lambda fault: type(fault.effect).__name__,
)
@pytest.mark.parametrize("more", [[], ["--no-save"], ["--json"]], ids=["plain", "urls", "json"])
def test_a_hostile_server(fault: Fault, more: list[str], tool: Tool) -> None:
    tool.serve(fault)
    ran = tool("run", KLING, *GOOD, *more)
    assert is_harmless(ran.out) and is_harmless(ran.err)


def test_hostile_jobs(tool: Tool) -> None:
    job: dict[str, Any] = {"model": EVIL.replace("\ud800", ""), "inputs": {EVIL.replace("\ud800", ""): 1}}
    Path("jobs.jsonl").write_text(json.dumps(job) + "\n" + json.dumps({**job, "model": KLING}) + "\n")
    ran = tool("batch", "jobs.jsonl", "--out", "night")
    assert ran.code == 65 and "line 2" in ran.err and is_harmless(ran.err)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_hostile_report(form: str, tool: Tool) -> None:
    tool.serve(Fault("submit", Reply(422, {"error_message": EVIL})))
    inputs = {"prompt": EVIL.replace("\ud800", ""), "start_image_url": "https://e.com/a.png"}
    Path("jobs.jsonl").write_text(json.dumps({"model": KLING, "inputs": inputs}))
    tool("batch", "jobs.jsonl", "--out", "night")
    output = tool("batch", "report", "night", "--format", form).out
    assert "[bold red]" in output and is_harmless(output.replace("\r\n", "\n"))


def test_hostile_text_on_a_terminal(tmp_path: Path) -> None:
    code = (
        "import sys, tests.cli.test_untrusted_text as t, runcomfy_client.cli.model_argument as p, runcomfy_client.cli.search as c;"
        "p.document_of = lambda _id: t.EVIL_DOCUMENT; c.all_documents = lambda: (t.EVIL_DOCUMENT,);"
        "from runcomfy_client.cli import main; main(['show', 'evil/model']); main(['models'])"
    )
    output = run_on_terminal(["-c", code], tmp_path)
    own = re.sub(r"\x1b\[[0-9;]*m", "", output).replace("\r\n", "\n")
    assert "[bold red]a[/]" in own and ":smile:" in own, "no markup is obeyed"
    assert is_harmless(own)

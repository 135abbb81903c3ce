"""`explain` and its table of codes. Both examples of every code are run with their commands."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from codegen import files
from codegen.cli import main
from codegen.report.explain import WIDTH, explain
from codegen.values.codes import CODES, STAGES, Example, Omitted


def run(example: Example, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command of an example in a new folder, and return its output."""
    for path, content in example.files.items():
        files.write_file(folder / path, content.make() if isinstance(content, Omitted) else content.encode())
    monkeypatch.chdir(folder)
    words = shlex.split(example.command)
    places = ["--schemas", "schemas", *(["--output", "client"] if words[0] in ("build", "release") else [])]
    main([*words, *places, "--format", "json"])
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_example_gives_the_diagnostic_and_no_other_code(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = run(CODES[code].wrong, tmp_path, monkeypatch, capsys)
    assert {diagnostic["code"] for diagnostic in output["diagnostics"]} == {code}


@pytest.mark.parametrize("code", CODES)
def test_the_right_example_gives_no_diagnostic(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = run(CODES[code].right, tmp_path, monkeypatch, capsys)
    assert output["diagnostics"] == [] and output["exit_code"] == 0 and output["written"]


def test_the_table_is_sorted_and_has_texts() -> None:
    assert list(CODES) == sorted(CODES) and {code[2] for code in CODES} == set(STAGES)
    assert len({known.title for known in CODES.values()}) == len(CODES)
    for code, known in CODES.items():
        assert known.wrong != known.right, code
        assert 1 <= known.why.count(". ") + 1 <= 3 and known.why.endswith("."), code


@pytest.mark.parametrize("code", CODES)
def test_an_explanation_fits_a_terminal(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 0
    text = capsys.readouterr().out
    assert text == explain(code) and max(map(len, text.splitlines())) <= WIDTH
    assert text.startswith(f"{code}: {CODES[code].title}\n")
    assert text.index("wrong:") < text.index("right:") and text.count("$ runcomfy-codegen") == 2
    for example in (CODES[code].wrong, CODES[code].right):
        assert example.command in text and all(path in text for path in example.files)


def test_several_codes_in_any_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "rc407", "RC101"]) == 0
    assert capsys.readouterr().out == explain("RC407") + "\n" + explain("RC101")


@pytest.mark.parametrize("words", [["explain"], ["explain", "--list"]])
def test_all_codes_are_listed(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    for code, known in CODES.items():
        assert f"  {code}  {known.title}" in lines


@pytest.mark.parametrize(("word", "hint"), [("RC47", "RC407"), ("407", "RC407"), ("\x1b[31mnothing", "--list")])
def test_an_unknown_code_gets_suggestions(word: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        main(["explain", "RC101", word])
    output = capsys.readouterr()
    assert exit.value.code == 2 and not output.out
    assert "unknown diagnostic code" in output.err and hint in output.err and "\x1b" not in output.err

"""Reports of a run in each format: their contents, and that text of a schema is escaped for terminals and logs."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.cli import main
from codegen.report.format_report import CommandResult, Format, Rendered, as_text, emit, escape_control_chars, render
from codegen.values.codes import CODES
from codegen.values.diagnostics import Diagnostic, Place, Report, Severity

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "a\x1b[31mb\u202ec\r\n::error::d\u2028e\x00f\x9b1mg\ud800h%0A,i:j\tk"
CODELIKE = st.sampled_from(sorted(CODES))
TEXTS = st.text(
    st.characters(categories=["L", "N", "P", "S", "Z", "C"]) | st.sampled_from("\x1b\u202e\u2028\r\n\t%:,\x7f\x9b\ud800")
)
PLACES = st.builds(Place, TEXTS, st.none() | TEXTS, st.none() | st.integers(1, 9), st.none() | st.integers(1, 9))
DIAGNOSTICS = st.lists(st.builds(Diagnostic, CODELIKE, st.sampled_from(Severity), PLACES, TEXTS, TEXTS), max_size=3)


def output(diagnostics: list[Diagnostic], form: Format, *, lines: list[str] | None = None, colour: bool = False) -> Rendered:
    return render(diagnostics, CommandResult(lines or []), command="build", exit_code=2, form=form, colour=colour)


def found(*severities: Severity, code: str = "RC407") -> list[Diagnostic]:
    return [
        Diagnostic(code, severity, Place("s.json", "/x", 3, 5), f"fault {n}", "mend it") for n, severity in enumerate(severities)
    ]


def is_harmless(text: str) -> bool:
    return all(sign.isprintable() or sign == "\n" for sign in text)


@given(DIAGNOSTICS, st.lists(TEXTS, max_size=2), st.booleans())
def test_hostile_text_is_escaped(diagnostics: list[Diagnostic], lines: list[str], colour: bool) -> None:
    rows = sum(3 if d.place.pointer else 2 for d in diagnostics)
    text = output(diagnostics, Format.TEXT, lines=lines, colour=colour)
    bare = re.sub(r"\x1b\[(1;3[136]|0)m", "", text.stderr) if colour else text.stderr
    assert is_harmless(bare) and bare.count("\n") == rows + bool(diagnostics)
    assert is_harmless(text.stdout) and text.stdout.count("\n") == len(lines)

    github = output(diagnostics, Format.GITHUB, lines=lines)
    assert is_harmless(github.stdout) and github.stdout.count("\n") == len(diagnostics) + len(lines) and not github.stderr

    whole = output(diagnostics, Format.JSON, lines=lines)
    assert is_harmless(whole.stdout) and whole.stdout.isascii() and not whole.stderr
    listed = json.loads(whole.stdout)["diagnostics"]
    assert [(d["file"], d["pointer"], d["message"], d["help"]) for d in listed] == [
        (d.place.file, d.place.pointer, d.message, d.help) for d in diagnostics
    ]


@given(TEXTS)
def test_text_becomes_one_line_and_valid_text_is_unchanged(text: str) -> None:
    assert escape_control_chars(text).isprintable()
    assert escape_control_chars(escape_control_chars(text)) == escape_control_chars(text)
    if text.isprintable():
        assert escape_control_chars(text) == text


@given(DIAGNOSTICS)
def test_an_annotation_contains_the_diagnostic(diagnostics: list[Diagnostic]) -> None:
    for diagnostic, line in zip(diagnostics, output(diagnostics, Format.GITHUB).stdout.splitlines(), strict=True):
        head, _, data = line.removeprefix("::").partition("::")
        command, _, stated = head.partition(" ")
        properties = dict(pair.split("=", 1) for pair in stated.split(","))
        assert command == {"error": "error", "warning": "warning", "note": "notice"}[diagnostic.severity]
        assert (
            unescaped(properties["file"]) == escape_control_chars(diagnostic.place.file) and properties["title"] == diagnostic.code
        )
        assert properties.get("line") == (None if diagnostic.place.line is None else str(diagnostic.place.line))
        assert unescaped(data).startswith(escape_control_chars(diagnostic.message))
        assert unescaped(data).endswith(f"\nnext: {escape_control_chars(diagnostic.help)}")


def unescaped(text: str) -> str:
    """Return a text as the runner of a workflow decodes it."""
    for escape, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, sign)
    return text


def test_the_exact_text_of_an_annotation() -> None:
    diagnostic = Diagnostic("RC407", Severity.NOTE, Place("a,b:c%.json", "/x", 3, 5), "100 %\nsure, so: yes", "mend it")
    assert output([diagnostic], Format.GITHUB, lines=["done"]).stdout == (
        "::notice file=a%2Cb%3Ac%25.json,line=3,col=5,title=RC407::100 %25\\nsure, so: yes%0Aat: /x%0Anext: mend it\ndone\n"
    )


def test_the_exact_text_of_an_escaped_hostile_text() -> None:
    assert escape_control_chars(HOSTILE) == r"a\x1b[31mb\u202ec\r\n::error::d\u2028e\x00f\x9b1mg\ud800h%0A,i:j\tk"


@pytest.mark.parametrize(
    ("severities", "last"),
    [
        ([Severity.ERROR, Severity.ERROR, Severity.WARNING], "2 errors, 1 warning; for details: runcomfy-codegen explain RC407"),
        ([Severity.WARNING, Severity.WARNING, Severity.NOTE], "2 warnings, 1 note"),
    ],
)
def test_text_ends_with_counts(severities: list[Severity], last: str) -> None:
    text = output(found(*severities), Format.TEXT)
    assert text.stderr == as_text(found(*severities)) + last + "\n" and not text.stdout
    assert output([], Format.TEXT) == Rendered("", "")


def test_only_some_codes_are_named_in_the_hint() -> None:
    several = [
        diagnostic
        for code in ("RC001", "RC101", "RC102", "RC101", "RC103", "RC104")
        for diagnostic in found(Severity.ERROR, code=code)
    ]
    assert "explain RC101 RC102 RC103\n" in output(several, Format.TEXT).stderr
    assert "explain" not in output(found(Severity.ERROR, code="RC001"), Format.TEXT).stderr


def test_only_the_severity_is_coloured() -> None:
    text = output(found(Severity.ERROR, Severity.WARNING, Severity.NOTE), Format.TEXT, colour=True).stderr
    assert re.findall(r"\x1b\[(.*?)m(.*?)\x1b\[0m", text) == [
        ("1;31", "error RC407:"),
        ("1;33", "warning RC407:"),
        ("1;36", "note RC407:"),
    ]
    assert "\x1b" not in output(found(Severity.ERROR), Format.TEXT).stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)]
)
def test_a_terminal_has_colours_unless_disabled(
    environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    terminal, file = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    main(["add", "missing.json"])
    assert ("\x1b[1;31merror RC001:\x1b[0m" in terminal.getvalue()) == coloured
    monkeypatch.setattr(sys, "stderr", file)
    main(["add", "missing.json"])
    assert file.getvalue().startswith("missing.json: error RC001: ")


@pytest.mark.parametrize("form", Format)
def test_problems_of_several_files_are_reported_together_and_sorted(
    form: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, word in (("b", "flaot"), ("a", "strin")):
        Path(f"{name}.json").write_text(f'{{"type": "object", "properties": {{"x": {word}}}}}')
    assert main(["add", "b.json", "a.json", "--schemas", "schemas", "--format", form]) == 2
    seen = capsys.readouterr()
    text, silent = (seen.err, seen.out) if form is Format.TEXT else (seen.out, seen.err)
    assert text.index("strin") < text.index("flaot") and not silent and not Path("schemas").exists()
    if form is Format.JSON:
        assert [(d["file"], d["code"], d["line"]) for d in json.loads(text)["diagnostics"]] == [
            ("a.json", "RC101", 1),
            ("b.json", "RC101", 1),
        ]


def test_json_contains_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.json").write_text('{"type": "object", "properties": {"x": {"type": "string", "format": "odd"}}}')

    def run(*words: str, schemas: str = "schemas") -> dict[str, object]:
        code = main([*words, "--schemas", schemas, "--format", "json"])
        result = capsys.readouterr()
        facts: dict[str, object] = json.loads(result.out)
        assert facts["exit_code"] == code and facts["command"] == words[0] and not result.err
        return facts

    assert run("add", "s.json", "--id", "me/m")["written"] == ["schemas/models/me/m.json"]
    built = run("build", "--output", "client")
    assert built["models"] == 1 and built["removed"] == [] and "README.md" in str(built["written"])
    assert str(built["diagnostics"]).count("RC409") == 1
    Path("client/README.md").unlink()
    checked = run("check", "--output", "client")
    assert (checked["exit_code"], checked["missing"], checked["differs"]) == (1, ["client/README.md"], [])
    assert run("build", "--output", "client", schemas="nowhere").keys() == {"command", "exit_code", "diagnostics"}


def test_a_disk_error_is_a_diagnostic(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    given_file = tmp_path / "s.json"
    given_file.write_text('{"type": "object", "properties": {"x": {"type": "string"}}}')
    monkeypatch.setattr("codegen.files.write_file", full)
    assert main(["add", str(given_file), "--id", "me/m", "--schemas", str(tmp_path / "schemas")]) == 2
    assert capsys.readouterr().err.startswith("(no file): error RC001: No space left on device\n    next: ")


def test_a_stream_that_cannot_encode_gets_escapes() -> None:
    kept = io.BytesIO()
    stream = io.TextIOWrapper(kept, encoding="ascii")
    emit("caf\u00e9 \u4e2d\n", stream)
    assert kept.getvalue() == b"caf\\xe9 \\u4e2d\n"


@pytest.mark.parametrize("words", [["build"], ["check"], ["add", __file__]])
def test_an_interrupt_in_a_stage_exits_without_a_traceback(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("codegen.pipeline.build", interrupted)
    monkeypatch.setattr("codegen.pipeline.add", interrupted)
    assert main(words) == 130
    assert capsys.readouterr() == ("", "interrupted\n")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes with names and their signals are POSIX")
def test_ctrl_c_exits_without_a_traceback(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "codegen", "add", str(pipe), "--id", "me/m", "--schemas", str(tmp_path / "schemas")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        with pipe.open("w"):  # which waits until the command reads
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 130
        assert process.communicate() == ("", "interrupted\n")


@pytest.mark.parametrize("words", [["explain", "--list"], ["add", "nothing.json", "--format", "json"]])
@pytest.mark.skipif(sys.platform == "win32", reason="broken pipes are POSIX")
def test_a_closed_pipe_is_not_an_error(words: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-m", "codegen", *words], cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert ran.stderr == "" and ran.returncode == (0 if words[0] == "explain" else 2)


@pytest.mark.skipif(sys.platform == "win32", reason="broken pipes are POSIX")
def test_closed_pipes_of_both_streams_are_not_an_error() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "codegen", "add", "nothing.json"]
    ran = subprocess.run(command, cwd=ROOT, stdout=write, stderr=write, check=False)
    os.close(write)
    assert ran.returncode == 2


def test_a_report_is_printed_sorted_and_once() -> None:
    report = Report()
    for file, line in (("b", 1), ("a", 9), ("a", 2), ("a", 2)):
        report.error("RC101", Place(file, line=line), "fault", help="mend it")
    told_lines = list(render(report, CommandResult(), command="add", exit_code=2, form=Format.GITHUB).stdout.splitlines())
    assert [line.split(",title")[0] for line in told_lines] == [
        "::error file=a,line=2",
        "::error file=a,line=9",
        "::error file=b,line=1",
    ]

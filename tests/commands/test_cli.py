"""The commands as a user runs them: their output, files and exit codes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.cli import main
from codegen.files.manifest import MANIFEST

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = {"type": "object", "required": ["prompt"], "properties": {"prompt": {"type": "string"}}}


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run(*words: str | Path) -> int:
    return main([str(word) for word in words])


def test_add_build_check_and_restore(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schemas, output, given = tmp_path / "schemas", tmp_path / "client", tmp_path / "given.json"
    given.write_text(json.dumps(SCHEMA))
    assert run("add", given, "--id", "me/private-model", "--schemas", schemas) == 0
    assert run("build", "--schemas", schemas, "--output", output) == 0
    assert (output / "runcomfy_client/models/me/private_model.py").is_file()
    assert json.loads((schemas / "names.lock.json").read_text()) == {
        "me/private-model": {"module": "me/private_model", "class": "PrivateModel"}
    }
    assert run("check", "--schemas", schemas, "--output", output) == 0

    (output / "README.md").unlink()
    (output / "runcomfy_client/models/me/private_model.py").write_text("x = 1\n")
    capsys.readouterr()
    assert run("check", "--schemas", schemas, "--output", output) == 1
    result = capsys.readouterr().out
    assert "README.md" in result and "private_model.py" in result and "runcomfy-codegen build" in result

    assert run("build", "--schemas", schemas, "--output", output) == 0
    (schemas / "models/me/private-model.json").unlink()
    assert run("build", "--schemas", schemas, "--output", output) == 0
    assert not (output / "runcomfy_client/models/me").exists()


def test_adding_the_same_document_again_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schemas, given = tmp_path / "schemas", tmp_path / "given.json"
    given.write_text(json.dumps(SCHEMA))
    run("add", given, "--id", "me/model", "--schemas", schemas, "--captured", "2026-01-01")
    before = snapshot(tmp_path)
    assert run("add", given, "--id", "me/model", "--schemas", schemas, "--captured", "2026-02-02") == 0
    assert snapshot(tmp_path) == before
    assert "unchanged: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"no JSON in here", "RC201"),
        (b'{"type": "object", "properties": {"x": {"type": "flaot"}}}', "RC407"),
        (b'{"type": "object",', "RC101"),
        (b"", "RC105"),
        (b"\x1f\x8b\x08", "RC103"),
        ("Схема".encode("cp1251"), "RC102"),
    ],
)
def test_invalid_input_is_reported_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, code: str
) -> None:
    given = tmp_path / "given.txt"
    given.write_bytes(content)
    good = tmp_path / "good.json"
    good.write_text(json.dumps({"model_id": "me/good", "input_schema": SCHEMA}))
    before = snapshot(tmp_path)
    assert run("add", given, "--id", "me/model", "--schemas", tmp_path / "schemas") == 2
    assert run("add", good, given, "--schemas", tmp_path / "schemas") == 2
    assert snapshot(tmp_path) == before
    output = capsys.readouterr().err
    assert code in output and "given.txt:1" in output and "next: " in output and "Traceback" not in output


def test_a_build_with_one_invalid_model_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schemas, output = tmp_path / "schemas", tmp_path / "client"
    for name in ("a", "b", "c"):
        (schemas / "models/me").mkdir(parents=True, exist_ok=True)
        (schemas / f"models/me/{name}.json").write_text(json.dumps(SCHEMA))
    assert run("build", "--schemas", schemas, "--output", output) == 0
    (schemas / "models/me/b.json").write_text('{"type": "object", "properties": {"x": {"type": "strin"}}}')
    (schemas / "models/me/c.json").write_text(json.dumps({**SCHEMA, "title": "New"}))
    before = snapshot(tmp_path)
    assert run("build", "--schemas", schemas, "--output", output) == 2
    assert run("check", "--schemas", schemas, "--output", output) == 2
    assert snapshot(tmp_path) == before
    assert "b.json:1:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["add", "missing.json"], ["build", "--schemas", "missing"], ["check", "--schemas", "missing"], ["nonsense"], []]
)
def test_usage_errors_exit_with_2_and_no_traceback(tmp_path: Path, words: list[str]) -> None:
    ran = subprocess.run([sys.executable, "-m", "codegen", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr and ran.stderr


def test_the_committed_client_is_up_to_date() -> None:
    ran = subprocess.run([sys.executable, "-m", "codegen", "check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}])
def test_a_deleted_client_is_restored_to_the_byte_from_anywhere(tmp_path: Path, locale: dict[str, str]) -> None:
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    (tmp_path / "pyproject.toml").write_text("[tool.black]\nline-length = 20\n")
    command = [sys.executable, "-m", "codegen", "build", "--schemas", "schemas", "--output", "generated"]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT), **locale}, check=True, capture_output=True)
    listed = json.loads((ROOT / "generated" / MANIFEST).read_text())["files"]
    for path in (*listed, MANIFEST):
        assert (tmp_path / "generated" / path).read_bytes() == (ROOT / "generated" / path).read_bytes(), path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["biuld"], 'unknown command "biuld"; did you mean build?'),
        (["explian", "RC407"], "did you mean explain?"),
        (["frobnicate"], "see --help"),
        (["build", "--schmeas", "x"], 'unknown argument "--schmeas"; did you mean --schemas?'),
        (["diff", "--fail-no=any"], "did you mean --fail-on?"),
        (["check", "surplus"], 'unknown argument "surplus"; see --help'),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_misspelled_word_gets_a_suggestion(words: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(*words)
    assert stopped.value.code == 2 and expected in capsys.readouterr().err


def test_add_prints_what_it_found_and_the_next_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schemas, given = tmp_path / "schemas", tmp_path / "given.json"
    given.write_text(json.dumps(SCHEMA))
    words = ("add", given, "--id", "me/model", "--schemas", schemas)
    run(*words)
    first = capsys.readouterr().out
    assert "wrote " in first and "same" not in first
    run(*words)
    again = capsys.readouterr().out
    assert "unchanged: " in again and "models/me/model.json" in again and "wrote" not in again
    assert first.splitlines()[-1].startswith("next: runcomfy-codegen build --schemas ") and "next:" not in again
    run(*words, "--format", "json")
    facts = json.loads(capsys.readouterr().out)
    assert facts["written"] == [] and len(facts["unchanged"]) == 1

"""`diff` and `add` describe the effects of a schema change for callers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from codegen.cli import main

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["prompt"],
    "properties": {"prompt": {"type": "string"}, "seed": {"type": "integer"}},
}
OTHER = {**SCHEMA, "required": ["prompt", "seed"]}


def run(*words: str | Path) -> int:
    return main([str(word) for word in words])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with one model, built and committed to git."""
    (tmp_path / "given.json").write_text(json.dumps(SCHEMA))
    assert run("add", tmp_path / "given.json", "--id", "me/model", "--schemas", tmp_path / "schemas") == 0
    assert run("build", "--schemas", tmp_path / "schemas", "--output", tmp_path / "client") == 0
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    return tmp_path


def change(project: Path, schema: dict[str, Any]) -> None:
    (project / "given.json").write_text(json.dumps(schema))
    assert run("add", project / "given.json", "--id", "me/model", "--schemas", project / "schemas") == 0


def test_add_prints_its_changes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    change(project, OTHER)
    assert "breaking: Model.seed is now required" in capsys.readouterr().out


def test_diff_against_the_last_build_a_folder_and_a_revision(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(project, OTHER)
    words = ("diff", "--schemas", project / "schemas", "--output", project / "client")
    for against in ((), ("--against", project / "client"), ("--against", "HEAD")):
        capsys.readouterr()
        assert run(*words, *against) == 1
        assert "Model.seed is now required" in capsys.readouterr().out
    assert run(*words, "--fail-on", "never") == 0
    run("build", "--schemas", project / "schemas", "--output", project / "client")
    assert run(*words, "--fail-on", "any") == 0
    assert run(*words, "--against", "HEAD") == 1


def test_markdown_and_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(project, OTHER)
    words = ("diff", "--schemas", project / "schemas", "--output", project / "client")
    capsys.readouterr()
    run(*words, "--markdown")
    assert capsys.readouterr().out == "### Breaking\n\n- `me/model`\n  - `Model.seed` is now required\n"
    run(*words, "--format", "json")
    assert json.loads(capsys.readouterr().out)["changes"] == [
        {"impact": "breaking", "model": "me/model", "text": "`Model.seed` is now required"}
    ]


@pytest.mark.parametrize("against", ["no-such-revision", "HEAD~5"])
def test_a_missing_base_of_comparison_is_reported(project: Path, capsys: pytest.CaptureFixture[str], against: str) -> None:
    assert run("diff", "--schemas", project / "schemas", "--output", project / "client", "--against", against) == 2
    assert run("diff", "--schemas", project / "schemas", "--output", project / "nowhere") == 2
    assert "Traceback" not in capsys.readouterr().err


def test_before_the_first_build_diff_names_the_command_that_builds(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("diff", "--schemas", project / "schemas", "--output", project / "none") == 2
    result = capsys.readouterr().err
    assert f"next: build it first: runcomfy-codegen build --schemas {project / 'schemas'} --output {project / 'none'}\n" in result

"""Files that the generator did not write are kept; unusual folders and damaged metadata are handled."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from codegen.cli import main
from codegen.files import read_tree
from codegen.files.manifest import CACHE

SCHEMA = {"type": "object", "required": ["prompt"], "properties": {"prompt": {"type": "string"}}}


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    """Return a schemas folder with one model."""
    (tmp_path / "schemas/models/me").mkdir(parents=True)
    (tmp_path / "schemas/models/me/model.json").write_text(json.dumps(SCHEMA))
    return tmp_path / "schemas"


def run(*words: str | Path) -> int:
    return main([str(word) for word in words])


def build(schemas: Path, output: Path, *more: str) -> int:
    return run("build", "--schemas", schemas, "--output", output, *more)


def test_a_file_at_the_path_of_the_output_folder_is_kept(schemas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plain").write_text("mine")
    assert build(schemas, tmp_path / "plain") == 2
    assert (tmp_path / "plain").read_text() == "mine" and "not a folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["README.md", "pyproject.toml", "runcomfy_client/models/me/model.py"])
def test_a_foreign_file_is_not_overwritten(schemas: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out" / name).parent.mkdir(parents=True)
    (tmp_path / "out" / name).write_text("mine")
    assert build(schemas, tmp_path / "out") == 2
    assert read_tree(tmp_path / "out") == {name: b"mine"}
    output = capsys.readouterr().err
    assert name in output and "not overwritten" in output and "check the path" not in output


@pytest.mark.parametrize("folder", [".", "models", "models/me", "nothing"])
def test_a_folder_without_a_models_folder_is_rejected(schemas: Path, tmp_path: Path, folder: str) -> None:
    assert build(schemas, tmp_path / "out") == 0
    before = read_tree(tmp_path)
    wrong = tmp_path if folder == "." else schemas / folder
    assert build(wrong, tmp_path / "out") == 2
    assert read_tree(tmp_path) == before


def test_the_client_cannot_be_built_inside_the_schemas(schemas: Path) -> None:
    assert build(schemas, schemas / "models" / "out") == 2
    assert sorted(read_tree(schemas)) == ["models/me/model.json"]


def test_an_unreadable_folder_is_reported(schemas: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("me"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert build(schemas, tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "damage", ['{"models": {"me/model": {"key": "KEY", "exports": [], "files": {}}}}', "[" * 100_000, "{", "", "[]"]
)
def test_a_damaged_cache_only_costs_time(schemas: Path, tmp_path: Path, damage: str) -> None:
    assert build(schemas, tmp_path / "out") == 0
    before = read_tree(tmp_path / "out")
    key = json.loads((tmp_path / "out" / CACHE).read_text())["models"]["me/model"]["key"]
    (tmp_path / "out" / CACHE).write_text(damage.replace("KEY", key))
    assert build(schemas, tmp_path / "out") == 0
    assert read_tree(tmp_path / "out") == before


def test_add_writes_all_files_or_none(schemas: Path, tmp_path: Path) -> None:
    (schemas / "models/me/b").write_text("a file where a folder would be")
    models = [{"model_id": "me/a", "input_schema": SCHEMA}, {"model_id": "me/b/c", "input_schema": SCHEMA}]
    (tmp_path / "catalog.json").write_text(json.dumps({"models": models}))
    assert run("add", tmp_path / "catalog.json", "--schemas", schemas) == 2
    assert not (schemas / "models/me/a.json").exists()


def test_diff_ignores_foreign_files(schemas: Path, tmp_path: Path) -> None:
    assert build(schemas, tmp_path / "out") == 0
    (tmp_path / "out/runcomfy_client/schemas/notes.txt").write_text("notes")
    (tmp_path / "out/runcomfy_client/schemas/mine.json").write_text("{}")
    assert run("diff", "--schemas", schemas, "--output", tmp_path / "out", "--fail-on", "any") == 0


def test_an_endless_file_is_not_read_completely(schemas: Path) -> None:
    assert run("add", "/dev/zero", "--id", "me/zero", "--schemas", schemas) == 2


@pytest.mark.parametrize(
    ("module", "class_name"),
    [("_index/m", "M"), ("me/m", "annotations"), ("me/m", "TYPE_CHECKING"), ("me/m", "str"), ("me/m", "_index")],
)
def test_a_lock_that_would_break_the_client_is_rejected(schemas: Path, tmp_path: Path, module: str, class_name: str) -> None:
    (schemas / "names.lock.json").write_text(json.dumps({"me/model": {"module": module, "class": class_name}}))
    assert build(schemas, tmp_path / "out") == 2


def test_an_invalid_date_is_rejected(schemas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("add", "x.json", "--schemas", schemas, "--captured", "not a date")
    assert caught.value.code == 2 and "YYYY-MM-DD" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["a link to a folder", "a link to nothing", "a link to itself", "a pipe"])
def test_a_path_that_is_not_a_regular_file_is_reported(
    kind: str, schemas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = schemas / "models" / "more.json"
    match kind:
        case "a pipe":
            os.mkfifo(entry)
        case "a link to itself":
            entry.symlink_to(entry)
        case _:
            if kind == "a link to a folder":
                (tmp_path / "elsewhere").mkdir()
            entry.symlink_to(tmp_path / "elsewhere")
    assert build(schemas, tmp_path / "out") == 0
    assert "models/more.json: warning RC318" in capsys.readouterr().err

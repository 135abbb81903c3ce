"""An incremental build rebuilds only changed models; its result equals that of a full build."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.cli import main
from codegen.files import read_tree
from codegen.files.manifest import CACHE

SCHEMA = {"type": "object", "required": ["prompt"], "properties": {"prompt": {"type": "string"}}}
HEAVY = {"black", "datamodel_code_generator", "httpx", "jinja2", "jsonschema", "pydantic", "importlib.metadata", "subprocess"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with two models in `schemas`, and their client in `out`."""
    for name in ("me/one", "you/two"):
        add_model(tmp_path, name)
    assert build(tmp_path, "out") == 0
    return tmp_path


def add_model(project: Path, name: str) -> None:
    path = project / "schemas/models" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"model_id": name, "input_schema": SCHEMA}))


def build(project: Path, output: str, *more: str) -> int:
    return main(["build", "--schemas", str(project / "schemas"), "--output", str(project / output), *more])


def test_a_build_without_changes_loads_no_generator(project: Path) -> None:
    words = ["build", "--schemas", str(project / "schemas"), "--output", str(project / "out")]
    code = f"import sys; from codegen.cli import main; main({words!r}); print(sorted({HEAVY!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert result.splitlines()[-1] == "[]"


def removed(project: Path) -> None:
    (project / "schemas/models/you/two.json").unlink()


@pytest.mark.parametrize(
    "change",
    [
        lambda project: add_model(project, "me/three"),
        lambda project: (project / "schemas/VERSION").write_text("3.4.5\n"),
        lambda project: (project / "out/runcomfy_client/models/_index.py").write_text("MODELS = {}\n"),
        lambda project: (project / "out/MODELS.md").unlink(),
        lambda project: (project / "out/runcomfy_client/models/me/__init__.py").unlink(),
        removed,
    ],
    ids=["a model more", "another version", "an edited index", "no list", "no package", "a model less"],
)
def test_the_files_that_list_all_models_are_those_of_a_full_build(project: Path, change: Callable[[Path], object]) -> None:
    change(project)
    assert build(project, "out") == 0 == build(project, "full", "--full")
    made, full = read_tree(project / "out"), read_tree(project / "full")
    assert {**made, CACHE: b""} == {**full, CACHE: b""}

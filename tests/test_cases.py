"""Snapshots of whole generated trees, one feature per case. `pytest tests/test_cases.py --accept` accepts changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from codegen import files, pipeline
from codegen.emit.style import format_with_black
from codegen.files.manifest import MANIFEST
from codegen.read.sources import Sources
from codegen.report.format_report import as_text
from codegen.values.diagnostics import Report

HERE = Path(__file__).resolve().parent / "cases"
ROOT = HERE.parents[1]
TEMPLATES = files.read_tree(ROOT / "templates")
COPIED = {path.split("/", 1)[1] for path in TEMPLATES if path.startswith("package/") and not path.endswith(".jinja")}
CASES = sorted(path.name for path in HERE.iterdir())


def generate(case: str) -> dict[str, bytes]:
    """Return the result of a case: the files generated from its schemas, the name lock, and the diagnostics."""
    report = Report()
    sources = Sources(files.read_tree(HERE / case / "schemas"), "schemas", TEMPLATES)
    built = pipeline.build(sources, report)
    assert built is not None, as_text(report)
    made = {
        path: content
        for path, content in built.tree.items()
        if path.startswith(("runcomfy_client/models/", "runcomfy_client/schemas/"))
    }
    copied = set(built.tree) - set(made) - {MANIFEST}
    assert copied >= COPIED
    return made | {"names.lock.json": built.lock, "diagnostics.txt": as_text(report).encode()}


@pytest.mark.parametrize("case", CASES)
def test_case(case: str, accept: bool) -> None:
    made = generate(case)
    expected = HERE / case / "expected"
    if accept:
        shutil.rmtree(expected, ignore_errors=True)
        for path, content in made.items():
            files.write_file(expected / path, content)
    found = files.read_tree(expected)
    assert {path: text.decode() for path, text in made.items()} == {path: text.decode() for path, text in found.items()}


@pytest.mark.parametrize("case", CASES)
def test_generated_python_is_formatted_by_black(case: str) -> None:
    for path, content in generate(case).items():
        if path.endswith(".py"):
            assert format_with_black(content.decode()) == content.decode(), path

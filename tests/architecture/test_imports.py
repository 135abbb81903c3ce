"""Which modules may import which, and templates without logic."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PHASES = {
    "values": set(),
    "files": {"values"},
    "read": {"values", "files"},
    "analyse": {"values", "read"},
    "emit": {"values", "read", "analyse"},
    "report": {"values", "read", "analyse"},
}
"""The folders of the generator, and the folders that each may import. The modules beside them may import everything."""


def imports(path: Path) -> set[str]:
    """Return all modules that a file imports, at any place."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                found.update(name.name for name in names)
            case ast.ImportFrom(module=str() as module, names=names):
                found.add(module)
                found.update(f"{module}.{name.name}" for name in names)
    return found


def python_files(folder: str) -> Iterator[Path]:
    return (ROOT / folder).rglob("*.py")


def roots(path: Path, package: str) -> set[str]:
    """Return the first-level modules of `package` that a file imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith(f"{package}.")}


def phase_of(path: Path) -> str:
    return path.relative_to(ROOT / "codegen").parts[0].removesuffix(".py")


def test_every_folder_of_the_generator_is_a_phase() -> None:
    folders = {path.name for path in (ROOT / "codegen").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(PHASES)


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_imports_only_those_before_it(phase: str) -> None:
    for path in python_files(f"codegen/{phase}"):
        assert roots(path, "codegen") - {phase} <= PHASES[phase], path


def test_only_one_module_accesses_the_disk() -> None:
    words = re.compile(r"\bopen\(|\.read_text\(|\.write_text\(|\.read_bytes\(|\.write_bytes\(|\bos\.replace\(|\btempfile\b")
    users = {phase_of(path) for path in python_files("codegen") if words.search(path.read_text(encoding="utf-8"))}
    assert users == {"files"}


def test_only_one_module_imports_the_model_generator() -> None:
    users = {
        path.parent.relative_to(ROOT / "codegen").as_posix()
        for path in python_files("codegen")
        if any(name.startswith("datamodel_code_generator") for name in imports(path))
    }
    assert users == {"emit/annotations"}


@pytest.mark.parametrize("folder", ["generated", "templates"])
def test_the_client_does_not_import_the_generator(folder: str) -> None:
    assert not [path for path in python_files(folder) if any(name.split(".")[0] == "codegen" for name in imports(path))]


def test_only_the_catalog_imports_the_models() -> None:
    assert {path.name for path in python_files("templates") if "models" in roots(path, "runcomfy_client")} == {"catalog.py"}


def test_the_simulator_reads_the_schemas_independently() -> None:
    for path in python_files("templates/package/runcomfy_client/simulator"):
        assert not any(name.split(".")[0] == "pydantic" for name in imports(path)), path


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.jinja")), ids=lambda path: path.name)
def test_templates_only_print(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"{%-?\s*(set|macro|call|import|include|filter|do)\b", text)
    assert not re.search(r"{[{%][^}%]*\w\(", text), "a call in a template"
    depth = 0
    for keyword in re.findall(r"{%-?\s*(if|endif)\b", text):
        depth += 1 if keyword == "if" else -1
        assert depth <= 1, "nested ifs"


def test_the_tests_with_the_lowest_versions_do_not_need_the_generator() -> None:
    """`make test-lowest` installs only the client."""
    line = re.search(r"^CLIENT := ((?:.*\\\n)*.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert line
    words = line[1].replace("\\\n", " ").split()
    ignored = {ROOT / path for option, path in pairwise(words) if option == "--ignore"}
    waiting = {path for folder in words if (ROOT / folder).is_dir() for path in python_files(folder)} - ignored
    reached: set[Path] = set()
    while waiting:
        reached.add(path := waiting.pop())
        known = (ROOT / f"{name.replace('.', '/')}.py" for name in imports(path) if name.startswith("tests."))
        waiting |= {path for path in known if path.is_file()} - reached
    assert len(reached) > 80 and all(path.is_file() for path in ignored)
    assert not [path for path in reached if any(name.partition(".")[0] == "codegen" for name in imports(path))]

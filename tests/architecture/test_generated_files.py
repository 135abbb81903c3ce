"""Every generated file with comments states that it is generated."""

from __future__ import annotations

from pathlib import Path

import pytest

GENERATED = Path(__file__).parents[2] / "generated"
UNMARKED = {"LICENSE", "runcomfy_client/py.typed", ".runcomfy-codegen.json"}
FILES = sorted(
    path
    for path in GENERATED.rglob("*")
    if path.is_file() and path.suffix in {"", ".py", ".toml", ".md", ".json", ".typed"} and "__pycache__" not in path.parts
)


@pytest.mark.parametrize("suffix", [".py", ".toml", ".md", ".json", ""])
def test_a_generated_file_is_marked_in_its_first_lines(suffix: str) -> None:
    names = {path: path.relative_to(GENERATED).as_posix() for path in FILES if path.suffix == suffix}
    chosen = [path for path, name in names.items() if name not in UNMARKED]
    unmarked = [names[path] for path in chosen if b"do not edit" not in path.read_bytes()[:200]]
    assert not unmarked and (chosen or not suffix)


def test_no_source_is_marked_as_generated() -> None:
    sources = (Path(__file__).parents[2] / "templates" / "package").rglob("*.py")
    assert [path.name for path in sources if b"do not edit" in path.read_bytes()[:100]] == []

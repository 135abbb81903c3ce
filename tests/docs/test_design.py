"""The documents name existing files, their links are valid, and their diagrams are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "templates/package/runcomfy_client"
HOMES = {"paid-submit": CLIENT, "schema": ROOT / "codegen"}
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
FILE = re.compile(r"`([\w./-]+(?:/|\.(?:py|md|toml|txt|yml|j2|jinja|json)))`|`([\w.-]+(?:/[\w.-]+)+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_refer_to_existing_files(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert broken == []


def paths_in(text: str) -> list[str]:
    """Return the files and folders that a text names in backquotes, or that a diagram names."""
    prose = [one or other for one, other in FILE.findall(text)]
    diagrams = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    drawn = [path for diagram in diagrams for path in re.findall(r"\b(?:\w+/)+\w+(?:\.py)?|\b\w+\.py\b", diagram)]
    return prose + [path for path in drawn if path.split("/")[0] not in ("schemas", "v1")]


def missing(paths: list[str], *homes: Path) -> list[str]:
    """Return the paths that exist in none of the folders and are not model ids."""
    models = ROOT / "schemas/models"
    return [path for path in paths if not any((home / path).exists() for home in homes) and not (models / f"{path}.json").exists()]


@pytest.mark.parametrize("name", HOMES)
def test_a_design_document_names_files_that_exist(name: str) -> None:
    paths = paths_in((ROOT / f"docs/design/{name}.md").read_text(encoding="utf-8"))
    assert len(paths) >= 15
    assert missing(paths, ROOT, HOMES[name]) == []


def test_contributing_names_files_that_exist() -> None:
    paths = paths_in((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len(paths) >= 20
    assert missing(paths, ROOT, ROOT / "codegen", ROOT / "templates/package", CLIENT, ROOT / "tests") == []

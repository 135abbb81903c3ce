"""`runcomfy-codegen release`: the next version and its section of the changelog, in a git repository with tags and without one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from codegen.cli import main
from codegen.values.version import Step, Version


def document(name: str = "clip", *, price: float = 0.1, required: str = "prompt", **more: Any) -> dict[str, Any]:
    properties = {"prompt": {"type": "string"}, "seed": {"type": "integer"}}
    schema = {"type": "object", "required": [required], "properties": properties}
    published = {"model_id": f"acme/{name}", "base_price_usd": price, "price_unit": "output", "input_schema": schema}
    return {**published, "source": "catalog", **more}


class Project:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        (folder / "changes").mkdir()

    def put(self, *documents: dict[str, Any]) -> None:
        for item in documents:
            path = self.folder / "schemas" / "models" / f"{item['model_id']}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(item))

    def note(self, name: str, text: str) -> None:
        (self.folder / "changes" / name).write_text(text)

    def __call__(self, command: str, *words: str) -> tuple[int, dict[str, Any]]:
        places = ["--schemas", str(self.folder / "schemas"), "--output", str(self.folder / "client"), "--format", "json"]
        code = main([command, *words, *places])
        return code, json.loads(self._capsys.readouterr().out)

    def release(self, *words: str) -> tuple[int, dict[str, Any]]:
        return self("release", "--date", "2026-12-01", *words)

    def git(self, *words: str) -> None:
        subprocess.run(["git", "-C", self.folder, *words], check=True, capture_output=True)

    def commit(self, tag: str) -> None:
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", tag)
        self.git("tag", tag)

    @property
    def changelog(self) -> str:
        return (self.folder / "CHANGELOG.md").read_text()

    @property
    def version(self) -> str:
        return (self.folder / "schemas" / "VERSION").read_text().strip()


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    return Project(tmp_path, capsys)


@pytest.fixture
def released(project: Project) -> Project:
    """Return a project with the released version 0.1.0."""
    project.put(document("clip"), document("image"))
    assert project.release()[0] == 0
    project.commit("v0.1.0")
    return project


def test_the_first_release(project: Project) -> None:
    project.put(document())
    project.note("all.added.md", "Run jobs.")
    code, output = project.release("--check")
    assert code == 1 and "runcomfy-codegen build" in output["faults"][0], "there is no client yet"
    assert project("build")[0] == 0
    before = sorted(project.folder.rglob("*"))
    code, output = project.release("--check")
    assert (code, output["version"], output["last"], output["faults"]) == (0, "0.1.0", None, [])
    assert sorted(project.folder.rglob("*")) == before
    assert project.release()[0] == 0
    assert project.version == "0.1.0"
    section = "## 0.1.0 (2026-12-01)\n\n### Models: new\n\n- 1 model, listed in [MODELS.md](generated/MODELS.md)\n"
    assert project.changelog == f"# Changelog\n\n{section}\n### Client and tools: new\n\n- Run jobs.\n"
    assert not list((project.folder / "changes").iterdir())
    written = (project.folder / "client" / "runcomfy_client" / "_version.py").read_text()
    assert '__version__ = "0.1.0"' in written


def test_nothing_to_release(released: Project) -> None:
    before = released.changelog
    code, output = released.release()
    assert (code, output["version"], output["written"], released.changelog) == (0, "0.1.0", [], before)


@pytest.mark.parametrize(
    ("change", "version", "headings"),
    [
        (document("clip", price=0.2), "0.1.1", ["Models: prices"]),
        (document("clip", description="New words."), "0.1.1", ["Models: texts"]),
        (document("fresh"), "0.2.0", ["Models: new"]),
        (document("clip", retired="2026-11-30"), "0.2.0", ["Models: retired"]),
        (document("clip", required="seed"), "0.2.0", ["Models: breaking", "Models: new inputs and values"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_diff_decides_the_version(change: dict[str, Any], version: str, headings: list[str], released: Project) -> None:
    released.put(change)
    assert released.release()[0] == 0
    assert released.version == version
    section = released.changelog.partition("## 0.1.0")[0]
    assert [line.removeprefix("### ") for line in section.splitlines() if line.startswith("### ")] == headings
    assert f"`{change['model_id']}`" in section or "1 model have" in section
    assert main(["check", "--schemas", str(released.folder / "schemas"), "--output", str(released.folder / "client")]) == 0


@pytest.mark.parametrize(
    ("kind", "version"), [("fixed.", "0.1.1"), ("", "0.1.1"), ("2-0.", "0.1.1"), ("added.", "0.2.0"), ("breaking.", "0.2.0")]
)
def test_notes_decide_the_version(kind: str, version: str, released: Project) -> None:
    released.note(f"x.{kind}md", "- It is better,\nmuch better.\n")
    released.note("README.md", "# How to write notes")
    assert released.release()[1]["version"] == version
    assert "\n- It is better,\n  much better.\n" in released.changelog
    assert [path.name for path in (released.folder / "changes").iterdir()] == ["README.md"]


def test_a_release_can_be_prepared_again_until_it_is_tagged(released: Project) -> None:
    released.put(document("clip", price=0.2))
    released.note("x.fixed.md", "It is mended.")
    released.release()
    assert released.version == "0.1.1"
    once = released.changelog
    assert released.release("--tag", "v0.1.1")[0] == 0
    assert released.release()[1]["written"] == [] and released.changelog == once
    code, output = released.release("--tag", "v0.2.0")
    assert code == 1 and "is not the next version, 0.1.1" in output["faults"][0]
    released.put(document("fresh"))
    code, output = released.release("--tag", "v0.1.1")
    assert code == 1 and output["version"] == "0.2.0" and len(output["faults"]) == 3
    released.release()
    assert released.version == "0.2.0" and "0.1.1" not in released.changelog
    assert released.changelog.count("It is mended.") == released.changelog.count("acme/fresh") == 1
    released.commit("v0.2.0")
    assert released.release("--tag", "v0.2.0")[0] == 0, "as on the tag itself"
    assert released.release()[1]["version"] == "0.2.0"


def test_manual_changes_to_the_section_are_kept(project: Project) -> None:
    project.put(document())
    words = "# Changelog\n\nWords.\n\n## 0.1.0, unreleased\n\nThe first version.\n\n### With the client you can\n\n- run jobs.\n"
    (project.folder / "CHANGELOG.md").write_text(words)
    project.release()
    assert project.changelog.startswith("# Changelog\n\nWords.\n\n## 0.1.0 (2026-12-01)\n\nThe first version.\n\n### Models: new\n")
    assert project.changelog.endswith("### With the client you can\n\n- run jobs.\n")


def test_without_tags_a_folder_contains_the_previous_release(released: Project, tmp_path: Path) -> None:
    (released.folder / ".git").rename(tmp_path / "away")
    (released.folder / "client").rename(tmp_path / "released")
    released.put(document("fresh"))
    assert released("build")[0] == 0
    code, output = released.release("--check", "--against", str(tmp_path / "released"))
    assert (code, output["last"], output["version"]) == (0, "0.1.0", "0.2.0")


@pytest.mark.parametrize(("name", "text"), [("x.better.md", "Words."), ("x.fixed.md", " \n"), ("x.md", "")])
def test_an_invalid_note_is_reported_and_nothing_is_written(name: str, text: str, released: Project) -> None:
    released.note(name, text)
    before = released.changelog
    code, output = released.release()
    [problem] = output["diagnostics"]
    assert (code, problem["code"]) == (2, "RC701") and problem["file"].endswith(f"changes/{name}") and problem["help"]
    assert released.changelog == before and (released.folder / "changes" / name).is_file()


def test_a_changelog_and_notes_that_are_not_utf_8_are_reported(released: Project) -> None:
    (released.folder / "changes" / "x.fixed.md").write_bytes(b"Caf\xe9")
    assert released.release()[1]["diagnostics"][0]["message"] == "the note is not valid UTF-8"
    released.note("x.fixed.md", "Words.")
    (released.folder / "CHANGELOG.md").write_bytes(b"# Caf\xe9\n")
    code, output = released.release()
    assert (code, output["diagnostics"][0]["message"]) == (2, "the file is not valid UTF-8")
    assert (released.folder / "CHANGELOG.md").read_bytes() == b"# Caf\xe9\n"


@pytest.mark.parametrize(
    ("version", "step", "following"),
    [
        ("0.9.9", Step.BREAKING, "0.10.0"),
        ("1.2.3", Step.BREAKING, "2.0.0"),
        ("1.2.3", Step.ADDITIVE, "1.3.0"),
        ("1.2.3", Step.PATCH, "1.2.4"),
        ("1.2.3", Step.NOTHING, "1.2.3"),
    ],
)
def test_the_next_version(version: str, step: Step, following: str) -> None:
    known = Version.parse(version)
    assert known is not None and str(known.after(step)) == following


@pytest.mark.parametrize("text", ["", "1.2", "v1.2.3", "1.2.3.4", "01.2.3", "1.2.3-rc1", "1.2.x", "१.2.3"])
def test_invalid_versions(text: str) -> None:
    assert Version.parse(text) is None

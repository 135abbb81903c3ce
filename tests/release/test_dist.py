"""The distributions: builds are reproducible, contain only the package, and work in a new environment."""

from __future__ import annotations

import re
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from scripts import check_dist, dist

ROOT = Path(__file__).resolve().parents[2]
VERSION = (ROOT / "schemas" / "VERSION").read_text().strip()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the wheels. Each was built twice, the second time from the sdist, with the same bytes."""
    return dist.build_all(tmp_path_factory.mktemp("dist"), "1700000000")


def test_two_different_builds_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wheels: dict[str, Path]) -> None:
    built = wheels["runcomfy_codegen"].parent
    monkeypatch.setattr(dist, "build", lambda *_given: sorted(built.glob("runcomfy_client-*")))
    monkeypatch.setattr(dist, "rebuild", lambda *_given: sorted(built.glob("runcomfy_codegen-*")))
    with pytest.raises(SystemExit, match="two builds differ"):
        dist.build_all(tmp_path, "1700000000")


def test_the_contents_of_the_distributions(wheels: dict[str, Path]) -> None:
    for name, package in (("runcomfy_client", "runcomfy_client"), ("runcomfy_codegen", "codegen")):
        with zipfile.ZipFile(wheels[name]) as wheel:
            names = wheel.namelist()
            metadata = Parser().parsestr(wheel.read(f"{name}-{VERSION}.dist-info/METADATA").decode())
        assert {path.partition("/")[0] for path in names} == {package, f"{name}-{VERSION}.dist-info"}
        assert not [path for path in names if re.search(r"__pycache__|_cache/|\.pyc|(^|/)\.", path)]
        assert metadata["Version"] == VERSION
        if name == "runcomfy_client":
            core = [text for text in metadata.get_all("Requires-Dist", []) if "extra ==" not in text]
            assert {re.split(r"[<>=]", text)[0] for text in core} == {"httpx", "pydantic"}
        with tarfile.open(wheels[name].parent / f"{name}-{VERSION}.tar.gz") as sdist:
            inside = {path.partition("/")[2].partition("/")[0] for path in sdist.getnames()}
        assert inside <= {
            package,
            "templates",
            "schemas",
            "CHANGELOG.md",
            "MODELS.md",
            "README.md",
            "LICENSE",
            "pyproject.toml",
        } | {
            "PKG-INFO",
            ".gitignore",
        }


def test_the_client_works_in_its_own_environment(wheels: dict[str, Path], tmp_path: Path) -> None:
    python = check_dist.install_offline(tmp_path, wheels["runcomfy_client"], "cli")
    check_dist.check_client(python, tmp_path)


def test_the_generator_works_in_its_own_environment(wheels: dict[str, Path], tmp_path: Path) -> None:
    python = check_dist.install_offline(tmp_path, wheels["runcomfy_codegen"])
    check_dist.check_generator(python, tmp_path)


def test_a_broken_client_is_reported(wheels: dict[str, Path], tmp_path: Path) -> None:
    python = check_dist.install_offline(tmp_path, wheels["runcomfy_client"])
    with pytest.raises(SystemExit, match="jsonschema"):
        check_dist.check_client(python, tmp_path)

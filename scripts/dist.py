"""Builds wheel and sdist of the client and of the generator into dist/, to the same bytes each time, and checks them.

    python -m scripts.dist [--into DIR]

Each is built twice, the second time from its own sdist. The checks need an index of packages: see check_dist.py.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from scripts import check_dist

ROOT: Final = Path(__file__).resolve().parents[1]
PROJECTS: Final = {"runcomfy_client": ROOT / "generated", "runcomfy_codegen": ROOT}


def epoch() -> str:
    """Return the time that goes into the archives: that of the last commit, in seconds."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return given
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def build(project: Path, into: Path, time: str, *targets: str) -> list[Path]:
    """Build the distributions of a project; return their files, by name.

    Raises:
        subprocess.CalledProcessError: the build fails; its words went to stderr.
    """
    with tempfile.TemporaryDirectory() as made:
        words = [option for target in targets for option in ("-t", target)]
        command = [sys.executable, "-m", "hatchling", "build", *words, "-d", made]
        subprocess.run(command, cwd=project, env={**os.environ, "SOURCE_DATE_EPOCH": time}, capture_output=True, check=True)
        into.mkdir(parents=True, exist_ok=True)
        return sorted(Path(shutil.copy2(path, into)) for path in Path(made).iterdir())


def rebuild(sdist: Path, into: Path, time: str) -> list[Path]:
    """Build the distributions that an sdist gives."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        [project] = Path(folder).iterdir()
        return build(project, into, time, "sdist", "wheel")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build_all(into: Path, time: str) -> dict[str, Path]:
    """Build all distributions, and once more from their sdists; return the wheels by the name of the distribution.

    Raises:
        SystemExit: the two builds differ.
    """
    wheels = {}
    for name, project in PROJECTS.items():
        sdist, wheel = sorted(build(project, into, time, "sdist", "wheel"), key=lambda path: path.suffix == ".whl")
        with tempfile.TemporaryDirectory() as second:
            for first, again in zip(sorted([sdist, wheel]), rebuild(sdist, Path(second), time), strict=True):
                if digest(first) != digest(again):
                    sys.exit(f"{first.name}: two builds differ; compare {first} with what its sdist gives")
        for path in (sdist, wheel):
            print(f"{digest(path)}  {path.name}")
        wheels[name] = wheel
    return wheels


def main() -> None:
    """Build, and check in empty environments."""
    parser = argparse.ArgumentParser(description="Builds and checks the distributions.")
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="where they go (default: dist/)")
    into: Path = parser.parse_args().into
    shutil.rmtree(into, ignore_errors=True)
    wheels = build_all(into.resolve(), epoch())
    for versions in ("newest", "lowest"):
        with tempfile.TemporaryDirectory() as folder:
            python = check_dist.install(Path(folder), f"{wheels['runcomfy_client']}[cli]", lowest=versions == "lowest")
            check_dist.check_client(python, Path(folder))
        print(f"runcomfy-client works with the {versions} dependencies")
    with tempfile.TemporaryDirectory() as folder:
        python = check_dist.install(Path(folder), str(wheels["runcomfy_codegen"]), lowest=False)
        check_dist.check_generator(python, Path(folder))
    print("runcomfy-codegen works")


if __name__ == "__main__":
    main()

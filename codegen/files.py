"""Reads what the generator works on and writes what it made: the only module that touches the disk."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Tree = Mapping[str, bytes]
"""Files by their path below some folder, with `/` between the parts."""

MANIFEST: Final = ".runcomfy-codegen.json"
"""The list of the files that the generator wrote, with their digests, kept in the output folder."""

_PROJECT: Final = Path(__file__).resolve().parent.parent
_JUNK: Final = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})


def project_folder(name: str) -> Path:
    """Return a folder of the project that this generator belongs to, such as `schemas`."""
    inside = Path(__file__).resolve().parent / name  # where a wheel puts the templates
    return inside if inside.is_dir() else _PROJECT / name


def shown(path: Path) -> str:
    """Return a path as a user would write it: relative to the working directory where it is below it."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def read_tree(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, in the order of their paths; none where the folder does not exist."""
    found = (path for path in folder.rglob("*") if path.is_file() and not _JUNK.intersection(path.relative_to(folder).parts))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(found)}


def manifest(tree: Tree) -> bytes:
    """Return the text of the manifest for a tree."""
    digests = {path: _digest(content) for path, content in sorted(tree.items())}
    return (json.dumps({"files": digests}, indent=1, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Difference:
    """How a folder differs from the tree that it should hold."""

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    """Files that the generator wrote once and no schema gives any more."""
    kept: tuple[str, ...] = ()
    """Stale files that were edited since, and so are left alone."""

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing or self.stale)


def compare(tree: Tree, folder: Path) -> Difference:
    """Compare a folder with a tree. Files that the generator never wrote do not count."""
    present = {path: folder / path for path in tree if (folder / path).is_file()}
    changed = tuple(path for path, place in present.items() if place.read_bytes() != tree[path])
    missing = tuple(path for path in tree if path not in present)
    former = {path: digest for path, digest in _former(folder).items() if path not in tree and (folder / path).is_file()}
    edited = tuple(path for path, digest in former.items() if _digest((folder / path).read_bytes()) != digest)
    return Difference(changed, missing, tuple(path for path in former if path not in edited), edited)


def write_tree(tree: Tree, folder: Path) -> Difference:
    """Make a folder hold a tree: write what differs, remove what is stale, leave every other file alone."""
    difference = compare(tree, folder)
    for path in (*difference.missing, *difference.changed):
        write_file(folder / path, tree[path])
    for path in difference.stale:
        (folder / path).unlink()
        _remove_empty((folder / path).parent, folder)
    return difference


def write_file(path: Path, content: bytes) -> None:
    """Write a file in one step: whoever looks sees the old content or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _former(folder: Path) -> dict[str, str]:
    """The files of the last manifest, by path; none where it cannot be read."""
    try:
        recorded = json.loads((folder / MANIFEST).read_bytes())["files"]
        return {str(path): str(digest) for path, digest in recorded.items() if _inside(str(path))}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _inside(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/") and "\\" not in path


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_inputs(paths: Iterable[Path]) -> dict[str, bytes]:
    """Return the content of files that the user named, by their name.

    Raises:
        OSError: where one cannot be read.
    """
    return {str(path): path.read_bytes() for path in paths}


def write_if_changed(path: Path, content: bytes) -> None:
    """Write a file, unless it holds the content already."""
    if not path.is_file() or path.read_bytes() != content:
        write_file(path, content)

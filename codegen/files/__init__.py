"""Reads what the generator works on and writes what it made: the only module that touches the disk."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from codegen.files.atomic import recover, replace_folder, write_file
from codegen.files.manifest import CACHE, MANIFEST, Tree, digest, read_manifest

__all__ = [
    "Difference",
    "compare",
    "generator_digest",
    "other_entries",
    "project_folder",
    "read_file",
    "read_inputs",
    "read_previous",
    "read_shipped",
    "read_tree",
    "recover",
    "refuse_obstacles",
    "shown",
    "write_file",
    "write_if_changed",
    "write_tree",
]

SHIPPED: Final = "runcomfy_client/schemas"
"""Where a client holds its schema documents."""
SHIPPED_KEYS: Final = frozenset(
    {"model_id", "class_name", "display_name", "description", "categories", "kind", "input_schema", "output_schema"}
)
_GENERATOR: Final = Path(__file__).resolve().parents[1]
_JUNK: Final = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})


def project_folder(name: str) -> Path:
    """Return a folder of the project that this generator belongs to, such as `schemas`."""
    inside = _GENERATOR / name  # where a wheel puts the templates
    return inside if inside.is_dir() else _GENERATOR.parent / name


def generator_digest() -> str:
    """Return a digest of the generator: its own code, and the versions of what decides the bytes that it writes."""
    code = [content for path, content in read_tree(_GENERATOR).items() if path.endswith(".py")]
    tools = [version(tool).encode() for tool in ("black", "datamodel-code-generator", "jinja2")]
    return digest(*code, *tools)


def shown(path: Path) -> str:
    """Return a path as a user would write it: relative to the working directory where it is below it."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def with_hint(error: OSError, step: str) -> OSError:
    """Return an error together with what to do about it, which is then said instead of "check the path"."""
    error.add_note(step)
    return error


def read_tree(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, in the order of their paths; none where the folder does not exist."""
    found: list[Path] = []
    for home, folders, names in os.walk(folder, onerror=_refused):
        folders[:] = [name for name in folders if name not in _JUNK]
        found += (Path(home) / name for name in names)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(found) if path.is_file()}


def other_entries(folder: Path) -> tuple[str, ...]:
    """Return what stands below a folder and is not in its tree: links to folders or to nothing, pipes, devices."""
    found: list[Path] = []
    for home, folders, names in os.walk(folder, onerror=_refused):
        folders[:] = [name for name in folders if name not in _JUNK]
        found += (Path(home) / name for name in folders if (Path(home) / name).is_symlink())
        found += (Path(home) / name for name in names if not (Path(home) / name).is_file())
    return tuple(sorted(path.relative_to(folder).as_posix() for path in found))


def _refused(error: OSError) -> None:
    """A folder that cannot be looked into is no empty folder."""
    if not isinstance(error, FileNotFoundError):
        raise error


def read_previous(folder: Path) -> dict[str, bytes]:
    """Return the files that the generator wrote into a folder, as they are now, and what it noted beside them."""
    listed = read_manifest(read_file(folder / MANIFEST))
    found = {path: read_file(folder / path) for path in (*listed, MANIFEST, CACHE)}
    return {path: content for path, content in found.items() if content is not None}


def read_file(path: Path) -> bytes | None:
    """Return the content of a file, or None where it is none."""
    return path.read_bytes() if path.is_file() else None


def read_shipped(folder: Path, against: str | None) -> dict[str, Any]:
    """Return the schema documents of a client by model id: of the one in `folder`, of another folder, or of `folder` at a git
    revision.

    Raises:
        OSError: where there is no such folder or revision.
    """
    if against is not None and not Path(against).is_dir():
        texts = _at_revision(folder, against)
    else:
        home = folder if against is None else Path(against)
        if not (home / SHIPPED).is_dir():
            raise with_hint(
                FileNotFoundError(errno.ENOENT, f"no client to compare with: there is no {SHIPPED}", str(home)),
                "name the folder of a client that was built",
            )
        texts = list(read_tree(home / SHIPPED).values())
    documents = filter(None, map(_shipped, texts))
    return {document["model_id"]: document for document in documents}


def _shipped(text: bytes) -> dict[str, Any] | None:
    """A schema document of a client, or None for a file of another kind that somebody put there."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and document.keys() >= SHIPPED_KEYS else None


def _at_revision(folder: Path, revision: str) -> list[bytes]:
    """The schema documents of a client's folder at a revision of the git repository that it stands in."""
    command = ["git", "-C", str(folder), "archive", "--format=tar", revision, SHIPPED]
    try:
        packed = subprocess.run(command, capture_output=True, check=True).stdout
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["git failed"]
        message = f"neither a client's folder nor a git revision that has one: {reason[-1]}"
        step = "name a client's folder, or a revision where the client was committed"
        raise with_hint(FileNotFoundError(errno.ENOENT, message, revision), step) from None
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        found = (archive.extractfile(member) for member in archive if member.isfile())
        return [file.read() for file in found if file is not None]


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
    recorded = read_manifest(read_file(folder / MANIFEST))
    former = {path: known for path, known in recorded.items() if path not in tree and (folder / path).is_file()}
    edited = tuple(path for path, known in former.items() if digest((folder / path).read_bytes()) != known)
    return Difference(changed, missing, tuple(path for path in former if path not in edited), edited)


def write_tree(tree: Tree, folder: Path) -> Difference:
    """Make a folder hold a tree: write what differs, remove what is stale, leave every other file alone.

    It happens at once: whoever looks, and whoever comes after a kill, sees the old folder or the new one.
    """
    if folder.exists() and not folder.is_dir():
        error = NotADirectoryError(errno.ENOTDIR, "not a folder, so nothing can be written into it", str(folder))
        raise with_hint(error, "choose another folder as --output")
    difference = compare(tree, folder)
    own = {*read_manifest(read_file(folder / MANIFEST)), MANIFEST}
    for path in difference.changed:
        if path not in own:
            reason = "in the way: the generator did not write it, and does not overwrite it"
            raise with_hint(FileExistsError(errno.EEXIST, reason, str(folder / path)), "move it, or choose another folder")
    if difference:
        changes = {path: tree[path] for path in (*difference.missing, *difference.changed)}
        replace_folder(folder, changes, frozenset(difference.stale))
    return difference


def refuse_obstacles(folder: Path, paths: Iterable[str]) -> None:
    """Make sure that files can be written below a folder, before the first one is.

    Raises:
        OSError: where a folder stands in the place of a file, or a file in that of a folder.
    """
    for path in paths:
        if (folder / path).is_dir():
            error = IsADirectoryError(errno.EISDIR, "a folder stands where a file is to be written", str(folder / path))
            raise with_hint(error, "move it away")
        for parent in (folder / path).parents:
            if parent.exists():
                if not parent.is_dir():
                    blocked = NotADirectoryError(errno.ENOTDIR, "a file stands where a folder is to be", str(parent))
                    raise with_hint(blocked, "move it away")
                break


def read_inputs(paths: Iterable[Path], *, most: int) -> dict[str, bytes]:
    """Return the content of files that the user named, by their name; no more than one byte over `most` of each.

    Raises:
        OSError: where one cannot be read.
    """
    contents = {}
    for path in paths:
        with path.open("rb") as file:
            contents[str(path)] = file.read(most + 1)
    return contents


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write a file, unless it holds the content already; return whether it was written."""
    if read_file(path) == content:
        return False
    write_file(path, content)
    return True

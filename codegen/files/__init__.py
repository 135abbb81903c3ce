"""Reads the input of the generator, and writes its output. Only this package accesses the disk."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from codegen.files.atomic import recover, replace_folder, write_file
from codegen.files.manifest import CACHE, MANIFEST, Tree, digest, read_manifest

__all__ = [
    "Difference",
    "check_obstacles",
    "compare",
    "display_path",
    "generator_digest",
    "other_entries",
    "project_folder",
    "read_file",
    "read_inputs",
    "read_previous",
    "read_shipped",
    "read_tree",
    "recover",
    "write_file",
    "write_if_changed",
    "write_tree",
]

SHIPPED: Final = "runcomfy_client/schemas"
"""The folder of the schema documents in a client."""
SHIPPED_KEYS: Final = frozenset(
    {"model_id", "class_name", "display_name", "description", "categories", "kind", "input_schema", "output_schema"}
)
_GENERATOR: Final = Path(__file__).resolve().parents[1]
_JUNK: Final = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})


def project_folder(name: str) -> Path:
    """Return a folder of the generator's project, such as `schemas`."""
    inside = _GENERATOR / name  # the location of the templates in a wheel
    return inside if inside.is_dir() else _GENERATOR.parent / name


def generator_digest() -> str:
    """Return a digest of the generator: its code, and the versions of the tools that affect its output."""
    code = [content for path, content in read_tree(_GENERATOR).items() if path.endswith(".py")]
    return digest(*code, *(version.encode() for version in _versions("black", "datamodel_code_generator", "jinja2")))


def _versions(*tools: str) -> list[str]:
    """Return the versions of installed packages. They are in the names of folders, for which importlib.metadata takes long."""
    found: dict[str, str] = {}
    for place in reversed(sys.path):  # the first place wins
        with suppress(OSError):
            for name in os.listdir(place or "."):
                tool, _, version = name.removesuffix(".dist-info").partition("-")
                if name.endswith(".dist-info"):
                    found[tool.lower()] = version
    if set(tools) <= found.keys():
        return [found[tool] for tool in tools]
    from importlib.metadata import version as installed_version

    return [installed_version(tool) for tool in tools]


def display_path(path: Path) -> str:
    """Return a path as text, relative to the working directory if it is below it."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def with_hint(error: OSError, step: str) -> OSError:
    """Add a next step to an error, which is printed instead of "check the path", and return the error."""
    error.add_note(step)
    return error


def read_tree(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files below a folder, sorted by path; empty if the folder does not exist."""
    places: list[str] = []
    for parent, folders, names in os.walk(folder, onerror=_raise_unless_missing):
        folders[:] = [name for name in folders if name not in _JUNK]
        places += (os.path.join(parent, name) for name in names)
    above = len(os.path.join(folder, ""))
    places.sort(key=lambda place: place.split(os.sep))
    contents = ((place[above:].replace(os.sep, "/"), _content(place)) for place in places)
    return {path: content for path, content in contents if content is not None}


def other_entries(folder: Path) -> tuple[str, ...]:
    """Return the entries below a folder that `read_tree` omits: links to folders, broken links, pipes, devices."""
    paths: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=_raise_unless_missing):
        folders[:] = [name for name in folders if name not in _JUNK]
        paths += (Path(parent) / name for name in folders if (Path(parent) / name).is_symlink())
        paths += (Path(parent) / name for name in names if not (Path(parent) / name).is_file())
    return tuple(sorted(path.relative_to(folder).as_posix() for path in paths))


def _raise_unless_missing(error: OSError) -> None:
    """Raise the error: a folder that cannot be read must not count as empty."""
    if not isinstance(error, FileNotFoundError):
        raise error


def read_previous(folder: Path) -> dict[str, bytes]:
    """Return the current contents of the files that the generator wrote to a folder, with the manifest and the cache."""
    listed = read_manifest(read_file(folder / MANIFEST))
    contents = {path: _content(os.path.join(folder, path)) for path in (*listed, MANIFEST, CACHE)}
    return {path: content for path, content in contents.items() if content is not None}


def read_file(path: Path) -> bytes | None:
    """Return the content of a file; None if it does not exist."""
    return _content(str(path))


def _content(place: str) -> bytes | None:
    """Return the content of a file; None if it does not exist. For thousands of files, `Path` takes as long as the disk."""
    if not os.path.isfile(place):
        return None
    with open(place, "rb") as file:
        return file.read()


def read_shipped(folder: Path, against: str | None) -> dict[str, Any]:
    """Return the schema documents of a client by model id.

    Args:
        folder: the folder of the client.
        against: another folder, or a git revision of `folder`; None for `folder` itself.

    Raises:
        OSError: the folder or the revision does not exist.
    """
    if against is not None and not Path(against).is_dir():
        texts = _at_revision(folder, against)
    else:
        home = folder if against is None else Path(against)
        if not (home / SHIPPED).is_dir():
            raise with_hint(
                FileNotFoundError(errno.ENOENT, f"no client to compare with: {SHIPPED} does not exist", str(home)),
                "use the folder of a client that was built",
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
    import subprocess
    import tarfile

    command = ["git", "-C", str(folder), "archive", "--format=tar", revision, SHIPPED]
    try:
        packed = subprocess.run(command, capture_output=True, check=True).stdout
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["git failed"]
        message = f"neither a client's folder nor a git revision that has one: {reason[-1]}"
        step = "use the folder of a client, or a revision in which the client was committed"
        raise with_hint(FileNotFoundError(errno.ENOENT, message, revision), step) from None
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = (archive.extractfile(member) for member in archive if member.isfile())
        return [file.read() for file in members if file is not None]


@dataclass(frozen=True, slots=True)
class Difference:
    """The differences between a folder and a tree."""

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    """Files that the generator wrote earlier, and that are no longer in the tree."""
    kept: tuple[str, ...] = ()
    """Files like those in `stale` that were edited, and so are kept."""

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing or self.stale)


def compare(tree: Tree, folder: Path, known: Tree | None = None) -> Difference:
    """Compare a folder with a tree. Files that the generator did not write are ignored.

    `known` has the contents of the folder that were read already.
    """
    known = known or {}
    present = {path: known[path] if path in known else _content(os.path.join(folder, path)) for path in tree}
    changed = tuple(path for path, content in present.items() if content is not None and content != tree[path])
    missing = tuple(path for path, content in present.items() if content is None)
    recorded = read_manifest(read_file(folder / MANIFEST))
    former = {path: known for path, known in recorded.items() if path not in tree and (folder / path).is_file()}
    edited = tuple(path for path, known in former.items() if digest((folder / path).read_bytes()) != known)
    return Difference(changed, missing, tuple(path for path in former if path not in edited), edited)


def write_tree(tree: Tree, folder: Path, known: Tree | None = None) -> Difference:
    """Write a tree to a folder: write files that differ, remove stale ones, and keep all other files. `known` as in `compare`.

    The change is atomic: other processes see the old folder or the new one, also after a kill.
    """
    if folder.exists() and not folder.is_dir():
        error = NotADirectoryError(errno.ENOTDIR, "not a folder, so the client cannot be written to it", str(folder))
        raise with_hint(error, "choose another folder as --output")
    difference = compare(tree, folder, known)
    own = {*read_manifest(read_file(folder / MANIFEST)), MANIFEST}
    for path in difference.changed:
        if path not in own:
            reason = "the file exists, but the generator did not write it, so it is not overwritten"
            raise with_hint(FileExistsError(errno.EEXIST, reason, str(folder / path)), "move it, or choose another folder")
    if difference:
        changes = {path: tree[path] for path in (*difference.missing, *difference.changed)}
        replace_folder(folder, changes, frozenset(difference.stale))
    return difference


def check_obstacles(folder: Path, paths: Iterable[str]) -> None:
    """Check that files can be written below a folder, before the first one is written.

    Raises:
        OSError: there is a folder at the path of a file, or a file at the path of a folder.
    """
    for path in paths:
        if (folder / path).is_dir():
            error = IsADirectoryError(errno.EISDIR, "there is a folder at the path of a file", str(folder / path))
            raise with_hint(error, "move it away")
        for parent in (folder / path).parents:
            if parent.exists():
                if not parent.is_dir():
                    blocked = NotADirectoryError(errno.ENOTDIR, "there is a file at the path of a folder", str(parent))
                    raise with_hint(blocked, "move it away")
                break


def read_inputs(paths: Iterable[Path], *, max_bytes: int) -> dict[str, bytes]:
    """Return the contents of files by path; at most `max_bytes` + 1 bytes of each.

    Raises:
        OSError: a file cannot be read.
    """
    contents = {}
    for path in paths:
        with path.open("rb") as file:
            contents[str(path)] = file.read(max_bytes + 1)
    return contents


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write a file unless it has the content already; return True if it was written."""
    if read_file(path) == content:
        return False
    write_file(path, content)
    return True

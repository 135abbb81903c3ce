"""Atomic changes of files and folders: other processes see the old state or the new one, also if this process is killed."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2  # Linux: renameat2
_RENAME_SWAP: Final = 2  # macOS: renamex_np
_JUNK: Final = "__pycache__"


def write_file(path: Path, content: bytes) -> None:
    """Write a file atomically."""
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


def replace_folder(folder: Path, changes: Mapping[str, bytes], removed: frozenset[str]) -> None:
    """Change files below a folder, and remove others, atomically. All other files are kept.

    The new folder is assembled beside the old one, with hard links to the files that are kept, and the two are swapped. If that is
    not possible (the folder is a mount point or the working directory, or its parent is not writable), each file changes
    atomically.
    """
    folder = folder.resolve()
    recover(folder)
    if Path.cwd().is_relative_to(folder) or (folder.exists() and not os.access(folder.parent, os.W_OK)):
        _change_in_place(folder, changes, removed)
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = _sibling(folder, f"build-{os.getpid()}")
    try:
        _stage(folder, staging, changes, removed)
        _swap(staging, folder)
    except OSError:
        shutil.rmtree(staging, ignore_errors=True)
        recover(folder)
        if not folder.exists() or os.path.ismount(folder):
            _change_in_place(folder, changes, removed)
            return
        raise
    shutil.rmtree(staging, ignore_errors=True)


def recover(folder: Path) -> None:
    """Clean up after a process that was killed while it replaced the folder."""
    folder = folder.resolve()
    old = _sibling(folder, "old")
    if old.exists() and not folder.exists():
        os.rename(old, folder)
    shutil.rmtree(old, ignore_errors=True)
    for staging in folder.parent.glob(f".{folder.name}.build-*"):
        if not _is_running(staging.name.rpartition("-")[2]):
            shutil.rmtree(staging, ignore_errors=True)


def _sibling(folder: Path, word: str) -> Path:
    return folder.with_name(f".{folder.name}.{word}")


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except OSError:
        pass
    return int(process) != os.getpid()


def _stage(folder: Path, staging: Path, changes: Mapping[str, bytes], removed: frozenset[str]) -> None:
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    if folder.is_dir():
        shutil.copystat(folder, staging)
        _link_all(folder, staging, "", frozenset(changes) | removed)
    for path, content in changes.items():
        target = staging / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _link_all(source: Path, target: Path, below: str, without: frozenset[str]) -> None:
    for entry in os.scandir(source):
        path = below + entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name == _JUNK:
                continue
            (target / entry.name).mkdir()
            _link_all(Path(entry.path), target / entry.name, f"{path}/", without)
            if not any((target / entry.name).iterdir()) and any(name.startswith(f"{path}/") for name in without):
                (target / entry.name).rmdir()
        elif path not in without:
            _link(Path(entry.path), target / entry.name)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target, follow_symlinks=False)


def _swap(source: Path, target: Path) -> None:
    """Swap two folders, or rename `source` if `target` does not exist."""
    if not target.exists():
        os.rename(source, target)
    elif not _rename_exchange(source, target):
        old = _sibling(target, "old")
        os.rename(target, old)
        os.rename(source, target)
        shutil.rmtree(old, ignore_errors=True)


def _rename_exchange(source: Path, target: Path) -> bool:
    """Swap two folders with one system call, if the system has one; return True if it succeeded."""
    first, second = os.fsencode(source), os.fsencode(target)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return bool(library.renamex_np(first, second, _RENAME_SWAP) == 0)
        return bool(library.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE) == 0)
    except (AttributeError, OSError, TypeError):
        return False


def _change_in_place(folder: Path, changes: Mapping[str, bytes], removed: frozenset[str]) -> None:
    for path, content in changes.items():
        write_file(folder / path, content)
    for path in removed:
        (folder / path).unlink()
        parent = (folder / path).parent
        while parent != folder and not any(parent.iterdir()):
            parent.rmdir()
            parent = parent.parent

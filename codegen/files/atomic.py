"""Changes of files and folders that happen at once: whoever looks sees the old state or the new one, whenever the process is
killed.
"""

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
    """Write a file at once."""
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
    """Change files below a folder, and remove others, at once. All that is not named stays the same file.

    The new folder is put together beside the old one, out of links to what stays, and the two change places. Where that cannot be
    (the folder is a mount point, someone stands in it, or its parent is closed), each file by itself changes at once.
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
    """Clear up after a process that was killed while it replaced the folder."""
    folder = folder.resolve()
    old = _sibling(folder, "old")
    if old.exists() and not folder.exists():
        os.rename(old, folder)
    shutil.rmtree(old, ignore_errors=True)
    for left in folder.parent.glob(f".{folder.name}.build-*"):
        if not _runs(left.name.rpartition("-")[2]):
            shutil.rmtree(left, ignore_errors=True)


def _sibling(folder: Path, word: str) -> Path:
    return folder.with_name(f".{folder.name}.{word}")


def _runs(process: str) -> bool:
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


def _swap(one: Path, other: Path) -> None:
    """Let two folders change places, or one take a place that is free."""
    if not other.exists():
        os.rename(one, other)
    elif not _rename_exchange(one, other):
        old = _sibling(other, "old")
        os.rename(other, old)
        os.rename(one, other)
        shutil.rmtree(old, ignore_errors=True)


def _rename_exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step of the kernel, where it has one."""
    first, second = os.fsencode(one), os.fsencode(other)
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

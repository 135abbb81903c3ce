"""A file that is being written: complete under its final name, or absent."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

_FLAGS: Final = (
    os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
)

FLUSH_BYTES: Final = 4 * 1024 * 1024


class PartFile:
    """A `.part` file, created exclusively in the target folder."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.target = folder / name
        self._path = folder / f"{name}.{secrets.token_hex(4)}.part"
        self._file = os.fdopen(os.open(self._path, _FLAGS, 0o666), "w+b", buffering=0)
        self._flushed = 0
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Append a chunk."""
        written = self._file.write(chunk)
        self.size += written
        if written < len(chunk):
            return self.write(chunk[written:])
        if self.size - self._flushed >= FLUSH_BYTES:
            self._start_writeback()

    def _start_writeback(self) -> None:
        """Ask the operating system to start writing, so that the final fsync is short."""
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._file.fileno(), self._flushed, self.size - self._flushed, os.POSIX_FADV_DONTNEED)
        self._flushed = self.size

    def restart(self) -> None:
        """Truncate the file."""
        self._file.seek(0)
        self._file.truncate()
        self.size = self._flushed = 0

    def finish(self) -> Path:
        """Move the file to its final name, durably; return its path.

        Raises:
            FileExistsError: a different file has that name. A file with the same content is not a conflict.
        """
        os.fsync(self._file.fileno())
        try:
            if os.path.lexists(self.target):
                raise FileExistsError
            self._rename()
        except FileExistsError:
            if not self._target_is_identical():
                raise FileExistsError(f"{self.target} exists and is another file") from None
            self.discard()
        _sync_folder(self.target.parent)
        return self.target

    def _rename(self) -> None:
        """Rename the file. A hard link, unlike `os.replace`, never overwrites a file that another process creates meanwhile."""
        try:
            os.link(self._path, self.target)
        except FileExistsError:
            raise
        except OSError:  # the file system does not support hard links
            self._file.close()
            os.replace(self._path, self.target)
        else:
            self.discard()

    def discard(self) -> None:
        """Close and delete the file."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _target_is_identical(self) -> bool:
        if self.target.is_symlink() or not self.target.is_file() or self.target.stat().st_size != self.size:
            return False
        self._file.seek(0)
        with self.target.open("rb") as target:
            return hashlib.file_digest(target, "sha256").digest() == hashlib.file_digest(self._file, "sha256").digest()


def _sync_folder(folder: Path) -> None:
    """Make a new directory entry survive a power failure, where the platform supports it."""
    try:
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except OSError:  # Windows cannot open folders, and does not need this
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)

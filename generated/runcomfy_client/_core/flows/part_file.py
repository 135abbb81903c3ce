"""A file on its way to the disk: complete under its own name, or not there at all."""

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
    """A `.part` file that nobody else writes to: created exclusively, in the folder that the file is meant for."""

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
        """Have the system begin to write what has come, so that little is left to wait for at the end."""
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._file.fileno(), self._flushed, self.size - self._flushed, os.POSIX_FADV_DONTNEED)
        self._flushed = self.size

    def restart(self) -> None:
        """Begin again with an empty file."""
        self._file.seek(0)
        self._file.truncate()
        self.size = self._flushed = 0

    def finish(self) -> Path:
        """Put the file in place under its own name, on the disk for good; return where it is.

        Raises:
            FileExistsError: something else is there already. The same bytes are no conflict.
        """
        os.fsync(self._file.fileno())
        try:
            if os.path.lexists(self.target):
                raise FileExistsError
            self._put_in_place()
        except FileExistsError:
            if not self._is_there_already():
                raise FileExistsError(f"{self.target} exists and is another file") from None
            self.discard()
        _sync_folder(self.target.parent)
        return self.target

    def _put_in_place(self) -> None:
        """Give the file its name. Unlike a replace, a link never takes the place of what somebody else puts there just now."""
        try:
            os.link(self._path, self.target)
        except FileExistsError:
            raise
        except OSError:  # this file system knows no links
            self._file.close()
            os.replace(self._path, self.target)
        else:
            self.discard()

    def discard(self) -> None:
        """Give the file up."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _is_there_already(self) -> bool:
        if self.target.is_symlink() or not self.target.is_file() or self.target.stat().st_size != self.size:
            return False
        self._file.seek(0)
        with self.target.open("rb") as there:
            return hashlib.file_digest(there, "sha256").digest() == hashlib.file_digest(self._file, "sha256").digest()


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut, where the system can do that."""
    try:
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except OSError:  # Windows opens no folders, and needs none of this
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)

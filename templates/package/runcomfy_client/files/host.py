"""Where local files go: the protocol of a media host, and the file that it is given."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from runcomfy_client.files.checks import UnsuitableFile, open_file

CHUNK: Final = 5 * 1024 * 1024
"""Bytes that are read at a time: the smallest part that S3 takes, but for the last."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A checked file that a media host is to make available.

    Attributes:
        key: its name at the host: the SHA-256 of its content in hex, a dot, and the extension of its kind. It says nothing of its
            name.
        path: where it is.
        size: its length in bytes.
        media_type: its MIME type.
        sha256: SHA-256 of the bytes in `path`, in hex.
    """

    key: str
    path: Path = field(repr=False)
    size: int
    media_type: str
    sha256: str = field(repr=False)

    def chunks(self) -> Iterator[bytes]:
        """Yield the content, 5 MiB at a time. The last chunk comes only when the whole is what was checked.

        Raises:
            UnsuitableFile: the file was changed since.
            OSError: it cannot be read.
        """
        digest, held, total = hashlib.sha256(), b"", 0
        with open_file(self.path, None) as opened:
            while chunk := opened.read(CHUNK):
                if held:
                    yield held
                digest.update(chunk)
                held, total = chunk, total + len(chunk)
        if total != self.size or digest.hexdigest() != self.sha256:
            raise UnsuitableFile(f"{self.path} was changed after it was checked; wait until it is complete")
        yield held


@runtime_checkable
class MediaHost(Protocol):
    """Makes files available to the API. `BucketHost` is one; any object with this method is one, too."""

    def put(self, file: MediaFile, *, lifetime: float) -> str | Awaitable[str]:
        """Make a file available, and return an https:// URL of it that anyone can GET for at least `lifetime` seconds.

        It may be a coroutine function; if it is a plain one, it is called in a thread. It is called once for each submit, and for
        the same `file.key` never twice at a time: what is stored under that key already need not be stored again. Whatever it
        raises stops the submit.
        """
        ...

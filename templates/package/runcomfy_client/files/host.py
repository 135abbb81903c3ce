"""The protocol of a media host, to which local files are uploaded, and the file that it receives."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from runcomfy_client.files.checks import UnsuitableFile, open_file

CHUNK: Final = 5 * 1024 * 1024
"""The number of bytes that are read at a time: the minimum size of a part in S3, except the last."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A checked file for a media host.

    Attributes:
        key: its name at the host: the SHA-256 of the content in hex, a dot, and the extension of its type. It does not contain the
            local name.
        path: the path of the local file.
        size: the size in bytes.
        media_type: the MIME type.
        sha256: the SHA-256 of the bytes in `path`, in hex.
    """

    key: str
    path: Path = field(repr=False)
    size: int
    media_type: str
    sha256: str = field(repr=False)

    def chunks(self) -> Iterator[bytes]:
        """Yield the content, 5 MiB at a time. The last chunk is yielded only if the whole content matches `sha256`.

        Raises:
            UnsuitableFile: the file was changed after it was checked.
            OSError: the file cannot be read.
        """
        digest, previous, total = hashlib.sha256(), b"", 0
        with open_file(self.path, None) as opened:
            while chunk := opened.read(CHUNK):
                if previous:
                    yield previous
                digest.update(chunk)
                previous, total = chunk, total + len(chunk)
        if total != self.size or digest.hexdigest() != self.sha256:
            raise UnsuitableFile(f"{self.path} was changed after it was checked; wait until it is complete")
        yield previous


@runtime_checkable
class MediaHost(Protocol):
    """Makes files available to the API. `BucketHost` implements this protocol, like any object with this method."""

    def put(self, file: MediaFile, *, lifetime: float) -> str | Awaitable[str]:
        """Make a file available, and return an https:// URL that anyone can GET for at least `lifetime` seconds.

        This may be a coroutine function; a plain function is called in a thread. It is called once for each submit, and never
        concurrently for the same `file.key`; a file that is already stored under that key need not be stored again. An exception
        prevents the submit.
        """
        ...

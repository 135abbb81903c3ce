"""The files of the playground: files that the user chose as inputs, and the types that a page may show."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from runcomfy_client.files.content import HEAD, kind_of

MAX_UPLOAD: Final = 512 * 1024 * 1024
"""The maximum size of a chosen file, in bytes; the limits of the API are lower."""
MAX_PREVIEW: Final = 100 * 1000 * 1000
"""The maximum size of a file that is fetched for a preview, in bytes: the API's limit for a video."""
_MAX_NAME: Final = 80
_SHOWN: Final = {
    "image/png": "image",
    "image/jpeg": "image",
    "image/gif": "image",
    "image/webp": "image",
    "image/avif": "image",
    "image/bmp": "image",
    "video/mp4": "video",
    "video/webm": "video",
    "audio/mpeg": "audio",
    "audio/wav": "audio",
    "audio/flac": "audio",
    "audio/ogg": "audio",
    "audio/mp4": "audio",
    "audio/aac": "audio",
}
"""The types that browsers show or play, and that cannot contain scripts. Everything else can only be downloaded."""


@dataclass(frozen=True, slots=True)
class FileType:
    """The type of a file, from its content.

    Attributes:
        mime: the MIME type.
        shown_as: `image`, `video` or `audio`; empty if a page does not show it.
    """

    mime: str
    shown_as: str


class TooLarge(Exception):
    """A chosen file is larger than `MAX_UPLOAD`."""


def type_of(path: Path) -> FileType:
    """Return the type of a file. A file that cannot be read is a download, which then reports the error."""
    try:
        with path.open("rb") as file:
            mime = kind_of(file.read(HEAD)).mime
    except OSError:
        mime = ""
    shown = _SHOWN.get(mime, "")
    return FileType(mime if shown else "application/octet-stream", shown)


async def save_upload(chunks: AsyncIterator[bytes], name: str, folder: Path) -> Path:
    """Write a chosen file to `folder/DIGEST/NAME`, with the digest of its content; return its path.

    Raises:
        TooLarge: the file has more than `MAX_UPLOAD` bytes.
        OSError: the file could not be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    part = NamedTemporaryFile(dir=folder, suffix=".part", delete=False)  # noqa: SIM115  # it is renamed when it is complete
    try:
        with part:
            async for chunk in chunks:
                size += len(chunk)
                if size > MAX_UPLOAD:
                    raise TooLarge
                digest.update(chunk)
                part.write(chunk)
        target = folder / digest.hexdigest()[:16]
        target.mkdir(exist_ok=True)
        path = target / clean_name(name)
        os.replace(part.name, path)
    except BaseException:
        Path(part.name).unlink(missing_ok=True)
        raise
    return path


def clean_name(name: str) -> str:
    """Return a file name that is valid on all systems, without folders and without invisible characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c if c.isalnum() or c in "-_. " else "_" for c in last).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > _MAX_NAME:
        kept = f"{stem[: _MAX_NAME - len(ending[:10]) - 1]}{dot}{ending[:10]}" if dot else kept[:_MAX_NAME]
    return kept or "file"


def remove_parts(folder: Path) -> None:
    """Remove incomplete files, which remain if the process is killed."""
    for part in folder.glob("*.part"):
        part.unlink(missing_ok=True)


def size_text(count: int) -> str:
    """Format a number of bytes, such as `1.5 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"

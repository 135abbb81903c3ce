"""Files of the playground: those that a person has chosen as inputs, and what may be shown of a file in a page."""

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
"""Bytes that a chosen file may have; the API takes less."""
MAX_PREVIEW: Final = 100 * 1000 * 1000
"""Bytes that a file behind a link may have to be shown: as many as the API takes for a video."""
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
"""What browsers show and play, and no script can be in. Everything else is only downloaded."""


@dataclass(frozen=True, slots=True)
class FileType:
    """What a file is, by its content: its MIME type, and how a page shows it: image, video, audio, or not at all."""

    mime: str
    shown_as: str


class TooLarge(Exception):
    """A chosen file is larger than any that the API takes."""


def type_of(path: Path) -> FileType:
    """Return what a file is. One that cannot be read is a download, which says so."""
    try:
        with path.open("rb") as file:
            mime = kind_of(file.read(HEAD)).mime
    except OSError:
        mime = ""
    shown = _SHOWN.get(mime, "")
    return FileType(mime if shown else "application/octet-stream", shown)


async def keep_upload(chunks: AsyncIterator[bytes], name: str, folder: Path) -> Path:
    """Write a chosen file below a folder, under its content's digest and its own name; return where it is.

    Raises:
        TooLarge: it has more than `MAX_UPLOAD` bytes.
        OSError: it could not be written.
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
        place = folder / digest.hexdigest()[:16]
        place.mkdir(exist_ok=True)
        path = place / clean_name(name)
        os.replace(part.name, path)
    except BaseException:
        Path(part.name).unlink(missing_ok=True)
        raise
    return path


def clean_name(name: str) -> str:
    """Return a name that a file can have on every system, without a path and without what a reader would not see."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c if c.isalnum() or c in "-_. " else "_" for c in last).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > _MAX_NAME:
        kept = f"{stem[: _MAX_NAME - len(ending[:10]) - 1]}{dot}{ending[:10]}" if dot else kept[:_MAX_NAME]
    return kept or "file"


def remove_parts(folder: Path) -> None:
    """Remove the chosen files that a kill has left half-written."""
    for part in folder.glob("*.part"):
        part.unlink(missing_ok=True)


def size_text(count: int) -> str:
    """Write a number of bytes for people."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"

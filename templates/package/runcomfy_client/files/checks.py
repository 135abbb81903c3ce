"""Checks of a local file before anything is uploaded: it is there, it can be read, it is what its input wants, and it is whole."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Final

from runcomfy_client.files.content import KNOWN, UNKNOWN, Content, ContentKind, content_of
from runcomfy_client.schema.local_file import LocalFile
from runcomfy_client.schema.media import MediaLimit, Medium

_MEGABYTE: Final = 1_000_000
_RECOMMENDED: Final = {"image": 50, "video": 100}
"""Megabytes that a file may have by the API's documentation (2026-11-22). A binary megabyte is let through: it does not say which.
"""
_MOST_PIXELS: Final = 178_956_970
"""Pixels that Pillow, and so most servers in Python, refuse to decode beyond: twice its `MAX_IMAGE_PIXELS`."""
_BLOCK: Final = 1024 * 1024


class UnsuitableFile(Exception):
    """A local file that cannot be sent; its text says why, and begins with the path."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A local file that was read once from beginning to end, and found whole.

    Attributes:
        path: where it is.
        sha256: SHA-256 of its content, in hex.
        size: its length in bytes.
        content: what it is.
        stamp: what tells, without reading, whether it was changed since.
    """

    path: Path
    sha256: str
    size: int
    content: Content
    stamp: tuple[int, ...] = field(repr=False)

    @property
    def kind(self) -> ContentKind:
        """What it is."""
        return self.content.kind


def check_file(
    file: LocalFile,
    medium: Medium = "file",
    limits: tuple[MediaLimit, ...] = (),
    *,
    known: dict[tuple[int, ...], CheckedFile] | None = None,
) -> CheckedFile:
    """Check a file for an input, and return its digest and what it is. What `known` holds unchanged is not read again.

    Raises:
        UnsuitableFile: it is not there, cannot be read, is no regular file, is empty, is cut off, changes meanwhile, is a symbolic
            link that leads out of its folder, or is not what the input takes.
    """
    path = file.path.expanduser()
    try:
        with open_file(path, file.folder) as opened:
            stamp = _stamp(os.fstat(opened.fileno()))
            size = stamp[2]
            found = None if known is None else known.get(stamp)
            if found is None:
                if not size:
                    raise UnsuitableFile(f"{path} is empty")
                found = CheckedFile(path, "", size, content_of(opened, size), stamp)
            faults = list(faults_for(replace(found, path=path), medium, limits))
            if faults:
                raise UnsuitableFile("; ".join(faults))
            if not found.sha256:
                found = replace(found, sha256=_digest(opened))
                if _stamp(os.fstat(opened.fileno())) != stamp or opened.tell() != size:
                    raise UnsuitableFile(f"{path} was changed while it was read; wait until it is complete")
    except OSError as error:
        raise UnsuitableFile(f"{path} cannot be read: {error.strerror or error}") from None
    if known is not None:
        known[stamp] = found
    return replace(found, path=path)


def open_file(path: Path, folder: Path | None) -> BinaryIO:
    """Open a regular file for reading, without waiting for anything.

    Raises:
        UnsuitableFile: it is none, is not there, or is a symbolic link that leads out of its folder.
        OSError: it cannot be read.
    """
    try:
        found = path.stat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise UnsuitableFile(f"{path}: no such file{_url_hint(path)}") from None
        raise
    except ValueError:  # a zero byte
        raise UnsuitableFile(f"{str(path)!r} is not the name of a file") from None
    if stat.S_ISDIR(found.st_mode):
        raise UnsuitableFile(f"{path} is a folder, not a file")
    if not stat.S_ISREG(found.st_mode):
        raise UnsuitableFile(f"{path} is not a regular file, but a pipe, a socket or a device")
    _check_links(path, folder)
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    opened = os.fdopen(number, "rb")
    if not stat.S_ISREG(os.fstat(number).st_mode):  # it was exchanged meanwhile
        opened.close()
        raise UnsuitableFile(f"{path} is not a regular file any more")
    return opened


def _url_hint(path: Path) -> str:
    first = path.parts[0] if path.parts else ""
    return "; a URL begins with https://" if "." in first.strip(".") and len(path.parts) > 1 and not path.is_absolute() else ""


def _check_links(path: Path, folder: Path | None) -> None:
    """Follow symbolic links inside of the folder alone: who unpacks an archive is not to upload what a link in it points to."""
    if folder is None and not path.is_symlink():
        return
    home = (path.parent if folder is None else folder).resolve()
    target = path.resolve()
    if not target.is_relative_to(home):
        raise UnsuitableFile(f"{path} is a symbolic link out of its folder, to {target}; give the path of the file itself")


def _stamp(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _digest(opened: BinaryIO) -> str:
    digest = hashlib.sha256()
    opened.seek(0)
    while block := opened.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def faults_for(file: CheckedFile, medium: Medium, limits: tuple[MediaLimit, ...]) -> Iterator[str]:
    """Yield what makes a file unsuitable for an input: its medium, its size, its pixels, its length in seconds."""
    kind = file.kind
    if medium != "file" and kind is UNKNOWN:
        yield f"{file.path} is no {_article(medium)} by its content: it is not {KNOWN[medium]}"
    elif medium not in ("file", kind.medium):
        yield f"{file.path} is {kind.mime} by its content, not {_an(medium)}"
    elif file.content.truncated:
        yield f"{file.path} is cut off: the end of this {kind.extension.upper()} file is missing"
    else:
        yield from _faults_of_size(file, medium, limits)
        yield from _faults_of_content(file, limits)


def _an(medium: Medium) -> str:
    return {"image": "an image", "video": "a video", "audio": "a sound", "file": "a file"}[medium]


def _article(medium: Medium) -> str:
    return {"audio": "sound"}.get(medium, medium)


def _faults_of_size(file: CheckedFile, medium: Medium, limits: tuple[MediaLimit, ...]) -> Iterator[str]:
    megabytes = file.size / _MEGABYTE
    own = [limit.value for limit in limits if limit.rule == "file_size_mb<"]
    if own and megabytes >= min(own):
        yield f"{file.path} has {megabytes:.1f} MB; the model takes less than {min(own):g} MB"
    elif medium in _RECOMMENDED and megabytes > _RECOMMENDED[medium] * 1.048576:
        yield f"{file.path} has {megabytes:.1f} MB; the API takes {_an(medium)} of {_RECOMMENDED[medium]} MB at most"
    for limit in limits:
        if limit.rule == "file_size_mb>" and megabytes <= limit.value:
            yield f"{file.path} has {megabytes:.3g} MB; the model takes more than {limit.value:g} MB"


def _faults_of_content(file: CheckedFile, limits: tuple[MediaLimit, ...]) -> Iterator[str]:
    content = file.content
    if content.pixels is not None:
        width, height = content.pixels
        if not width or not height:
            yield f"{file.path} is {width} x {height} pixels: there is no picture in it"
            return
        if width * height > _MOST_PIXELS:
            yield f"{file.path} is {width:,} x {height:,} pixels, more than image decoders take ({_MOST_PIXELS:,} pixels)"
    for limit in limits:
        name, sign = limit.rule[:-1], limit.rule[-1:]
        value = _measure(name, content)
        if value is not None and not (value > limit.value if sign == ">" else value < limit.value):
            words = _WORDS[name]
            yield (
                f"{file.path}: {words} is {round(value, 3):g}; it must be {'more' if sign == '>' else 'less'} than "
                f"{limit.value:g}"
            )


_WORDS: Final = {
    "width/height": "its width divided by its height",
    "width_pixels": "its width in pixels",
    "height_pixels": "its height in pixels",
    "duration_seconds": "its length in seconds",
}


def _measure(name: str, content: Content) -> float | None:
    if name == "duration_seconds":
        return content.seconds
    if name not in _WORDS or content.pixels is None:
        return None
    width, height = content.pixels
    return {"width/height": width / height, "width_pixels": float(width), "height_pixels": float(height)}[name]

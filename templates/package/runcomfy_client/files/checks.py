"""Checks of a local file before the upload: it exists, can be read, has the medium of its input, and is complete."""

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
"""The maximum size of a file in megabytes (API documentation, 2026-11-22). It does not say whether these are binary megabytes, so
those are allowed."""
_MAX_PIXELS: Final = 178_956_970
"""The maximum number of pixels that Pillow, and so most servers in Python, decode: twice its `MAX_IMAGE_PIXELS`."""
_BLOCK: Final = 1024 * 1024


class UnsuitableFile(Exception):
    """A local file cannot be sent. The message begins with its path."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A local file that was read completely, and is valid.

    Attributes:
        path: the path.
        sha256: the SHA-256 of the content, in hex.
        size: the size in bytes.
        content: the type and measures of the content.
        stamp: device, inode, size and modification time, which show whether the file has changed.
    """

    path: Path
    sha256: str
    size: int
    content: Content
    stamp: tuple[int, ...] = field(repr=False)

    @property
    def kind(self) -> ContentKind:
        """The type of the content."""
        return self.content.kind


def check_file(
    file: LocalFile,
    medium: Medium = "file",
    limits: tuple[MediaLimit, ...] = (),
    *,
    known: dict[tuple[int, ...], CheckedFile] | None = None,
) -> CheckedFile:
    """Check a file for an input, and return it with its digest and type.

    Args:
        file: the file.
        medium: the medium that the input requires.
        limits: the limits of the input.
        known: files that were checked before; those that have not changed are not read again.

    Raises:
        UnsuitableFile: the file does not exist, cannot be read, is not a regular file, is empty or truncated, changes while it is
            read, is a symbolic link that leads out of its folder, or does not match the input.
    """
    path = file.path.expanduser()
    try:
        with open_file(path, file.folder) as opened:
            stamp = _stamp(os.fstat(opened.fileno()))
            size = stamp[2]
            checked = None if known is None else known.get(stamp)
            if checked is None:
                if not size:
                    raise UnsuitableFile(f"{path} is empty")
                checked = CheckedFile(path, "", size, content_of(opened, size), stamp)
            problems = list(problems_for(replace(checked, path=path), medium, limits))
            if problems:
                raise UnsuitableFile("; ".join(problems))
            if not checked.sha256:
                checked = replace(checked, sha256=_digest(opened))
                if _stamp(os.fstat(opened.fileno())) != stamp or opened.tell() != size:
                    raise UnsuitableFile(f"{path} was changed while it was read; wait until it is complete")
    except OSError as error:
        raise UnsuitableFile(f"{path} cannot be read: {error.strerror or error}") from None
    if known is not None:
        known[stamp] = checked
    return replace(checked, path=path)


def open_file(path: Path, folder: Path | None) -> BinaryIO:
    """Open a regular file for reading, without blocking.

    Raises:
        UnsuitableFile: the file does not exist, is not a regular file, or is a symbolic link that leads out of its folder.
        OSError: the file cannot be read.
    """
    try:
        status = path.stat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise UnsuitableFile(f"{path}: no such file{_url_hint(path)}") from None
        raise
    except ValueError:  # a zero byte
        raise UnsuitableFile(f"{str(path)!r} is not a valid path") from None
    if stat.S_ISDIR(status.st_mode):
        raise UnsuitableFile(f"{path} is a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise UnsuitableFile(f"{path} is not a regular file, but a pipe, a socket or a device")
    _check_links(path, folder)
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    opened = os.fdopen(number, "rb")
    if not stat.S_ISREG(os.fstat(number).st_mode):  # it was replaced after the first check
        opened.close()
        raise UnsuitableFile(f"{path} is no longer a regular file")
    return opened


def _url_hint(path: Path) -> str:
    first = path.parts[0] if path.parts else ""
    return "; a URL begins with https://" if "." in first.strip(".") and len(path.parts) > 1 and not path.is_absolute() else ""


def _check_links(path: Path, folder: Path | None) -> None:
    """Follow symbolic links only within the folder: a link in an unpacked archive must not cause the upload of other files."""
    if folder is None and not path.is_symlink():
        return
    home = (path.parent if folder is None else folder).resolve()
    target = path.resolve()
    if not target.is_relative_to(home):
        raise UnsuitableFile(f"{path} is a symbolic link out of its folder, to {target}; use the path of the file itself")


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _digest(opened: BinaryIO) -> str:
    digest = hashlib.sha256()
    opened.seek(0)
    while block := opened.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def problems_for(file: CheckedFile, medium: Medium, limits: tuple[MediaLimit, ...]) -> Iterator[str]:
    """Yield the reasons why a file does not match an input: its medium, size, pixels, or length in seconds."""
    kind = file.kind
    if medium != "file" and kind is UNKNOWN:
        yield f"{file.path} is not {_with_article(medium)}: its content is not {KNOWN[medium]}"
    elif medium not in ("file", kind.medium):
        yield f"{file.path} is not {_with_article(medium)}: its content is {kind.mime}"
    elif file.content.truncated:
        yield f"{file.path} is truncated: the end of this {kind.extension.upper()} file is missing"
    else:
        yield from _size_problems(file, medium, limits)
        yield from _content_problems(file, limits)


def _with_article(medium: Medium) -> str:
    return {"image": "an image", "video": "a video", "audio": "an audio file", "file": "a file"}[medium]


def _size_problems(file: CheckedFile, medium: Medium, limits: tuple[MediaLimit, ...]) -> Iterator[str]:
    megabytes = file.size / _MEGABYTE
    own = [limit.value for limit in limits if limit.rule == "file_size_mb<"]
    if own and megabytes >= min(own):
        yield f"{file.path} has {megabytes:.1f} MB; the model accepts less than {min(own):g} MB"
    elif medium in _RECOMMENDED and megabytes > _RECOMMENDED[medium] * 1.048576:
        yield f"{file.path} has {megabytes:.1f} MB; the API accepts {_with_article(medium)} of at most {_RECOMMENDED[medium]} MB"
    for limit in limits:
        if limit.rule == "file_size_mb>" and megabytes <= limit.value:
            yield f"{file.path} has {megabytes:.3g} MB; the model accepts more than {limit.value:g} MB"


def _content_problems(file: CheckedFile, limits: tuple[MediaLimit, ...]) -> Iterator[str]:
    content = file.content
    if content.pixels is not None:
        width, height = content.pixels
        if not width or not height:
            yield f"{file.path} is {width} x {height} pixels: the image is empty"
            return
        if width * height > _MAX_PIXELS:
            yield f"{file.path} is {width:,} x {height:,} pixels, more than image decoders accept ({_MAX_PIXELS:,} pixels)"
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

"""Detects the type of a file from its content, its size in pixels, its length in seconds, and whether its end is missing.

Only headers are read, so the time does not depend on the size, except for JPEG, whose end marker is searched. Lengths in a file are
not trusted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

from runcomfy_client._core.flows.image_header import size_of
from runcomfy_client.schema.media import Medium

HEAD: Final = 64 * 1024
_BLOCK: Final = 1024 * 1024
_MAX_BOXES: Final = 10_000


@dataclass(frozen=True, slots=True)
class ContentKind:
    """A type of file.

    Attributes:
        medium: the medium.
        mime: the MIME type.
        extension: the extension of its name in the bucket.
    """

    medium: Medium
    mime: str
    extension: str


PNG: Final = ContentKind("image", "image/png", "png")
JPEG: Final = ContentKind("image", "image/jpeg", "jpg")
GIF: Final = ContentKind("image", "image/gif", "gif")
WEBP: Final = ContentKind("image", "image/webp", "webp")
BMP: Final = ContentKind("image", "image/bmp", "bmp")
TIFF: Final = ContentKind("image", "image/tiff", "tiff")
AVIF: Final = ContentKind("image", "image/avif", "avif")
HEIC: Final = ContentKind("image", "image/heic", "heic")
MP4: Final = ContentKind("video", "video/mp4", "mp4")
MOV: Final = ContentKind("video", "video/quicktime", "mov")
WEBM: Final = ContentKind("video", "video/webm", "webm")
MKV: Final = ContentKind("video", "video/x-matroska", "mkv")
AVI: Final = ContentKind("video", "video/x-msvideo", "avi")
MPEG: Final = ContentKind("video", "video/mpeg", "mpg")
M4A: Final = ContentKind("audio", "audio/mp4", "m4a")
MP3: Final = ContentKind("audio", "audio/mpeg", "mp3")
AAC: Final = ContentKind("audio", "audio/aac", "aac")
FLAC: Final = ContentKind("audio", "audio/flac", "flac")
OGG: Final = ContentKind("audio", "audio/ogg", "ogg")
WAV: Final = ContentKind("audio", "audio/wav", "wav")
AIFF: Final = ContentKind("audio", "audio/aiff", "aiff")
UNKNOWN: Final = ContentKind("file", "application/octet-stream", "bin")

KNOWN: Final = {
    "image": "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF or HEIC",
    "video": "MP4, MOV, WebM, MKV, AVI or MPEG",
    "audio": "MP3, WAV, FLAC, OGG, M4A, AAC or AIFF",
}
"""The supported types of each medium, as text."""

_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"\x00\x00\x01\xba", MPEG),
    (b"\x00\x00\x01\xb3", MPEG),
    (b"ID3", MP3),
    (b"fLaC", FLAC),
    (b"OggS", OGG),
)
_RIFF: Final = {b"WEBP": WEBP, b"AVI ": AVI, b"WAVE": WAV}
_BRANDS: Final = {
    b"avif": AVIF,
    b"avis": AVIF,
    b"heic": HEIC,
    b"heix": HEIC,
    b"mif1": HEIC,
    b"msf1": HEIC,
    b"qt  ": MOV,
    b"M4A ": M4A,
    b"M4B ": M4A,
}


@dataclass(frozen=True, slots=True)
class Content:
    """The properties of a file's content.

    Attributes:
        kind: the type.
        pixels: the width and height of an image.
        seconds: the length of a video or audio file; None if no header has it.
        truncated: True if the end of the file is missing.
    """

    kind: ContentKind
    pixels: tuple[int, int] | None = None
    seconds: float | None = None
    truncated: bool = False


def kind_of(head: bytes) -> ContentKind:
    """Return the type of a file from its first bytes."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return AIFF
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], MP4)
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return MOV
    if head.startswith(b"\x1aE\xdf\xa3"):
        return MKV if b"matroska" in head[:64] else WEBM
    if head.startswith(b"BM") and head[14:18] in (b"\x0c\0\0\0", b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"):
        return BMP
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return AAC if head[1] & 0xF6 == 0xF0 else MP3 if head[1] & 0x06 else UNKNOWN
    return UNKNOWN


def content_of(file: BinaryIO, length: int) -> Content:
    """Return the properties of a file that is open for reading. `length` is its size in bytes."""
    file.seek(0)
    head = file.read(HEAD)
    kind = kind_of(head)
    try:
        match kind:
            case _ if kind is PNG:
                return Content(kind, size_of(head), truncated=not _png_ends(file, length))
            case _ if kind is JPEG:
                return Content(kind, size_of(head), truncated=not _jpeg_ends(file, length))
            case _ if kind is GIF:
                file.seek(-1, 2)
                return Content(kind, size_of(head), truncated=file.read(1) not in (b";", b"\0"))
            case _ if kind is BMP:
                width, height = struct.unpack("<ii", head[18:26]) if head[14] != 12 else struct.unpack("<HH", head[18:22])
                return Content(kind, (abs(width), abs(height)), truncated=0 < struct.unpack("<I", head[2:6])[0] > length)
            case _ if kind in (WEBP, AVI, WAV):
                size = struct.unpack("<I", head[4:8])[0]
                seconds = _wav_seconds(head, length) if kind is WAV else None
                return Content(kind, size_of(head), seconds, truncated=size < 0xFFFFFFFF and size + 8 > length + 1)
            case _ if kind is FLAC:
                return Content(kind, seconds=_flac_seconds(head))
            case _ if kind in (MP4, MOV, M4A, AVIF, HEIC):
                return _iso_media(file, length, kind)
    except (struct.error, IndexError):
        return Content(kind, truncated=True)
    return Content(kind)


def _png_ends(file: BinaryIO, length: int) -> bool:
    at = 8
    while at + 12 <= length:
        file.seek(at)
        size, name = struct.unpack(">I4s", file.read(8))
        at += 12 + size
        if name == b"IEND":
            return bool(at <= length)
    return False


def _jpeg_ends(file: BinaryIO, length: int) -> bool:
    """Return True if an end marker follows the first scan. Those of thumbnails precede it, within a segment."""
    at = 2
    while at + 4 <= length:
        file.seek(at)
        sign, marker, size = struct.unpack(">BBH", file.read(4))
        if sign != 0xFF:
            return False
        if marker == 0xFF:  # padding
            at += 1
            continue
        at += 2 + size
        if marker == 0xDA:
            break
    file.seek(at)
    last = b""
    while block := file.read(_BLOCK):
        if b"\xff\xd9" in last + block:
            return True
        last = block[-1:]
    return False


def _wav_seconds(head: bytes, length: int) -> float | None:
    at, rate = 12, 0
    while at + 8 <= len(head):
        name, size = struct.unpack("<4sI", head[at : at + 8])
        if name == b"fmt ":
            rate = struct.unpack("<I", head[at + 16 : at + 20])[0]
        elif name == b"data":
            return min(size, length - at - 8) / rate if rate else None
        at += 8 + size + size % 2
    return None


def _flac_seconds(head: bytes) -> float | None:
    bits = int.from_bytes(head[18:26], "big")
    rate, samples = bits >> 44, bits & (1 << 36) - 1
    return samples / rate if rate and samples else None


def _iso_media(file: BinaryIO, length: int, kind: ContentKind) -> Content:
    """Read the top-level boxes of an MP4, MOV, M4A, AVIF or HEIC file."""
    at, names, seconds = 0, set(), None
    for _ in range(_MAX_BOXES):
        if at + 8 > length:
            break
        file.seek(at)
        size, name = struct.unpack(">I4s", file.read(8))
        header = 8
        if size == 1:
            size, header = struct.unpack(">Q", file.read(8))[0], 16
        size = size or length - at  # 0: up to the end
        if size < header or at + size > length:
            return Content(kind, seconds=seconds, truncated=True)
        names.add(name)
        if name == b"moov":
            seconds = _movie_seconds(file.read(min(size - header, HEAD)))
        at += size
    has_index = b"moov" in names if kind.medium in ("video", "audio") else b"meta" in names
    return Content(kind, seconds=seconds, truncated=not has_index or at < length)


def _movie_seconds(box: bytes) -> float | None:
    at = box.find(b"mvhd")
    if at < 0:
        return None
    scale, ticks = (
        struct.unpack(">IQ", box[at + 24 : at + 36]) if box[at + 4] == 1 else struct.unpack(">II", box[at + 16 : at + 24])
    )
    return ticks / scale if scale and ticks else None

"""Reads width and height from the first bytes of an image: PNG, GIF, WebP and JPEG. No I/O; the bytes are not trusted."""

from __future__ import annotations

import struct


def medium_of(head: bytes) -> str | None:
    """Return the medium of a file, `image`, `video` or `audio`, from its first bytes; None if it is unknown."""
    if head.startswith((b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"\xff\xd8\xff")) or (
        head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    ):
        return "image"
    if head[4:8] == b"ftyp":
        return {b"avif": "image", b"heic": "image", b"M4A ": "audio"}.get(head[8:12], "video")
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video"
    if head.startswith((b"ID3", b"fLaC", b"OggS")) or (head[:4] == b"RIFF" and head[8:12] == b"WAVE"):
        return "audio"
    return None


def size_of(head: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels; None if the format is unknown or the size is not within `head`."""
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
            return struct.unpack(">II", head[16:24])
        if head.startswith((b"GIF87a", b"GIF89a")):
            return struct.unpack("<HH", head[6:10])
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return _size_of_webp(head)
        if head.startswith(b"\xff\xd8"):
            return _size_of_jpeg(head)
    except (struct.error, IndexError):
        pass  # truncated
    return None


def _size_of_webp(head: bytes) -> tuple[int, int] | None:
    match head[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", head[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack("<I", head[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X" if len(head) >= 30:
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case _:
            return None


def _size_of_jpeg(head: bytes) -> tuple[int, int] | None:
    offset = 2
    while head[offset] == 0xFF:
        marker = head[offset + 1]
        if marker == 0xFF:  # padding
            offset += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[offset + 5 : offset + 9])
            return width, height
        else:
            offset += 2 + struct.unpack(">H", head[offset + 2 : offset + 4])[0]
    return None

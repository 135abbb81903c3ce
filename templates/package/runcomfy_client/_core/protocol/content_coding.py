"""Decodes HTTP content codings (RFC 9110, 8.4.1). This client does not request any, but some servers use one anyway."""

from __future__ import annotations

import zlib
from typing import Final

_IDENTITY: Final = frozenset({"", "identity", "none", "binary", "7bit", "8bit", "utf-8", "utf8", "aws-chunked"})
"""Values of Content-Encoding that servers send for bytes that are not encoded; S3 keeps the `aws-chunked` of an upload."""
_COMPRESSED: Final = frozenset({"gzip", "x-gzip", "deflate"})


class CorruptContent(ValueError):
    """The bytes do not match their Content-Encoding."""


class Decoder:
    """Decodes a body chunk by chunk: gzip with one or several members, or deflate with or without a zlib header."""

    def __init__(self, coding: str) -> None:
        self._is_gzip = coding != "deflate"
        self._zlib = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if self._is_gzip else None

    def decode(self, chunk: bytes, *, at_most: int) -> bytes:
        """Return the next decoded bytes. It stops soon after `at_most` bytes, so a small chunk cannot fill the memory.

        Raises:
            CorruptContent: the bytes do not match the coding.
        """
        decoded = bytearray()
        try:
            while chunk and len(decoded) <= at_most:
                if self._zlib is None:
                    self._zlib = _deflate_decompressor(chunk)
                elif self._zlib.eof and not chunk.strip(b"\0"):  # padding after the last member
                    break
                elif self._zlib.eof:
                    self._zlib = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
                decoded += self._zlib.decompress(chunk, at_most - len(decoded) + 1)
                chunk = self._zlib.unconsumed_tail or (self._zlib.unused_data if self._is_gzip else b"")
        except zlib.error as error:
            raise CorruptContent(str(error)) from None
        return bytes(decoded)

    @property
    def is_complete(self) -> bool:
        """True if the encoded data has ended, by its own end marker."""
        return self._zlib is None or self._zlib.eof


def _deflate_decompressor(first: bytes) -> zlib._Decompress:
    """Return a decompressor for a deflate body. RFC 9110 requires a zlib header, but some servers omit it."""
    has_header = first[0] & 0x0F == 8 and (len(first) < 2 or int.from_bytes(first[:2], "big") % 31 == 0)
    return zlib.decompressobj(wbits=zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def decoder_for(content_encoding: str) -> Decoder | None:
    """Return a decoder for a body with this Content-Encoding, or None if the body is not encoded.

    Raises:
        ValueError: the coding is not supported, such as `br`, or there is more than one.
    """
    codings = [word for word in (part.strip().lower() for part in content_encoding.split(",")) if word not in _IDENTITY]
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in _COMPRESSED:
        raise ValueError(f"its content coding {content_encoding[:40]!r} is not supported")
    return Decoder(codings[0])

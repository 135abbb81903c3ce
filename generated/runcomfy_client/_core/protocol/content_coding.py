"""Decode HTTP content codings, which this client does not ask for and some servers apply all the same (RFC 9110, 8.4.1)."""

from __future__ import annotations

import zlib
from typing import Final

_UNCODED: Final = frozenset({"", "identity", "none", "binary", "7bit", "8bit", "utf-8", "utf8", "aws-chunked"})
"""Words that servers write into Content-Encoding although the bytes are as they are; S3 keeps `aws-chunked` of an upload."""
_COMPRESSED: Final = frozenset({"gzip", "x-gzip", "deflate"})


class CorruptContent(ValueError):
    """Bytes that are not in the coding that their Content-Encoding names."""


class Decoder:
    """Decodes a body chunk by chunk: gzip of one or several members, deflate with or without a zlib header."""

    def __init__(self, coding: str) -> None:
        self._is_gzip = coding != "deflate"
        self._zlib = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if self._is_gzip else None

    def decode(self, chunk: bytes, *, at_most: int) -> bytes:
        """Return the next decoded bytes, and little more than `at_most` of them, however far they expand.

        Raises:
            CorruptContent: the bytes are not in this coding.
        """
        decoded = bytearray()
        try:
            while chunk and len(decoded) <= at_most:
                if self._zlib is None:
                    self._zlib = _deflate(chunk)
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
        """Whether the bytes up to now end where the coding says that they end."""
        return self._zlib is None or self._zlib.eof


def _deflate(first: bytes) -> zlib._Decompress:
    """Return what decodes a deflate body: it has a zlib header by RFC 9110, but some servers leave that out."""
    has_header = first[0] & 0x0F == 8 and (len(first) < 2 or int.from_bytes(first[:2], "big") % 31 == 0)
    return zlib.decompressobj(wbits=zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def decoder_for(content_encoding: str) -> Decoder | None:
    """Return what decodes a body with this Content-Encoding, or None when its bytes are as they are.

    Raises:
        ValueError: a coding that is not supported, such as `br`, or more than one of them.
    """
    codings = [word for word in (part.strip().lower() for part in content_encoding.split(",")) if word not in _UNCODED]
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in _COMPRESSED:
        raise ValueError(f"its content coding {content_encoding[:40]!r} is not supported")
    return Decoder(codings[0])

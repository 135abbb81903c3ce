"""Saves a file that the output contains as a data: URL (RFC 2397)."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from urllib.parse import unquote_to_bytes

from runcomfy_client._core.flows.file_names import extension_of, file_name
from runcomfy_client._core.flows.part_file import PartFile


def is_inline(url: str) -> bool:
    """Return True if a URL is a data: URL, which contains the file itself."""
    return url[:5].lower() == "data:"


def decode_data_url(url: str, *, at_most: int) -> tuple[str, bytes]:
    """Return the media type and the bytes of a data: URL.

    Raises:
        ValueError: the content is empty, has more than `at_most` bytes, or cannot be decoded.
    """
    head, _comma, data = url[5:].partition(",")
    if len(data) > 3 * at_most + 3:  # a percent-encoded byte has three characters
        raise ValueError(f"it has more than the {at_most} bytes that are allowed")
    content = unquote_to_bytes(data)
    if head.lower().endswith(";base64"):
        head = head[:-7]
        plain = b"".join(content.split()).rstrip(b"=")
        try:
            content = base64.b64decode(plain.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(plain) % 4), validate=True)
        except binascii.Error as error:
            raise ValueError(f"its data: URL cannot be decoded ({error})") from None
    if not content:
        raise ValueError("it is empty")
    if len(content) > at_most:
        raise ValueError(f"it has {len(content)} bytes, more than the {at_most} that are allowed")
    return head.partition(";")[0] or "text/plain", content


def write_inline_file(folder: Path, request_id: str, number: int, content_type: str, content: bytes) -> Path:
    """Write the bytes to a folder as the `number`-th file of a job; return its path.

    Raises:
        FileExistsError: a different file has that name.
        OSError: the file cannot be written.
    """
    part = PartFile(folder, file_name(request_id, number, extension_of("", content_type)))
    try:
        part.write(content)
        return part.finish()
    finally:
        part.discard()

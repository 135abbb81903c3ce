"""The body of an API response, read within limits of size and time."""

from __future__ import annotations

from typing import Final

from runcomfy_client._core.protocol.content_coding import decoder_for
from runcomfy_client._core.protocol.response import Response, ResponseHead

_MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes. It is large, since a result may contain images as data URLs."""
_TOO_LARGE: Final = f"the response has more than {_MAX_BODY // 1024**2} MiB"


class BoundedBody:
    """Reads the body of an API response, within limits of size and time."""

    __slots__ = ("_body", "_deadline", "_head")

    def __init__(self, head: ResponseHead, *, deadline: float) -> None:
        self._head = head
        self._body = bytearray()
        self._deadline = deadline

    def add(self, chunk: bytes, now: float) -> str:
        """Add a chunk, received at time `now`; return why reading must stop, or an empty string to continue."""
        self._body += chunk
        if len(self._body) > _MAX_BODY:
            return _TOO_LARGE
        return "the response was too slow" if now > self._deadline else ""

    def response(self, truncation: str) -> Response:
        """Return the response, decoded; `truncation` says why it is incomplete, or is empty."""
        body = bytes(self._body)
        try:  # no content coding was requested, but a server may use one, and the body may have a job's id
            decoder = decoder_for(self._head.headers.get("content-encoding", ""))
            body = decoder.decode(body, at_most=_MAX_BODY) if decoder else body
        except ValueError as error:
            truncation = truncation or f"the response cannot be decoded: {error}"
        if len(body) > _MAX_BODY:
            truncation = _TOO_LARGE
        return Response(self._head.status, self._head.headers, body, truncation, is_too_large=truncation == _TOO_LARGE)

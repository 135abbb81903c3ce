"""The results of an HTTP call, before classification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response. `truncation` says why its body is incomplete; empty if it is complete. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    truncation: str = ""
    is_too_large: bool = False


@dataclass(frozen=True, slots=True)
class TransportError:
    """No response arrived. `maybe_sent` is False only when it is certain that no byte of the request was written."""

    maybe_sent: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The status and headers of a response whose body has not been read. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)

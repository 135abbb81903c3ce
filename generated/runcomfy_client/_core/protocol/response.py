"""What comes back from an HTTP call, before anyone has asked what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer. Header names are in lower case.

    `truncation` says how its body was cut short, and is empty when it was not; `is_too_large`, that it was cut at our own bound.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    truncation: str = ""
    is_too_large: bool = False


@dataclass(frozen=True, slots=True)
class TransportError:
    """No answer came. `maybe_sent` is False only when it is certain that no byte of the request was written."""

    maybe_sent: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The head of an HTTP answer whose body is still to be read. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)

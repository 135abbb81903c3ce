"""The files that a result points to, and the bounds within which they are fetched."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_DEEPEST: Final = 8
_DATA_URL: Final = re.compile(r"\s*data:(?=\w+/|[^,]{0,200};base64,)[\w.+/-]{0,200}(;[\w-]+(=[^;,]{0,200})?){0,9},", re.IGNORECASE)
"""How a data: URL (RFC 2397) begins; a text that merely begins with "data:" has no media type."""


@dataclass(frozen=True, slots=True)
class ResultFile:
    """One file of a result.

    Attributes:
        number: its place among the files of the result, counted from 1.
        field: the key of the output that holds it, such as `video` or `images[1]`.
        url: where it is, or a data: URL with the file itself. It may carry a signature, so it is not printed.
    """

    number: int
    field: str
    url: str = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is. `total` is None when the server does not tell it; both in bytes."""

    file: ResultFile
    received: int
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLimits:
    """The bounds of downloading. They are held even when a server drips, never ends, or lies about the length.

    Attributes:
        largest: bytes that one file may have.
        slowest: bytes a second that must come on average over each `window`.
        window: seconds over which the speed is measured; also the longest silence.
        max_attempts: how often one file is asked for at most.
        redirects: how many redirects are followed, each one checked.
    """

    largest: int = 8 * 1024**3
    slowest: int = 2048
    window: float = 15.0
    max_attempts: int = 5
    redirects: int = 5


def files_in(output: Any) -> tuple[ResultFile, ...]:
    """Return the files that an output points to, each URL once, in the order of the output."""
    found: dict[str, str] = {}
    for where, url in _urls(output, "", 0):
        found.setdefault(url, where)
    return tuple(ResultFile(number, where, url) for number, (url, where) in enumerate(found.items(), start=1))


def _urls(value: Any, where: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        return
    match value:
        case str() if value.strip()[:8].lower().startswith(("https://", "http://")) or _DATA_URL.match(value):
            yield where, value.strip()
        case list():
            for index, item in enumerate(value):
                yield from _urls(item, f"{where}[{index}]", depth + 1)
        case dict():
            for key, item in value.items():
                yield from _urls(item, f"{where}.{key}" if where else str(key), depth + 1)
        case _:
            return

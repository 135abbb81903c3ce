"""The files of a result, and the limits of downloading them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_MAX_DEPTH: Final = 8
_DATA_URL: Final = re.compile(r"\s*data:(?=\w+/|[^,]{0,200};base64,)[\w.+/-]{0,200}(;[\w-]+(=[^;,]{0,200})?){0,9},", re.IGNORECASE)
"""The beginning of a data: URL (RFC 2397). The media type distinguishes it from other text that begins with "data:"."""


@dataclass(frozen=True, slots=True)
class ResultFile:
    """One file of a result.

    Attributes:
        number: its position among the files of the result, counted from 1.
        field: the path of its URL in the output, such as `video` or `images[1]`.
        url: its URL; a data: URL contains the file itself. It may be signed, so `repr` omits it.
    """

    number: int
    field: str
    url: str = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a download.

    Attributes:
        file: the file that is downloaded.
        received: the bytes received so far.
        total: the size of the file in bytes; None if the server does not give it.
    """

    file: ResultFile
    received: int
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLimits:
    """The limits of downloading. They also apply to a server that sends slowly, never ends, or gives a wrong length.

    Attributes:
        largest: the maximum size of a file in bytes.
        slowest: the minimum speed in bytes per second, on average over each `window`.
        window: the seconds over which the speed is measured; also the longest time without data.
        max_attempts: the maximum number of attempts for one file.
        redirects: the maximum number of redirects; the URL of each is checked.
    """

    largest: int = 8 * 1024**3
    slowest: int = 2048
    window: float = 15.0
    max_attempts: int = 5
    redirects: int = 5


def files_in(output: Any) -> tuple[ResultFile, ...]:
    """Return the files whose URLs are in an output, in its order. A URL that occurs twice is one file."""
    fields: dict[str, str] = {}
    for field, url in _urls(output, "", 0):
        fields.setdefault(url, field)
    return tuple(ResultFile(number, field, url) for number, (url, field) in enumerate(fields.items(), start=1))


def _urls(value: Any, field: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _MAX_DEPTH:
        return
    match value:
        case str() if value.strip()[:8].lower().startswith(("https://", "http://")) or _DATA_URL.match(value):
            yield field, value.strip()
        case list():
            for index, item in enumerate(value):
                yield from _urls(item, f"{field}[{index}]", depth + 1)
        case dict():
            for key, item in value.items():
                yield from _urls(item, f"{field}.{key}" if field else str(key), depth + 1)
        case _:
            return

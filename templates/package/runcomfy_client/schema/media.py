"""URL fields of a request: checked as URLs, and known by their medium.

The API fetches inputs by itself from a public HTTPS URL, without login or cookies; so a local path or `http://` can only fail,
after the submit was paid for. They are refused here, before the call. So are `data:` URIs, which not every model takes, except
where a
`DataURI` says that it is meant.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import WrapValidator
from pydantic_core import PydanticCustomError

from runcomfy_client.errors import InvalidInput, Problem

_DATA_URI: Final = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+={0,2}")

_THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost", "::1"})

Medium = Literal["image", "video", "audio", "file"]


def check_input_url(value: str) -> str | None:
    """Return why `value` is not a public HTTPS URL, or None if it is one.

    Checks syntax and scheme only; makes no call. Source, as of 2026-11-22: RunComfy API documentation and the vendor's clients.
    """
    if not value.isprintable() or any(map(str.isspace, value)):
        return "a URL has no blanks or control characters"
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        return f"not a URL: {error}"
    if parts.scheme == "data":
        return "data: URIs are not accepted by every model; host the file and pass its https:// URL, or opt in with DataURI(...)"
    if not parts.scheme or len(parts.scheme) == 1 or parts.scheme == "file":
        return "a local file cannot be sent; host it and pass its public https:// URL"
    if parts.scheme == "http" and host in _THIS_MACHINE:
        return (
            "the API fetches https:// URLs only, and nothing from this machine; "
            "to feed a simulator with its own outputs, use it in process, by http_client=simulator.http_client()"
        )
    if parts.scheme != "https":
        return f"the API fetches https:// URLs only, not {parts.scheme}:"
    return None if host else "the URL names no host"


class DataURI(str):
    """A file sent inside the request, as a base64 `data:` URI, for models that are known to accept one.

    Sources disagree on whether models accept one (as of 2026-11-22). A refused submit costs nothing, but one that is accepted may
    be billed and fail.

    Raises:
        InvalidInput: the text is not a base64 data URI.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _DATA_URI.fullmatch(text):
            raise InvalidInput(cls.__name__, (Problem("", "a data URI looks like data:image/png;base64,..."),))
        return super().__new__(cls, text)

    @classmethod
    def from_file(cls, path: str | PathLike[str], *, media_type: str | None = None) -> Self:
        """Read a file. Its media type, such as `image/png`, is taken from its name when it is not given.

        Raises:
            OSError: the file cannot be read.
            InvalidInput: it is empty, or its name does not tell its media type.
        """
        kind = media_type or mimetypes.guess_type(Path(path).name)[0]
        if kind is None:
            raise InvalidInput(cls.__name__, (Problem("", f"the kind of {Path(path).name} is not known; give media_type"),))
        return cls(f"data:{kind};base64,{base64.b64encode(Path(path).read_bytes()).decode()}")

    def __repr__(self) -> str:
        return f"DataURI({self[:32] + '…' if len(self) > 33 else str(self)!r}, {len(self)} characters)"

    def __reduce__(self) -> tuple[Any, ...]:
        return DataURI, (str(self),)


def _check(value: Any, handler: Callable[[Any], str]) -> str:
    if isinstance(value, DataURI):
        return value
    text = handler(value)
    fault = check_input_url(text)
    if fault:
        raise PydanticCustomError("media_url", "{fault}", {"fault": fault})
    return text


class Media:
    """Marks an annotation as the URL of a file of one medium; read it back from `Annotated` metadata."""

    __slots__ = ("medium",)

    def __init__(self, medium: Medium) -> None:
        self.medium: Medium = medium

    def __repr__(self) -> str:
        return f"Media({self.medium!r})"


class MediaLimit:
    """Marks a URL with a rule for the file behind it, in the documentation's words: `MediaLimit("file_size_mb<", 30)`.

    It needs the file, so nothing is checked when a request is built.
    """

    __slots__ = ("rule", "value")

    def __init__(self, rule: str, value: float) -> None:
        self.rule = rule
        self.value = value

    def __repr__(self) -> str:
        return f"MediaLimit({self.rule!r}, {self.value!r})"


ImageUrl = Annotated[str, WrapValidator(_check), Media("image")]
"""A public https:// URL of an image; at most 50 MB recommended."""
VideoUrl = Annotated[str, WrapValidator(_check), Media("video")]
"""A public https:// URL of a video; at most 100 MB recommended."""
AudioUrl = Annotated[str, WrapValidator(_check), Media("audio")]
"""A public https:// URL of an audio file."""
FileUrl = Annotated[str, WrapValidator(_check), Media("file")]
"""A public https:// URL of a file of any kind."""

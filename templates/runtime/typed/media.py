"""URL fields of a request: checked as URLs, and known by their medium.

The API fetches inputs by itself from a public HTTPS URL, without login or cookies; so a local path, `http://` or a `data:` URI can
only fail, after the submit was paid for. They are refused here, before the call.
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

Medium = Literal["image", "video", "audio", "file"]


def url_fault(value: str) -> str | None:
    """Say why `value` is no public HTTPS URL, or return None when it is one.

    Checked are form and scheme only; nothing is fetched.
    """
    if any(c.isspace() or not c.isprintable() for c in value):
        return "a URL has no blanks or control characters"
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        return f"not a URL: {error}"
    if parts.scheme == "data":
        return "data: URIs are not accepted by every model; host the file and pass its https:// URL"
    if not parts.scheme or len(parts.scheme) == 1 or parts.scheme == "file":
        return "a local file cannot be sent; host it and pass its public https:// URL"
    if parts.scheme != "https":
        return f"the API fetches https:// URLs only, not {parts.scheme}:"
    return None if host else "the URL names no host"


def _check(value: str) -> str:
    fault = url_fault(value)
    if fault:
        raise PydanticCustomError("media_url", "{fault}", {"fault": fault})
    return value


class Media:
    """Marks an annotation as the URL of a file of one medium; read it back from `Annotated` metadata."""

    __slots__ = ("medium",)

    def __init__(self, medium: Medium) -> None:
        self.medium = medium

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


ImageUrl = Annotated[str, AfterValidator(_check), Media("image")]
"""A public https:// URL of an image; at most 50 MB recommended."""
VideoUrl = Annotated[str, AfterValidator(_check), Media("video")]
"""A public https:// URL of a video; at most 100 MB recommended."""
AudioUrl = Annotated[str, AfterValidator(_check), Media("audio")]
"""A public https:// URL of an audio file."""
FileUrl = Annotated[str, AfterValidator(_check), Media("file")]
"""A public https:// URL of a file of any kind."""

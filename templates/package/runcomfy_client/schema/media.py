"""Media inputs of a request: public https:// URLs, or local files that a client uploads first.

The API fetches inputs from public https:// URLs, without login or cookies. A path as text or an `http://` URL would fail after the
submit was paid for, so they are rejected before the call. So are `data:` URIs, which not all models accept, unless they are passed
as `DataURI`.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol, Self, SupportsIndex, TypeVar
from urllib.parse import urlsplit

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from runcomfy_client.errors import InvalidInput, Problem
from runcomfy_client.schema.local_file import LocalFile, are_paths_text, local_file_from_text

_DATA_URI: Final = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+={0,2}")

_LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})

Medium = Literal["image", "video", "audio", "file"]


def check_input_url(value: str) -> str | None:
    """Return why `value` is not a public https:// URL; None if it is one.

    Checks only syntax and scheme; makes no call. Source, as of 2026-11-22: RunComfy API documentation and the vendor's clients.
    """
    if not value.isprintable() or " " in value:  # the only space that is printable
        return "a URL must not contain spaces or control characters"
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        return f"not a URL: {error}"
    if parts.scheme == "data":
        return "not all models accept data: URIs; host the file and pass its https:// URL, or opt in with DataURI(...)"
    if _is_path(parts.scheme):
        return "a local file cannot be sent as text; pass Path(...) to a client with media=, or the file's public https:// URL"
    if parts.scheme == "http" and host in _LOOPBACK_HOSTS:
        return (
            "the API fetches only https:// URLs, and nothing from this machine; "
            "to use outputs of a simulator as inputs, run it in process, with http_client=simulator.http_client()"
        )
    if parts.scheme != "https":
        return f"the API fetches only https:// URLs, not {parts.scheme}:"
    return None if host else "the URL has no host"


class DataURI(str):
    """A file sent inside the request, as a base64 `data:` URI, for models that are known to accept one.

    Sources disagree on whether models accept one (as of 2026-11-22). A rejected submit costs nothing, but an accepted one may fail
    and be billed.

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
        """Read a file.

        Args:
            path: the path of the file.
            media_type: its media type, such as `image/png`; by default, it is guessed from the name.

        Raises:
            OSError: the file cannot be read.
            InvalidInput: the file is empty, or its media type cannot be guessed from its name.
        """
        kind = media_type or mimetypes.guess_type(Path(path).name)[0]
        if kind is None:
            raise InvalidInput(cls.__name__, (Problem("", f"the media type of {Path(path).name} is not known; pass media_type"),))
        return cls(f"data:{kind};base64,{base64.b64encode(Path(path).read_bytes()).decode()}")

    def __repr__(self) -> str:
        return f"DataURI({self[:32] + '…' if len(self) > 33 else str(self)!r}, {len(self)} characters)"

    def __reduce__(self) -> tuple[Any, ...]:
        return DataURI, (str(self),)


def _is_path(scheme: str) -> bool:
    """Return True if text with this URL scheme is a local path: no scheme, the letter of a Windows drive, or `file:`."""
    return len(scheme) <= 1 or scheme == "file"


def _check(value: Any, handler: Callable[[Any], str]) -> str | LocalFile:
    if isinstance(value, (DataURI, LocalFile)):
        return value
    if isinstance(value, PurePath):
        return LocalFile(value)
    text = handler(value)
    problem = check_input_url(text)
    if not problem:
        return text
    file = local_file_from_text(text) if _has_no_scheme(text) else None
    if file is None:
        if are_paths_text() and text.lower().startswith("file:"):
            problem = "file: URLs are not supported; use a plain path, such as photo.png"
        raise PydanticCustomError("media_url", "{problem}", {"problem": problem})
    return file


def _has_no_scheme(text: str) -> bool:
    try:
        return len(urlsplit(text).scheme) <= 1
    except ValueError:
        return False


class _MediaInput:
    """Defines how pydantic validates a media field: as the text of a URL, or as a local file."""

    __slots__ = ()

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        text = core_schema.str_schema(strict=True)
        dumped = core_schema.plain_serializer_function_ser_schema(_dump, info_arg=True)
        return core_schema.no_info_wrap_validator_function(_check, text, serialization=dumped)


def _dump(value: str | LocalFile, info: core_schema.SerializationInfo) -> str | LocalFile:
    return str(value) if info.mode == "json" else value


class Media:
    """Marks an annotation as the URL of a file of one medium, in the metadata of `Annotated`."""

    __slots__ = ("medium",)

    def __init__(self, medium: Medium) -> None:
        self.medium: Medium = medium

    def __repr__(self) -> str:
        return f"Media({self.medium!r})"


class MediaLimit:
    """Marks a URL with a limit of its file, in the words of the documentation: `MediaLimit("file_size_mb<", 30)`.

    Building a request does not check it, since that requires the file.
    """

    __slots__ = ("rule", "value")

    def __init__(self, rule: str, value: float) -> None:
        self.rule = rule
        self.value = value

    def __repr__(self) -> str:
        return f"MediaLimit({self.rule!r}, {self.value!r})"


T_co = TypeVar("T_co", covariant=True)

if TYPE_CHECKING:

    class MediaList(Protocol[T_co]):
        """A list of media inputs for type checkers: a `list[str]`, a `list[Path]` or a mixed list. At runtime it is `list`.

        A `list[str | Path | LocalFile]` would not accept a variable of type `list[str]`, since lists are invariant.
        """

        def __getitem__(self, index: SupportsIndex, /) -> T_co: ...
        def __len__(self) -> int: ...
        def __iter__(self) -> Iterator[T_co]: ...
        def __contains__(self, item: object, /) -> bool: ...
        def copy(self) -> MediaList[T_co]: ...  # excludes str and tuple, which do not have it

else:
    MediaList = list

ImageUrl = Annotated[str | Path | LocalFile, _MediaInput(), Media("image")]
"""A public https:// URL of an image, or a local file; at most 50 MB recommended."""
VideoUrl = Annotated[str | Path | LocalFile, _MediaInput(), Media("video")]
"""A public https:// URL of a video, or a local file; at most 100 MB recommended."""
AudioUrl = Annotated[str | Path | LocalFile, _MediaInput(), Media("audio")]
"""A public https:// URL of an audio file, or a local file."""
FileUrl = Annotated[str | Path | LocalFile, _MediaInput(), Media("file")]
"""A public https:// URL of a file of any type, or a local file."""

"""Names for the saved files of results. Names from the server are never used; only the extension is taken from the URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from mimetypes import MimeTypes
from typing import Final
from urllib.parse import unquote, urlsplit

_ALIASES: Final[Mapping[str, str]] = {
    "image/jpg": "jpg",
    "image/pjpeg": "jpg",
    "image/jfif": "jpg",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heif": "heif",
    "image/x-png": "png",
    "image/x-ms-bmp": "bmp",
    "video/webm": "webm",
    "video/x-m4v": "m4v",
    "video/x-msvideo": "avi",
    "video/avi": "avi",
    "video/x-matroska": "mkv",
    "audio/mp3": "mp3",
    "audio/x-mp3": "mp3",
    "audio/mpeg3": "mp3",
    "audio/wav": "wav",
    "audio/wave": "wav",
    "audio/vnd.wave": "wav",
    "audio/x-wav": "wav",
    "audio/mp4": "m4a",
    "audio/m4a": "m4a",
    "audio/x-m4a": "m4a",
    "audio/aac": "aac",
    "audio/x-aac": "aac",
    "audio/flac": "flac",
    "audio/x-flac": "flac",
    "audio/aiff": "aiff",
    "audio/x-aiff": "aiff",
    "audio/ogg": "ogg",
    "audio/opus": "opus",
    "application/ogg": "ogg",
    "application/mp4": "mp4",
    "application/x-zip-compressed": "zip",
    "application/x-subrip": "srt",
    "model/gltf-binary": "glb",
    "model/gltf+json": "gltf",
    "model/obj": "obj",
    "model/stl": "stl",
    "model/vnd.usdz+zip": "usdz",
    "text/json": "json",
    "text/srt": "srt",
}
"""Content types that servers use and that the standard library does not know, or maps to an unusual extension."""
_MEDIA: Final = ("image/", "video/", "audio/", "model/")
_OTHERS: Final = frozenset("zip json txt srt vtt csv pdf fbx ply jfif".split()) | frozenset(_ALIASES.values())


@lru_cache(maxsize=1)
def _mime_types() -> MimeTypes:
    """Return the table of the standard library without the files of the system, which differ between machines."""
    return MimeTypes(filenames=())


def extension_of(url: str, content_type: str) -> str:
    """Return the extension for a file: that of the URL's path if it is known, else that of the content type, else `bin`."""
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    extension = name.rpartition(".")[2].lower()
    if extension in _OTHERS or (_mime_types().guess_type(f"a.{extension}")[0] or "").startswith(_MEDIA):
        return extension
    kind = content_type.partition(";")[0].strip().lower()
    found = _ALIASES.get(kind) or (_mime_types().guess_extension(kind) or "").removeprefix(".")
    return found if found and (kind.startswith(_MEDIA) or found in _OTHERS) else "bin"


def file_name(request_id: str, number: int, extension: str) -> str:
    """Return the name of the `number`-th file of a job: ASCII letters, digits, `_` and `-`, and the extension after a dot."""
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', request_id)[:100]}-{number}.{extension}"

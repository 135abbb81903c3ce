"""Names of the files that results are saved under: ours, never the server's. Only the kind of the file is taken from its URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

_TYPES: Final[Mapping[str, str]] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/tiff": "tiff",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "model/gltf-binary": "glb",
    "application/zip": "zip",
    "application/json": "json",
    "text/plain": "txt",
}
_EXTENSIONS: Final = frozenset({*_TYPES.values(), "jpeg", "tif", "m4v", "opus", "gltf", "obj", "fbx", "ply", "usdz", "stl", "srt"})


def extension_of(url: str, content_type: str) -> str:
    """Return the extension for a file: that of its URL's path when it is a known one, else by content type, else `bin`."""
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    extension = name.rpartition(".")[2].lower()
    if extension in _EXTENSIONS:
        return extension
    return _TYPES.get(content_type.partition(";")[0].strip().lower(), "bin")


def file_name(request_id: str, number: int, extension: str) -> str:
    """Return the name of the `number`-th file of a job: nothing in it but ASCII letters, digits, `_`, `-` and the extension's dot."""
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', request_id)[:100]}-{number}.{extension}"

"""Serves the sample files: short, real media that any player opens, with ranges and strong validators."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from runcomfy_client.simulator.responses import SimulatedResponse, bytes_response, error_response
from runcomfy_client.simulator.routes import IncomingRequest

MEDIA_TYPES: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
}
"""Media types of the sample files, by extension."""

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample file."""

    data: bytes
    media_type: str
    etag: str
    """A strong validator, with its quotes."""


@cache
def read_sample(extension: str) -> Sample:
    """Return the sample file of an extension in `MEDIA_TYPES`."""
    data = files("runcomfy_client.simulator").joinpath("media", f"sample.{extension}").read_bytes()
    return Sample(data, MEDIA_TYPES[extension], f'"{hashlib.sha256(data).hexdigest()[:32]}"')


def serve_file(call: IncomingRequest, name: str) -> SimulatedResponse:
    """Answer a GET or HEAD of a file called `name`; its extension decides what is in it."""
    extension = name.rpartition(".")[2].casefold()
    if extension not in MEDIA_TYPES:
        return error_response(404000, f"there is no file {name}", status=404)
    sample = read_sample(extension)
    return _serve(sample, _asked_range(call, sample))


def _serve(sample: Sample, part: slice | None) -> SimulatedResponse:
    size = len(sample.data)
    headers = {"ETag": sample.etag, "Accept-Ranges": "bytes"}
    if part is None:
        return bytes_response(sample.data, media_type=sample.media_type, headers=headers)
    if part.start >= part.stop:
        return bytes_response(
            b"", media_type=sample.media_type, status=416, headers={**headers, "Content-Range": f"bytes */{size}"}
        )
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return bytes_response(sample.data[part], media_type=sample.media_type, status=206, headers=headers)


def _asked_range(call: IncomingRequest, sample: Sample) -> slice | None:
    """The one range that is asked for; None for the whole, also where a condition fails or the header cannot be read."""
    found = _RANGE.fullmatch(call.headers.get("range", "").strip())
    if not found or call.method != "GET" or call.headers.get("if-range", sample.etag) != sample.etag:
        return None
    first, last = found.groups()
    size = len(sample.data)
    if first:
        return slice(int(first), min(int(last) + 1, size) if last else size) if not last or int(first) <= int(last) else None
    return slice(max(0, size - int(last)), size) if last else None

"""Serves the sample files: short, valid media files, with range requests and strong validators."""

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
"""The media types of the sample files, by extension."""

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample file."""

    data: bytes
    media_type: str
    etag: str
    """The ETag: a strong validator, with its quotes."""


@cache
def read_sample(extension: str) -> Sample:
    """Return the sample file with an extension in `MEDIA_TYPES`."""
    data = files("runcomfy_client.simulator").joinpath("media", f"sample.{extension}").read_bytes()
    return Sample(data, MEDIA_TYPES[extension], f'"{hashlib.sha256(data).hexdigest()[:32]}"')


def serve_file(call: IncomingRequest, name: str) -> SimulatedResponse:
    """Return the response to GET or HEAD of a file with this name; its extension selects the sample."""
    extension = name.rpartition(".")[2].casefold()
    if extension not in MEDIA_TYPES:
        return error_response(404000, f"file not found: {name}", status=404)
    sample = read_sample(extension)
    return _serve(sample, _requested_range(call, sample))


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


def _requested_range(call: IncomingRequest, sample: Sample) -> slice | None:
    """Return the requested range; None for the whole file, also if a condition fails or the header is not valid."""
    match = _RANGE.fullmatch(call.headers.get("range", "").strip())
    if not match or call.method != "GET" or call.headers.get("if-range", sample.etag) != sample.etag:
        return None
    first, last = match.groups()
    size = len(sample.data)
    if first:
        return slice(int(first), min(int(last) + 1, size) if last else size) if not last or int(first) <= int(last) else None
    return slice(max(0, size - int(last)), size) if last else None

"""The grammar of model ids, and the endpoint that follows from an id."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from codegen.values.diagnostics import Place, Report, quoted

ORIGIN: Final = "https://model-api.runcomfy.net"
"""The origin that every model's endpoint belongs to."""
ENDPOINTS: Final = "/v1/models/"
"""The path of every endpoint, up to the model id."""

LIMIT_ID: Final = 256
"""The longest model id, in characters."""
LIMIT_SEGMENTS: Final = 8
"""The most segments of a model id."""
LIMIT_SEGMENT: Final = 100
"""The longest segment of a model id, in characters."""

_SEGMENT: Final = re.compile(r"[A-Za-z0-9._-]+(?: [A-Za-z0-9._-]+)*")
_STRAY: Final = re.compile(r"[^A-Za-z0-9._ -]")
_HELP: Final = (
    f'copy the id from the endpoint: 1 to {LIMIT_SEGMENTS} segments joined by "/", '
    'each of ASCII letters, digits, ".", "_", "-" and single blanks inside'
)


def check_id(model_id: str, place: Place, report: Report) -> bool:
    """Say whether a text is a model id, and report at `place` what keeps it from being one."""
    fault = _id_fault(model_id)
    if fault:
        report.error("RC303", place, f"{quoted(model_id, plain=True)} is not a model id: {fault}", help=_HELP)
    return fault is None


def is_endpoint(text: str, model_id: str) -> bool:
    """Whether a text is the model's own endpoint: its path, or that below the one origin; blanks may be percent-encoded."""
    path = ENDPOINTS + model_id
    return text in (path, quote(path), ORIGIN + path, ORIGIN + quote(path))


def _id_fault(model_id: str) -> str | None:
    """Say what keeps a text from being a model id, or return None."""
    segments = model_id.split("/")
    if len(model_id) > LIMIT_ID:
        return f"it has {len(model_id):,} characters, more than {LIMIT_ID}"
    if len(segments) > LIMIT_SEGMENTS:
        return f"it has {len(segments)} segments, more than {LIMIT_SEGMENTS}"
    return next(filter(None, map(_segment_fault, segments)), None)


def _segment_fault(segment: str) -> str | None:
    if not segment:
        return "a segment is empty"
    if len(segment) > LIMIT_SEGMENT:
        return f"a segment has {len(segment)} characters, more than {LIMIT_SEGMENT}"
    if stray := _STRAY.search(segment):
        return f"the segment {quoted(segment, plain=True)} has the character {quoted(stray[0], plain=True)}"
    if segment in (".", ".."):
        return f"the segment {quoted(segment, plain=True)} would lead elsewhere"
    if segment.endswith("."):
        return f"the segment {quoted(segment, plain=True)} ends in a dot"
    if not _SEGMENT.fullmatch(segment):
        return f"the segment {quoted(segment, plain=True)} begins or ends with a blank, or has two in a row"
    return None

"""The format of model ids, and the endpoint of a model."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from codegen.values.diagnostics import Place, Report, quoted

ORIGIN: Final = "https://model-api.runcomfy.net"
"""The origin of the endpoints of all models."""
ENDPOINTS: Final = "/v1/models/"
"""The path of the endpoints, without the model id."""

LIMIT_ID: Final = 256
"""The maximum length of a model id, in characters."""
LIMIT_SEGMENTS: Final = 8
"""The maximum number of segments of a model id."""
LIMIT_SEGMENT: Final = 100
"""The maximum length of a segment of a model id, in characters."""

_SEGMENT: Final = re.compile(r"[A-Za-z0-9._-]+(?: [A-Za-z0-9._-]+)*")
_STRAY: Final = re.compile(r"[^A-Za-z0-9._ -]")
_HELP: Final = (
    f'copy the id from the endpoint: 1 to {LIMIT_SEGMENTS} segments joined by "/", '
    'each of ASCII letters, digits, ".", "_", "-" and single spaces within'
)


def check_id(model_id: str, place: Place, report: Report) -> bool:
    """Return True if a string is a model id; report the problem at `place` if it is not."""
    problem = _id_problem(model_id)
    if problem:
        report.error("RC303", place, f"{quoted(model_id, plain=True)} is not a model id: {problem}", help=_HELP)
    return problem is None


def is_endpoint(text: str, model_id: str) -> bool:
    """Return True if a string is the endpoint of a model, as a path or as a URL. Spaces may be percent-encoded."""
    path = ENDPOINTS + model_id
    return text in (path, quote(path), ORIGIN + path, ORIGIN + quote(path))


def _id_problem(model_id: str) -> str | None:
    """Return why a string is not a model id; None if it is one."""
    segments = model_id.split("/")
    if len(model_id) > LIMIT_ID:
        return f"it has {len(model_id):,} characters, more than {LIMIT_ID}"
    if len(segments) > LIMIT_SEGMENTS:
        return f"it has {len(segments)} segments, more than {LIMIT_SEGMENTS}"
    return next(filter(None, map(_segment_problem, segments)), None)


def _segment_problem(segment: str) -> str | None:
    if not segment:
        return "a segment is empty"
    if len(segment) > LIMIT_SEGMENT:
        return f"a segment has {len(segment)} characters, more than {LIMIT_SEGMENT}"
    if stray := _STRAY.search(segment):
        return f"the segment {quoted(segment, plain=True)} contains the character {quoted(stray[0], plain=True)}"
    if segment in (".", ".."):
        return f"the segment {quoted(segment, plain=True)} would lead to another path"
    if segment.endswith("."):
        return f"the segment {quoted(segment, plain=True)} ends with a dot"
    if not _SEGMENT.fullmatch(segment):
        return f"the segment {quoted(segment, plain=True)} begins or ends with a space, or has two consecutive spaces"
    return None

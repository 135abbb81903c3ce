"""Replaces artefacts of copying and saving by spaces, so that the offsets of all characters stay the same."""

from __future__ import annotations

import re
from typing import Final

_UNUSUAL_SPACES: Final = "\u00a0\u1680\u180e\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
_STRING_OR_BLANK: Final = re.compile(rf'"(?:[^"\\\r\n]++|\\.)*+(?:"|\\?$)|[{_UNUSUAL_SPACES}]', re.MULTILINE)
_HTTP_HEAD: Final = re.compile(r"(?:HTTP/[0-9.]+ [0-9]{3}[^\n]*\n(?:[^\n]*[^\s][^\n]*\n)*[ \t\r]*\n)+")
_QUOTE_MARKS: Final = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_UNQUOTED_LINE: Final = re.compile(r"^[ \t]*[^\s>]", re.MULTILINE)
_NOT_LINE_END: Final = re.compile(r"[^\r\n]")


def without_http_head(text: str) -> str:
    """Replace the head of an HTTP response, as `curl -i` prints it, by spaces."""
    head = _HTTP_HEAD.match(text)
    return _blanked(head[0]) + text[head.end() :] if head else text


def clean(text: str) -> str:
    """Replace unusual spaces, and the marks of a quotation in Markdown or mail, by plain spaces.

    Unusual spaces, such as no-break and zero-width spaces, are kept in JSON strings.
    """
    text = _STRING_OR_BLANK.sub(lambda match: match[0] if match[0].startswith('"') else " ", text)
    if text.lstrip().startswith(">") and not _UNQUOTED_LINE.search(text):
        text = _QUOTE_MARKS.sub(lambda marks: _blanked(marks[0]), text)
    return text


def _blanked(text: str) -> str:
    return _NOT_LINE_END.sub(" ", text)

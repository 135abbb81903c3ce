"""Constants and docstrings as Python source, the same on every Python, and with no character that a reader would not see."""

from __future__ import annotations

import math
import re
import textwrap
from typing import Any, Final

WIDTH: Final = 120
"""Longest line of generated code, in characters."""

# Letters and signs that are shown as they are. The ranges are fixed here, for what Python itself calls printable grows with its
# Unicode tables. Everything else is escaped: control and bidi characters, surrogates, private use, emoji.
_SHOWN: Final = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u02af\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u052f"
    "\u2010-\u2027\u2030-\u205e\u20a0-\u20bd\u2100-\u218b\u2190-\u23fa\u2500-\u27bf\u3001-\u3029\u3030-\u303f\u3041-\u3096"
    "\u309b-\u30ff\u4e00-\u9fa5\uac00-\ud7a3\uff01-\uffbe]"
)
_QUOTES: Final = '"' * 3
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}


def literal(value: Any) -> str:
    """Return the Python source of a JSON value; reading it back gives an equal value of the same types."""
    match value:
        case None | bool() | int():
            return repr(value)
        case float():
            if not math.isfinite(value):
                raise AssertionError("JSON has no infinite numbers")
            return repr(value).replace("e+", "e")
        case str():
            return f'"{"".join(map(_character, value))}"'
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case tuple():
            return f"({''.join(f'{literal(item)}, ' for item in value)})"
        case dict():
            return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
        case _:
            raise AssertionError(f"not a JSON value: {value!r}")


def _character(c: str) -> str:
    if c in _SHORT:
        return _SHORT[c]
    if _SHOWN.match(c):
        return c
    code = ord(c)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def docstring(*paragraphs: str, indent: int) -> str:
    """Return a docstring of paragraphs, wrapped; runs of white space become one blank. A paragraph's own line starts are kept.

    Only what a plain text needs is escaped, so that it reads as text.
    """
    width = WIDTH - indent
    blocks: list[str] = []
    for paragraph in paragraphs:
        lines = [" ".join(line.split()) for line in paragraph.split("\n")]
        if lines := list(filter(None, lines)):
            # the opening quotes stand before the first line of all
            first = textwrap.TextWrapper(
                width, initial_indent="" if blocks else _QUOTES, break_long_words=False, break_on_hyphens=False
            )
            others = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
            wrapped = [first.wrap(lines[0]), *map(others.wrap, lines[1:])]
            blocks.append("\n".join("\n".join(part) for part in wrapped))
    text = "\n\n".join(blocks).removeprefix(_QUOTES)
    if "\n" not in text and len(text) + 2 * len(_QUOTES) > width:
        text = "\n".join(textwrap.wrap(text, width - 2 * len(_QUOTES), break_long_words=False, break_on_hyphens=False))
    if not text:
        return _QUOTES * 2
    shown = "".join(c if c in '\n"' else _character(c) for c in text)
    shown = re.sub(r'"(?="|\Z)', r"\"", shown)  # never three in a row, never one before the closing quotes
    if shown[0] == '"':
        shown = f" {shown}"  # apart from the opening quotes, as black sets it
    if "\n" in shown:
        shown = textwrap.indent(shown, " " * indent).strip() + "\n" + " " * indent
    return f"{_QUOTES}{shown}{_QUOTES}"

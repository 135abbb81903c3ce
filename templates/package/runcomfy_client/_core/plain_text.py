"""Text for people: text from servers, schemas and files without control characters and of bounded length; numbers with nouns."""

from __future__ import annotations

import unicodedata
from typing import Final

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_ALLOWED: Final = frozenset("\u200d\n")  # the first joins emoji


def escape_control_chars(text: object, *, keep_newlines: bool = False, max_length: int = 20_000) -> str:
    """Return `text` with each control or invisible character replaced by an escape such as `\\x1b`.

    Line breaks are kept if `keep_newlines` is True. A text of more than `max_length` characters is truncated, and ends in "…".
    """
    result = str(text)
    result = result if len(result) <= max_length else result[: max_length - 1] + "…"
    if result.isascii() and result.isprintable():
        return result
    return "".join(_escape(character, keep_newlines) for character in result)


def _escape(character: str, keep_newlines: bool) -> str:
    if unicodedata.category(character) not in _INVISIBLE or (character in _ALLOWED and (keep_newlines or character != "\n")):
        return character
    if character in "\n\t\r":
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def count_of(number: int, noun: str) -> str:
    """Return a number with a noun in the singular or the plural."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"

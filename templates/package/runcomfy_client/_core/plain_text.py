"""Text from outside (servers, schemas, files) as text that nothing obeys: no control characters, and a bounded length."""

from __future__ import annotations

import unicodedata
from typing import Final

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_ALLOWED: Final = frozenset("\u200d\n")  # joins emoji; breaks lines


def escape_control_chars(text: object, *, keep_newlines: bool = False, max_length: int = 20_000) -> str:
    """Return a text with every control and invisible character written out, such as `\\x1b`. Line breaks stay with `keep_newlines`.

    A text of more than `max_length` characters is cut there, and ends in "…".
    """
    result = str(text)
    result = result if len(result) <= max_length else result[: max_length - 1] + "…"
    if result.isascii() and result.isprintable():
        return result
    return "".join(_visible(character, keep_newlines) for character in result)


def _visible(character: str, keep_newlines: bool) -> str:
    if unicodedata.category(character) not in _INVISIBLE or (character in _ALLOWED and (keep_newlines or character != "\n")):
        return character
    if character in "\n\t\r":
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

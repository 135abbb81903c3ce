"""Text from outside (servers, schemas, files) as text that nothing obeys: no control characters, and a bounded length."""

from __future__ import annotations

import unicodedata
from typing import Final

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_HARMLESS: Final = frozenset("\u200d\n")  # joins emoji; breaks lines


def clean(text: object, *, lines: bool = False, longest: int = 20_000) -> str:
    """Return a text with every control and invisible character written out, such as `\\x1b`. Line breaks stay where `lines`.

    A text of more than `longest` characters is cut there, and ends in "…".
    """
    words = str(text)
    words = words if len(words) <= longest else words[: longest - 1] + "…"
    if words.isascii() and words.isprintable():
        return words
    return "".join(_visible(character, lines) for character in words)


def _visible(character: str, lines: bool) -> str:
    if unicodedata.category(character) not in _UNSEEN or (character in _HARMLESS and (lines or character != "\n")):
        return character
    if character in "\n\t\r":
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

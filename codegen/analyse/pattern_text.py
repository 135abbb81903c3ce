"""Create a short string that matches a portable pattern, for samples."""

from __future__ import annotations

import itertools
import re
from typing import Final

_PLAIN: Final = "a0A b1B.-_:/#"
"""Characters to try for a set, in this order, before all other printable ASCII characters."""
_TYPED: Final = "".join(map(chr, range(32, 127)))
_QUANTIFIER: Final = re.compile(r"[*+?]|\{(\d+)(?:,\d*)?\}")
_ESCAPED: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}


def matching_text(pattern: str, *, at_least: int = 0) -> str | None:
    """Return a string of at least `at_least` characters that matches a pattern, or None if two simple attempts fail.

    `pattern` must be portable: see `codegen.analyse.dialect.patterns`.
    """
    for repeats in (0, at_least):
        text = _Writer(pattern, repeats).alternatives()
        padded = (text, text.ljust(at_least, "a"))
        found = next((one for one in padded if len(one) >= at_least and re.search(pattern, one)), None)
        if found is not None:
            return found
    return None


class _Writer:
    """Write the first alternative of each group, and each part as few times as possible, or `repeats` times if unbounded."""

    def __init__(self, pattern: str, repeats: int) -> None:
        self.pattern = pattern
        self.repeats = repeats
        self.at = 0

    def alternatives(self) -> str:
        """Write up to a closing parenthesis or the end."""
        first = self.sequence()
        while self.pattern.startswith("|", self.at):
            self.at += 1
            self.sequence()
        return first

    def sequence(self) -> str:
        text = ""
        while self.pattern[self.at : self.at + 1] not in ("", "|", ")"):
            text += self.atom() * self.times()
        return text

    def atom(self) -> str:
        start = self.at
        character = self.pattern[start]
        self.at += 1
        match character:
            case "(":
                self.at += len("?:")
                text = self.alternatives()
                self.at += 1
                return text
            case "[":
                while self.pattern[self.at] != "]":
                    self.at += 2 if self.pattern[self.at] == "\\" else 1
                self.at += 1
                one = re.compile(self.pattern[start : self.at])
                return next((char for char in itertools.chain(_PLAIN, _TYPED) if one.fullmatch(char)), "")
            case "\\":
                self.at += 1
                escaped = self.pattern[self.at - 1]
                return _ESCAPED.get(escaped, escaped)
            case "^" | "$":
                return ""
            case ".":
                return "a"
            case _:
                return character

    def times(self) -> int:
        """Return the number of repetitions of the previous part."""
        found = _QUANTIFIER.match(self.pattern, self.at)
        if found is None:
            return 1
        self.at = found.end()
        least = {"*": 0, "+": 1, "?": 0}.get(found[0][0], int(found[1] or 0))
        return max(least, self.repeats) if found[0][0] in "*+" or found[0].endswith(",}") else least

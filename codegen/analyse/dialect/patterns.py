"""Regular expressions that have the same meaning in all engines and never take long to match.

The client and the simulator match the patterns of a schema with different engines, and against untrusted text. So the client checks
only patterns of a small portable subset, rewritten so that they mean the same in all engines (`\\d` is `[0-9]`, as in JSON Schema).
A pattern that could cause catastrophic backtracking is valid, but is not checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_PATTERN: Final = 1000
"""Maximum length of a pattern that is checked, in characters."""
MAX_REPEAT: Final = 1000
"""Maximum number in `{n,m}` in a pattern that is checked."""
MAX_UNBOUNDED: Final = 2
"""Maximum number of `*`, `+` and `{n,}` in a pattern that is checked; each multiplies the time by the length of the text."""
MAX_SIZE: Final = 10_000
"""Maximum length of a pattern that is checked with its repetitions expanded, in characters. Engines without backtracking build a
table of this size, and reject a pattern if the table is too large; a set with non-ASCII characters counts as several characters."""

_SETS: Final = {"d": "0-9", "w": "A-Za-z0-9_", "s": " \\t\\n\\r\\f\\v"}
_CONTROLS: Final = frozenset("tnrfv")
_QUANTIFIER: Final = re.compile(r"(?:[*+?]|\{(\d+)(,(\d*))?\})")
_SPECIAL: Final = frozenset("\\.^$|?*+()[]{}")


@dataclass(frozen=True, slots=True)
class PortablePattern:
    """A pattern that is checked, in the portable subset."""

    text: str


@dataclass(frozen=True, slots=True)
class UnsupportedPattern:
    """A pattern that is not checked, with the reason. `broken` is true if it is not a regular expression."""

    reason: str
    broken: bool = False


class _Unsupported(Exception):
    """The pattern contains something that is not in the portable subset."""


def to_portable(pattern: str) -> PortablePattern | UnsupportedPattern:
    """Return the pattern in the portable subset, or the reason why it cannot be checked."""
    if len(pattern) > MAX_PATTERN:
        return UnsupportedPattern(f"it is longer than {MAX_PATTERN} characters")
    try:
        reader = _Reader(pattern)
        text = reader.alternatives()
        if reader.at < len(pattern):
            return UnsupportedPattern('unmatched ")"', broken=True)
        if reader.unbounded > MAX_UNBOUNDED or reader.size > MAX_SIZE:
            return UnsupportedPattern("it has too many repetitions")
        re.compile(text)
        return PortablePattern(text)
    except re.error as error:
        return UnsupportedPattern(str(error), broken=True)
    except _Unsupported as error:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as broken:
            return UnsupportedPattern(str(broken), broken=True)
        return UnsupportedPattern(str(error))


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.unbounded = 0
        self.size = 0
        """The number of characters so far, with repetitions expanded."""
        self.branching = 0
        """The number of repetitions and alternatives so far."""

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        character = self.peek()
        self.at += 1
        return character

    def alternatives(self) -> str:
        """Read up to a closing parenthesis or the end."""
        branches = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            self.branching += 1
            branches.append(self.sequence())
        return "|".join(branches)

    def sequence(self) -> str:
        text = ""
        while self.peek() not in ("", "|", ")"):
            branching, size = self.branching, self.size
            atom = self.atom()
            self.size += _size(atom)
            text += atom + self.quantifier(atom, size=self.size - size, nested=self.branching > branching)
        return text

    def atom(self) -> str:
        character = self.take()
        match character:
            case "(":
                return self.group()
            case "[":
                return self.set()
            case "\\":
                return self.escape()
            case "*" | "+" | "?":
                raise _Unsupported("it has a quantifier without a character")
            case "{" | "}" | "]":
                return f"\\{character}"
            case _:
                return character

    def group(self) -> str:
        if self.pattern.startswith("?:", self.at):
            self.at += 2
        elif self.peek() == "?":
            raise _Unsupported("it has a lookaround or another extension, which needs a backtracking engine")
        inside = self.alternatives()
        if self.take() != ")":
            raise _Unsupported("a group is not closed")
        return f"(?:{inside})"

    def quantifier(self, atom: str, *, size: int, nested: bool) -> str:
        found = _QUANTIFIER.match(self.pattern, self.at)
        if found is None:
            return ""
        if atom in ("^", "$"):
            raise _Unsupported("it repeats an anchor")
        self.at = found.end()
        if self.peek() in ("?", "+"):
            raise _Unsupported("it has a lazy or possessive quantifier")
        low, high = _range(found)
        if high is not None and low > high:
            raise _Unsupported("the bounds of a quantifier are in the wrong order")
        if high is None or high > 1:
            if nested:
                raise _Unsupported("it has nested repetitions")
            self.unbounded += high is None
        self.branching += 1
        if max(low, high or 0) > MAX_REPEAT:
            raise _Unsupported(f"it has a repetition of more than {MAX_REPEAT} times")
        self.size += size * max(low, high or 0)
        return found[0]

    def escape(self) -> str:
        character = self.take()
        if character in _SETS:
            return f"[{_SETS[character]}]"
        if character.lower() in _SETS:
            return f"[^{_SETS[character.lower()]}]"
        return self.character(character)

    def character(self, character: str) -> str:
        """Return one escaped character."""
        if character in _CONTROLS:
            return f"\\{character}"
        if character and character.isascii() and not character.isalnum() and character.isprintable():
            return f"\\{character}" if character in _SPECIAL or character in "-&~#" else character
        if character == "/":
            return "/"
        raise _Unsupported(f"it has the escape \\{character}")

    def set(self) -> str:
        """Read a set of characters, after its opening bracket."""
        text = "["
        if self.peek() == "^":
            text += self.take()
        if self.peek() == "]":
            raise _Unsupported("it has an empty set")
        while (character := self.take()) != "]":
            if not character:
                raise _Unsupported("a set is not closed")
            text += self.member(character)
        return text + "]"

    def member(self, character: str) -> str:
        if character == "\\":
            escaped = self.take()
            return _SETS[escaped] if escaped in _SETS else self.character(escaped)
        if character == "-":
            return "-" if self.peek() not in ("]", "") and self.pattern[self.at - 2] != "[" else "\\-"
        return f"\\{character}" if character in "[^&~\\" else character


def _size(atom: str) -> int:
    """Return the size of a single character or set, in characters."""
    if atom.startswith("["):
        return len(atom) if atom[1] == "^" or not atom.isascii() else 1 + len(atom) // 10
    return 3 if atom == "." else 1


def _range(found: re.Match[str]) -> tuple[int, int | None]:
    match found[0]:
        case "*":
            return 0, None
        case "+":
            return 1, None
        case "?":
            return 0, 1
    low = int(found[1][:6])
    if found[2] is None:
        return low, low
    return low, int(found[3][:6]) if found[3] else None

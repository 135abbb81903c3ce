"""Regular expressions that can be checked anywhere: the same in every engine, and never slow.

A pattern of a schema is matched by one engine in the client and by another in the simulator, on text that anyone may have written.
So a small common language is let through, rewritten so that all engines read it alike (`\\d` is `[0-9]`, as in JSON Schema). A
pattern that could make a backtracking engine work for ever is valid, but left unchecked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_PATTERN: Final = 1000
"""Longest pattern that is checked, in characters."""
MAX_REPEAT: Final = 1000
"""Highest number in `{n,m}` that is checked."""
MAX_UNBOUNDED: Final = 2
"""Most `*`, `+` and `{n,}` of one pattern: each one more multiplies the work by the length of the text."""
MAX_SIZE: Final = 10_000
"""Most characters that a pattern may amount to with its repeats written out. Engines that never step back make a table of them, and
refuse one that is too large; in it, a set that goes error ASCII takes the place of several characters."""

_SETS: Final = {"d": "0-9", "w": "A-Za-z0-9_", "s": " \\t\\n\\r\\f\\v"}
_CONTROLS: Final = frozenset("tnrfv")
_QUANTIFIER: Final = re.compile(r"(?:[*+?]|\{(\d+)(,(\d*))?\})")
_SPECIAL: Final = frozenset("\\.^$|?*+()[]{}")


@dataclass(frozen=True, slots=True)
class PortablePattern:
    """A pattern that is checked, in the common language."""

    text: str


@dataclass(frozen=True, slots=True)
class UnsupportedPattern:
    """A pattern that is not checked, and why; `broken` when it is no regular expression at all."""

    why: str
    broken: bool = False


class _Unsupported(Exception):
    """Something that the common language does not have."""


def to_portable(pattern: str) -> PortablePattern | UnsupportedPattern:
    """Rewrite a pattern in the common language, or say why it cannot be checked."""
    if len(pattern) > MAX_PATTERN:
        return UnsupportedPattern(f"it is longer than {MAX_PATTERN} characters")
    try:
        reader = _Reader(pattern)
        text = reader.alternatives()
        if reader.at < len(pattern):
            return UnsupportedPattern('")" closes nothing', broken=True)
        if reader.unbounded > MAX_UNBOUNDED or reader.size > MAX_SIZE:
            return UnsupportedPattern("it repeats too much")
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
        """How many characters were read so far, repeats written out."""
        self.branching = 0
        """How many repeats and alternatives were read so far."""

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
                raise _Unsupported("it repeats nothing")
            case "{" | "}" | "]":
                return f"\\{character}"
            case _:
                return character

    def group(self) -> str:
        if self.pattern.startswith("?:", self.at):
            self.at += 2
        elif self.peek() == "?":
            raise _Unsupported("it looks around, which needs an engine that may never end")
        inside = self.alternatives()
        if self.take() != ")":
            raise _Unsupported("a group is never closed")
        return f"(?:{inside})"

    def quantifier(self, atom: str, *, size: int, nested: bool) -> str:
        found = _QUANTIFIER.match(self.pattern, self.at)
        if found is None:
            return ""
        if atom in ("^", "$"):
            raise _Unsupported("it repeats an anchor")
        self.at = found.end()
        if self.peek() in ("?", "+"):
            raise _Unsupported("it has a lazy or possessive repeat")
        low, high = _range(found)
        if high is not None and low > high:
            raise _Unsupported("the repeat counts backwards")
        if high is None or high > 1:
            if nested:
                raise _Unsupported("it repeats what repeats already")
            self.unbounded += high is None
        self.branching += 1
        if max(low, high or 0) > MAX_REPEAT:
            raise _Unsupported(f"it repeats something more than {MAX_REPEAT} times")
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
        """One escaped character."""
        if character in _CONTROLS:
            return f"\\{character}"
        if character and character.isascii() and not character.isalnum() and character.isprintable():
            return f"\\{character}" if character in _SPECIAL or character in "-&~#" else character
        if character == "/":
            return "/"
        raise _Unsupported(f"it has the escape \\{character}")

    def set(self) -> str:
        """A set of characters, after its opening bracket."""
        text = "["
        if self.peek() == "^":
            text += self.take()
        if self.peek() == "]":
            raise _Unsupported("it has an empty set")
        while (character := self.take()) != "]":
            if not character:
                raise _Unsupported("a set is never closed")
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
    """How many characters a single character or set counts for."""
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

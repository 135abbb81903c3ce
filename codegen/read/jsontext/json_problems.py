"""Everything that keeps a text from being strict JSON: each problem with its offset, its JSON pointer and the next step.

This reading is exact but slow and builds no values; it is turned to when the fast decoder balks. Faults of meaning
(a repeated key, NaN) are collected; a problem of syntax ends the reading.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from codegen.values.diagnostics import quoted
from codegen.values.pointer import escape

LIMIT_DEPTH: Final = 128
"""How many objects and lists may stand inside each other."""
LIMIT_PROBLEMS: Final = 20
"""How many problems of one text are told before the reading ends."""

STRING_BODY: Final = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+'
"""A string without its closing quoted, as a regular expression that never steps back."""
BLANK: Final = r"[ \t\r\n]"
"""What JSON, and nothing else, takes for a blank."""

_STRING_BODY: Final = re.compile(STRING_BODY)
_BLANKS: Final = re.compile(rf"{BLANK}*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.+-])")
_WORD: Final = re.compile(r"-?\w+|.", re.DOTALL)
_LONE_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")

_HELP: Final = (
    ("//", "JSON has no comments; remove it"),
    ("/*", "JSON has no comments; remove it"),
    ("#", "JSON has no comments; remove it"),
    ("!", "only JSON is read, not YAML; write the value as JSON"),
    ("'", "put keys and strings between double quotes"),
    ("\u201c", 'replace typographic quotes by plain ones (")'),
    ("\u201d", 'replace typographic quotes by plain ones (")'),
    ("\u00a0", "replace the no-break space by a plain blank"),
    ("\ufeff", "remove the byte order mark"),
    ("True", "write true in small letters"),
    ("False", "write false in small letters"),
    ("None", "write null"),
)


@dataclass(frozen=True, slots=True)
class JsonProblem:
    """One problem: a diagnostic code, the offset in the text, the pointer of the value, what is wrong and what to do."""

    code: str
    offset: int
    pointer: str
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one value's reading found: where it ends (or broke off), its problems, and the keys of the outermost object."""

    end: int
    problems: tuple[JsonProblem, ...]
    keys: tuple[str, ...]


def problems_in(text: str) -> tuple[JsonProblem, ...]:
    """Return the problems of a text that is to be one JSON document; none means that it is one."""
    return _read(text, 0, _Reader.document).problems


def read_value(text: str, start: int) -> Reading:
    """Read the one value that starts at offset `start`, whatever follows it."""
    return _read(text, start, _Reader.value)


class _Stop(Exception):
    """Ends a reading that cannot go on; never leaves this module."""


def _read(text: str, start: int, what: Callable[[_Reader], None]) -> Reading:
    reader = _Reader(text, start)
    with contextlib.suppress(_Stop):
        what(reader)
    return Reading(reader.at, tuple(reader.problems), tuple(reader.keys))


class _Reader:
    """A cursor over the text. Each method reads one production of the grammar and leaves the cursor behind it."""

    __slots__ = ("at", "keys", "path", "problems", "text")

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.path: list[str] = []
        self.problems: list[JsonProblem] = []
        self.keys: list[str] = []

    def document(self) -> None:
        self.skip_blanks()
        if self.at == len(self.text):
            self.at = 0
            self.stop("RC105", "there is nothing in this file", "put the JSON document into it, or remove it")
        self.value()
        self.skip_blanks()
        if self.at < len(self.text):
            self.stop(
                "RC106",
                f"extra data after the end of the JSON document: {self.sight()}",
                self.advice("keep one JSON document a file"),
            )

    def value(self) -> None:
        match self.text[self.at : self.at + 1]:
            case "{":
                self.container("}", self.member, set[str]())
            case "[":
                self.container("]", self.item, set[str]())
            case '"':
                self.string()
            case _:
                self.scalar()

    def container(self, closer: str, part: Callable[[set[str]], None], seen: set[str]) -> None:
        if len(self.path) == LIMIT_DEPTH:
            self.stop("RC109", f"values stand more than {LIMIT_DEPTH} deep inside each other", "make the document flatter")
        self.at += 1
        self.skip_blanks()
        closed = self.take(closer)
        while not closed:
            part(seen)
            self.skip_blanks()
            comma = self.at
            if closed := self.take(closer):
                continue
            self.expect(",", f'"," or "{closer}"')
            if self.text.startswith(closer, self.at):
                self.at = comma
                self.stop("RC101", f'a comma before the closing "{closer}"', "remove the comma")

    def member(self, seen: set[str]) -> None:
        start = self.at
        if not self.text.startswith('"', start):
            self.unexpected("a key in double quotes")
        key = self.string()
        if not self.path:
            self.keys.append(key)
        self.path.append(key)
        if key in seen:
            message = f"the key {quoted(key)} stands twice in one object"
            self.note("RC107", message, "keep one of the two; readers differ in which one counts", at=start)
        seen.add(key)
        self.skip_blanks()
        self.expect(":", '":"')
        self.value()
        self.path.pop()

    def item(self, seen: set[str]) -> None:
        index = str(len(seen))
        seen.add(index)
        self.path.append(index)
        self.value()
        self.path.pop()

    def string(self) -> str:
        start = self.at
        body = _STRING_BODY.match(self.text, start)
        assert body is not None
        self.at = body.end()
        if not self.take('"'):
            self.broken_string(start)
        content: str = json.loads(self.text[start : self.at])
        if _LONE_SURROGATE.search(content):
            self.note(
                "RC110",
                "half a surrogate pair stands in a string; no file can hold it",
                "remove it or write the whole pair",
                at=start,
            )
        return content

    def broken_string(self, start: int) -> NoReturn:
        match self.text[self.at : self.at + 1]:
            case "":
                self.at = start
                self.stop("RC101", "a string that is never closed", "close it; was the text copied completely?")
            case "\\":
                escaped = quoted(self.text[self.at : self.at + 2])
                self.stop("RC101", f"{escaped} is no escape sequence of JSON", 'write "\\\\" for a backslash itself')
            case control:
                code = f"U+{ord(control):04X}"
                self.stop(
                    "RC101",
                    f"a raw control character ({code}) in a string",
                    f'write it as "\\u{ord(control):04x}", a line break as "\\n"',
                )

    def scalar(self) -> None:
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            if math.isinf(float(number[0])):
                message = f"{quoted(number[0])} is beyond the largest number a program can hold (about 1.8e308)"
                self.note("RC108", message, "write a number that fits", at=number.start())
            return
        word = self.word()
        if word in ("NaN", "Infinity", "-Infinity"):
            self.note("RC108", f"{word} is not a number in JSON", "write a number, or null")
        elif word not in ("true", "false", "null"):
            self.unexpected("a JSON value")
        self.at += len(word)

    def skip_blanks(self) -> None:
        blanks = _BLANKS.match(self.text, self.at)
        assert blanks is not None
        self.at = blanks.end()

    def take(self, mark: str) -> bool:
        """Step over `mark` if it stands here, and say whether it did."""
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def expect(self, mark: str, expected: str) -> None:
        """Step over `mark` and the blanks behind it, or stop."""
        if not self.take(mark):
            self.unexpected(expected)
        self.skip_blanks()

    def word(self) -> str:
        word = _WORD.match(self.text, self.at)
        return word[0] if word else ""

    def sight(self) -> str:
        return quoted(self.word()) if self.at < len(self.text) else "the end of the text"

    def advice(self, otherwise: str) -> str:
        if self.at == len(self.text):
            return "complete it; was the text copied completely?"
        return next((help for start, help in _HELP if self.text.startswith(start, self.at)), otherwise)

    def unexpected(self, expected: str) -> NoReturn:
        self.stop("RC101", f"{expected} is expected here, not {self.sight()}", self.advice("correct the JSON here"))

    def note(self, code: str, message: str, help: str, *, at: int | None = None) -> None:
        """Record a problem that the reading can step over."""
        pointer = "".join(f"/{escape(token)}" for token in self.path)
        self.problems.append(JsonProblem(code, self.at if at is None else at, pointer, message, help))
        if len(self.problems) == LIMIT_PROBLEMS:
            raise _Stop

    def stop(self, code: str, message: str, help: str) -> NoReturn:
        """Record a problem behind which nothing can be read."""
        self.note(code, message, help)
        raise _Stop

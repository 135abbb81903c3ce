"""Finds all problems that prevent a text from being strict JSON, with offset, JSON pointer and next step.

This parser is exact but slow, and creates no values; it is used if the fast decoder fails. Semantic problems (a duplicate key, NaN)
are collected; a syntax error ends the parsing.
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
"""The maximum depth of nested objects and lists."""
LIMIT_PROBLEMS: Final = 20
"""The maximum number of problems that are reported for one text."""

STRING_BODY: Final = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+'
"""A string without its closing quote, as a regular expression without backtracking."""
WHITESPACE: Final = r"[ \t\r\n]"
"""The whitespace characters of JSON."""

_STRING_BODY: Final = re.compile(STRING_BODY)
_WHITESPACE: Final = re.compile(rf"{WHITESPACE}*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.+-])")
_WORD: Final = re.compile(r"-?\w+|.", re.DOTALL)
_LONE_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")

_HELP: Final = (
    ("//", "JSON has no comments; remove it"),
    ("/*", "JSON has no comments; remove it"),
    ("#", "JSON has no comments; remove it"),
    ("!", "only JSON is read, not YAML; write the value as JSON"),
    ("'", "put keys and strings between double quotes"),
    ("\u201c", 'replace typographic quotes with plain ones (")'),
    ("\u201d", 'replace typographic quotes with plain ones (")'),
    ("\u00a0", "replace the no-break space with a plain space"),
    ("\ufeff", "remove the byte order mark"),
    ("True", "write true in lower case"),
    ("False", "write false in lower case"),
    ("None", "write null"),
)


@dataclass(frozen=True, slots=True)
class JsonProblem:
    """One problem: a diagnostic code, the offset in the text, the pointer of the value, a message, and the next step."""

    code: str
    offset: int
    pointer: str
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of parsing one value: the offset of its end, or of the error; its problems; the keys of the outermost object."""

    end: int
    problems: tuple[JsonProblem, ...]
    keys: tuple[str, ...]


def problems_in(text: str) -> tuple[JsonProblem, ...]:
    """Return the problems of a text as one JSON document; empty if it is valid."""
    return _read(text, 0, _Reader.document).problems


def read_value(text: str, start: int) -> Reading:
    """Parse the value at offset `start`. Text after it is ignored."""
    return _read(text, start, _Reader.value)


class _Stop(Exception):
    """Ends the parsing after a syntax error. It is always caught in this module."""


def _read(text: str, start: int, production: Callable[[_Reader], None]) -> Reading:
    reader = _Reader(text, start)
    with contextlib.suppress(_Stop):
        production(reader)
    return Reading(reader.at, tuple(reader.problems), tuple(reader.keys))


class _Reader:
    """A recursive descent parser. Each method parses one production of the grammar, and moves the offset `at` to its end."""

    __slots__ = ("at", "keys", "path", "problems", "text")

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.path: list[str] = []
        self.problems: list[JsonProblem] = []
        self.keys: list[str] = []

    def document(self) -> None:
        self.skip_whitespace()
        if self.at == len(self.text):
            self.at = 0
            self.stop("RC105", "the file is empty", "write the JSON document to it, or remove it")
        self.value()
        self.skip_whitespace()
        if self.at < len(self.text):
            self.stop(
                "RC106",
                f"text after the end of the JSON document: {self.next_word()}",
                self.advice("write one JSON document per file"),
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
            self.stop("RC109", f"values are nested more than {LIMIT_DEPTH} levels deep", "reduce the nesting")
        self.at += 1
        self.skip_whitespace()
        closed = self.take(closer)
        while not closed:
            part(seen)
            self.skip_whitespace()
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
            message = f"duplicate key {quoted(key)} in an object"
            self.note("RC107", message, "keep one of the two; programs differ in which one they use", at=start)
        seen.add(key)
        self.skip_whitespace()
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
                "a string contains a lone surrogate, which cannot be stored in a file",
                "remove it, or write the whole pair",
                at=start,
            )
        return content

    def broken_string(self, start: int) -> NoReturn:
        match self.text[self.at : self.at + 1]:
            case "":
                self.at = start
                self.stop("RC101", "unterminated string", "add the closing quote; was the text copied completely?")
            case "\\":
                escaped = quoted(self.text[self.at : self.at + 2])
                self.stop("RC101", f"{escaped} is not an escape sequence of JSON", 'write "\\\\" for a backslash')
            case control:
                code = f"U+{ord(control):04X}"
                self.stop(
                    "RC101",
                    f"an unescaped control character ({code}) in a string",
                    f'write it as "\\u{ord(control):04x}", a line break as "\\n"',
                )

    def scalar(self) -> None:
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            if math.isinf(float(number[0])):
                message = f"{quoted(number[0])} is greater than the largest number of most programs (about 1.8e308)"
                self.note("RC108", message, "write a smaller number", at=number.start())
            return
        word = self.word()
        if word in ("NaN", "Infinity", "-Infinity"):
            self.note("RC108", f"{word} is not a number in JSON", "write a number, or null")
        elif word not in ("true", "false", "null"):
            self.unexpected("a JSON value")
        self.at += len(word)

    def skip_whitespace(self) -> None:
        whitespace = _WHITESPACE.match(self.text, self.at)
        assert whitespace is not None
        self.at = whitespace.end()

    def take(self, mark: str) -> bool:
        """Skip `mark` if it is next, and return True if it was."""
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def expect(self, mark: str, expected: str) -> None:
        """Skip `mark` and the whitespace after it, or stop with an error."""
        if not self.take(mark):
            self.unexpected(expected)
        self.skip_whitespace()

    def word(self) -> str:
        word = _WORD.match(self.text, self.at)
        return word[0] if word else ""

    def next_word(self) -> str:
        return quoted(self.word()) if self.at < len(self.text) else "the end of the text"

    def advice(self, otherwise: str) -> str:
        if self.at == len(self.text):
            return "complete it; was the text copied completely?"
        return next((help for start, help in _HELP if self.text.startswith(start, self.at)), otherwise)

    def unexpected(self, expected: str) -> NoReturn:
        self.stop("RC101", f"expected {expected}, not {self.next_word()}", self.advice("correct the JSON here"))

    def note(self, code: str, message: str, help: str, *, at: int | None = None) -> None:
        """Record a problem after which the parsing can continue."""
        pointer = "".join(f"/{escape(token)}" for token in self.path)
        self.problems.append(JsonProblem(code, self.at if at is None else at, pointer, message, help))
        if len(self.problems) == LIMIT_PROBLEMS:
            raise _Stop

    def stop(self, code: str, message: str, help: str) -> NoReturn:
        """Record a problem after which the parsing cannot continue."""
        self.note(code, message, help)
        raise _Stop

"""Diagnostics as values: a code, a place, a message and the next step.

Stages do not raise exceptions for invalid input. They add diagnostics to a `Report`, and continue as far as possible; the pipeline
checks the report between stages. An exception in a stage is a bug of the generator.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from codegen.values.codes import CODES


class Severity(enum.StrEnum):
    """The severity of a diagnostic: an error stops the run; after a warning or a note, the run continues."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_MAX_QUOTED: Final = 60
_BEFORE: Final = 20
"""The number of characters that are shown before a difference."""
_RANK: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: the path as the user wrote it, a JSON pointer in it, and a line and column, counted from 1."""

    file: str
    pointer: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        text = self.file
        if self.line is not None:
            text += f":{self.line}" if self.column is None else f":{self.line}:{self.column}"
        return text


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One diagnostic. `help` is the next step, in the imperative."""

    code: str
    severity: Severity
    place: Place
    message: str
    help: str

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise AssertionError(f"diagnostic code {self.code} is not in codegen.values.codes.CODES")

    @property
    def order(self) -> tuple[str, int, int, int, str, str]:
        """The sort key: file, line, column, severity, code, message."""
        place = self.place
        return (place.file, place.line or 0, place.column or 0, _RANK[self.severity], self.code, self.message)


@dataclass(slots=True)
class Report:
    """The diagnostics of one run, in the order in which they were added. Iteration yields them sorted, without duplicates."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    strict: bool = False
    """True if unknown keywords are errors."""

    def error(self, code: str, place: Place, message: str, *, help: str) -> None:
        """Add an error, which stops the run after the current stage."""
        self.diagnostics.append(Diagnostic(code, Severity.ERROR, place, message, help))

    def warn(self, code: str, place: Place, message: str, *, help: str) -> None:
        """Add a warning, which the user should check; the run continues."""
        self.diagnostics.append(Diagnostic(code, Severity.WARNING, place, message, help))

    def note(self, code: str, place: Place, message: str, *, help: str) -> None:
        """Add a note, such as for a keyword that only the server checks."""
        self.diagnostics.append(Diagnostic(code, Severity.NOTE, place, message, help))

    @property
    def failed(self) -> bool:
        """True if there is an error."""
        return any(d.severity is Severity.ERROR for d in self.diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(sorted(set(self.diagnostics), key=lambda d: d.order))


def did_you_mean(word: str, known: list[str]) -> str:
    """Return ` (did you mean "x"?)` with the known word that is most similar to `word`, or an empty string."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f' (did you mean "{near[0]}"?)' if near else ""


def quoted(value: object, *, plain: bool = False) -> str:
    """Format a JSON value for a message: truncated, with characters escaped that are not printable; in ASCII if `plain`."""
    text = json.dumps(value) if plain else _written(value)
    return text if len(text) <= _MAX_QUOTED else f"{text[: _MAX_QUOTED - 3]}..."


def quote_diff(one: object, other: object) -> tuple[str, str]:
    """Format two different JSON values for a message. Long values are truncated around the first difference."""
    texts = (_written(one), _written(other))
    if max(map(len, texts)) <= _MAX_QUOTED:
        return texts
    at = next((index for index, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    start = max(0, at - _BEFORE)
    cut = [text[start : start + _MAX_QUOTED - 6] for text in texts]
    before = "..." if start else ""
    first, second = (
        f"{before}{part}{'...' if start + len(part) < len(text) else ''}" for part, text in zip(cut, texts, strict=True)
    )
    return first, second


def _written(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in text)

"""What went wrong, as values: a code, a place, the fault and the next step.

Stages never raise for bad input. They put diagnostics into a `Report`, go on as far as they can, and return what they have;
the pipeline looks at the report between stages. An exception out of a stage is a bug of the generator.
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
    """How bad a diagnostic is: an error stops the run, a warning and a note are shown and the run goes on."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_LONGEST: Final = 60
_BEFORE: Final = 20
"""Characters shown before a difference."""
_RANK: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True)
class Place:
    """Where: a file as the user named it, a JSON pointer inside it, and a line and column counted from 1."""

    file: str
    pointer: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        spot = self.file
        if self.line is not None:
            spot += f":{self.line}" if self.column is None else f":{self.line}:{self.column}"
        return spot


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `help` is the next step, in the imperative."""

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
        """The key diagnostics are sorted by: file, line, column, severity, code, message."""
        place = self.place
        return (place.file, place.line or 0, place.column or 0, _RANK[self.severity], self.code, self.message)


@dataclass(slots=True)
class Report:
    """The diagnostics of one run, in the order found."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    strict: bool = False
    """Whether unknown keywords are errors, too."""

    def error(self, code: str, place: Place, message: str, *, help: str) -> None:
        """Record a fault that stops the run after the present stage."""
        self.diagnostics.append(Diagnostic(code, Severity.ERROR, place, message, help))

    def warn(self, code: str, place: Place, message: str, *, help: str) -> None:
        """Record something the user should look at; the run goes on."""
        self.diagnostics.append(Diagnostic(code, Severity.WARNING, place, message, help))

    def note(self, code: str, place: Place, message: str, *, help: str) -> None:
        """Record a fact worth keeping, such as a keyword that is documentation only."""
        self.diagnostics.append(Diagnostic(code, Severity.NOTE, place, message, help))

    @property
    def failed(self) -> bool:
        """Whether any error has been recorded."""
        return any(d.severity is Severity.ERROR for d in self.diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(sorted(set(self.diagnostics), key=lambda d: d.order))


def did_you_mean(word: str, known: list[str]) -> str:
    """Return ` (did you mean "x"?)` for the known word nearest to `word`, or an empty string."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f' (did you mean "{near[0]}"?)' if near else ""


def quoted(value: object, *, plain: bool = False) -> str:
    """Write a JSON value for a message, cut short where it is long; with `plain`, in ASCII alone.

    What cannot be printed is escaped.
    """
    text = json.dumps(value) if plain else _written(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def quote_diff(one: object, other: object) -> tuple[str, str]:
    """Write two JSON values that differ, so that it can be seen where: long ones are shown around the first difference."""
    texts = (_written(one), _written(other))
    if max(map(len, texts)) <= _LONGEST:
        return texts
    at = next((index for index, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    start = max(0, at - _BEFORE)
    cut = [text[start : start + _LONGEST - 6] for text in texts]
    before = "..." if start else ""
    first, second = (
        f"{before}{part}{'...' if start + len(part) < len(text) else ''}" for part, text in zip(cut, texts, strict=True)
    )
    return first, second


def _written(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in text)

"""Formats the diagnostics and the result of a command as text, as JSON, or for GitHub.

Messages quote untrusted text: schemas and file names. `escape_control_chars` is applied to all text for a terminal or a log; JSON
is written in ASCII, which has the same effect.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TextIO

from codegen.values.codes import DISK
from codegen.values.diagnostics import Diagnostic, Severity


class Format(StrEnum):
    """The format of the output."""

    TEXT = "text"
    """Text: the result on stdout, diagnostics on stderr."""
    JSON = "json"
    """One JSON object on stdout, and nothing else."""
    GITHUB = "github"
    """The log of a GitHub workflow: workflow commands on stdout, which become annotations."""


@dataclass(slots=True)
class CommandResult:
    """The result of a command: lines of text, and the same as JSON members."""

    lines: list[str] = field(default_factory=list[str])
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Rendered:
    """The output on both streams."""

    stdout: str
    stderr: str


_COLOURS: Final = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}
_GITHUB_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_GITHUB_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_GITHUB_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})
_MAX_EXPLAINED: Final = 3


def render(
    diagnostics: Iterable[Diagnostic], result: CommandResult, *, command: str, exit_code: int, form: Format, colour: bool = False
) -> Rendered:
    """Return the output of a command. If `colour`, stderr supports ANSI colours."""
    listed = list(diagnostics)
    lines = "".join(f"{escape_control_chars(line)}\n" for line in result.lines)
    match form:
        case Format.TEXT:
            return Rendered(lines, as_text(listed, colour=colour) + _summary(listed))
        case Format.JSON:
            return Rendered(_as_json(listed, {"command": command, "exit_code": exit_code}, result.facts), "")
        case Format.GITHUB:
            return Rendered("".join(map(_as_annotation, listed)) + lines, "")


def as_text(diagnostics: Iterable[Diagnostic], *, colour: bool = False) -> str:
    """Format diagnostics for a terminal, in the given order."""
    return "".join(f"{line}\n" for diagnostic in diagnostics for line in _lines(diagnostic, colour=colour))


def escape_control_chars(text: str) -> str:
    """Escape all characters that are not printable, so that the text is one line, and cannot control a terminal.

    These are control characters, line breaks and tabs, bidirectional marks, other invisible characters, and lone surrogates.
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def emit(text: str, stream: TextIO) -> None:
    """Print escaped text. Characters that the stream cannot encode are escaped; a closed pipe is not an error."""
    encoding = stream.encoding or "utf-8"
    with suppress(BrokenPipeError):
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()


def _lines(diagnostic: Diagnostic, *, colour: bool) -> Iterator[str]:
    place, severity = diagnostic.place, diagnostic.severity
    verdict = f"{severity} {diagnostic.code}:"
    if colour:
        verdict = f"\x1b[{_COLOURS[severity]}m{verdict}\x1b[0m"
    yield f"{escape_control_chars(str(place))}: {verdict} {escape_control_chars(diagnostic.message)}"
    if place.pointer:
        yield f"    at: {escape_control_chars(place.pointer)}"
    yield f"    next: {escape_control_chars(diagnostic.help)}"


def _summary(diagnostics: list[Diagnostic]) -> str:
    """Return the number of diagnostics by severity, with the command that explains the errors."""
    numbers = {severity: sum(d.severity is severity for d in diagnostics) for severity in Severity}
    counts = ", ".join(f"{number} {severity}{'s' * (number > 1)}" for severity, number in numbers.items() if number)
    codes = dict.fromkeys(d.code for d in diagnostics if d.severity is Severity.ERROR and d.code != DISK)
    more = f"; for details: runcomfy-codegen explain {' '.join(list(codes)[:_MAX_EXPLAINED])}" if codes else ""
    return f"{counts}{more}\n" if counts else ""


def _as_json(diagnostics: list[Diagnostic], *parts: Mapping[str, Any]) -> str:
    listed = [
        {
            "code": d.code,
            "severity": d.severity,
            "file": d.place.file,
            "line": d.place.line,
            "column": d.place.column,
            "pointer": d.place.pointer,
            "message": d.message,
            "help": d.help,
        }
        for d in diagnostics
    ]
    whole = {key: value for part in parts for key, value in part.items()}
    return json.dumps({**whole, "diagnostics": listed}, ensure_ascii=True, indent=2) + "\n"


def _as_annotation(diagnostic: Diagnostic) -> str:
    place = diagnostic.place
    properties = {"file": place.file, "line": place.line, "col": place.column, "title": diagnostic.code}
    present = ",".join(
        f"{name}={escape_control_chars(str(value)).translate(_GITHUB_PROPERTY)}"
        for name, value in properties.items()
        if value is not None
    )
    texts = [diagnostic.message, *([f"at: {place.pointer}"] if place.pointer else []), f"next: {diagnostic.help}"]
    message = "\n".join(map(escape_control_chars, texts)).translate(_GITHUB_DATA)
    return f"::{_GITHUB_COMMANDS[diagnostic.severity]} {present}::{message}\n"

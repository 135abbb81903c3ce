"""Parses strict JSON with the standard decoder, from bytes, from text, or within other text."""

from __future__ import annotations

import codecs
import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from codegen.read.jsontext.json_problems import LIMIT_DEPTH, STRING_BODY, WHITESPACE, JsonProblem, problems_in, read_value
from codegen.read.jsontext.source import Json, SourceText
from codegen.values.diagnostics import Place, Report

LIMIT_BYTES: Final = 16 * 1024 * 1024
"""The maximum size of a file in bytes (16 MiB)."""

_PAGE_HELP: Final = "open it, and copy its text into a file"
_BINARY: Final = (
    (b"\x1f\x8b", "gzip data begins at byte 0", "decompress the file (gunzip), and add the result"),
    (b"PK\x03\x04", "this is a ZIP archive or an office document", "extract it, or open it and copy its text"),
    (b"%PDF", "this is a PDF document", _PAGE_HELP),
    (b"bplist", "this is a binary property list, such as a web archive", _PAGE_HELP),
    (b"\x89PNG", "this is a PNG image", "copy the text of the page instead of an image"),
    (b"\xff\xd8\xff", "this is a JPEG image", "copy the text of the page instead of an image"),
)
"""The first bytes of files that are not text, what they are, and the next step."""
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_NESTING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\]]', re.DOTALL)
_MAYBE_SURROGATE: Final = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")

_SCHEMA_WORD: Final = r"(?:\$schema|type|title|description|properties|required|output|input_schema|model_id)"
_COMMENT: Final = r"(?:(?://|#)[^\n]{0,200}+\n|/\*[^*]{0,200}+\*/)"
_QUOTE: Final = "[\"'\u2018\u2019\u201c\u201d]"
# The beginning of a JSON object, or of a schema with errors.
_OPENING: Final = re.compile(
    rf'\{{(?:{WHITESPACE}*+(?:\}}|{STRING_BODY}"{WHITESPACE}*+:)'
    rf"|(?:\s*+{_COMMENT}){{0,5}}+\s*+{_QUOTE}?(?P<word>{_SCHEMA_WORD}){_QUOTE}?\s*+:)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """An object in free text.

    Attributes:
        source: the text.
        start: the offset of the object.
        keys: the keys of the object, up to the first error.
        json: the parsed object; None if it has problems.
        problems: its problems.
    """

    source: SourceText
    start: int
    keys: tuple[str, ...]
    json: Json | None
    problems: tuple[JsonProblem, ...]

    def report_to(self, report: Report) -> None:
        """Report the problems as errors."""
        _report(self.problems, self.source, report)


def decode(data: bytes, file: str, report: Report) -> str | None:
    """Decode a file: UTF-8, or UTF-16 with a byte order mark. Anything else is reported as an error."""
    if len(data) > LIMIT_BYTES:
        message = f"the file has {len(data):,} bytes, more than the limit of {LIMIT_BYTES:,}"
        report.error("RC104", Place(file), message, help="split it, or remove parts that are not needed")
        return None
    for mark, name, help in _BINARY:
        if data.startswith(mark):
            report.error("RC103", Place(file, line=1, column=1), name, help=help)
            return None
    mark, encoding = next((known for known in _MARKS if data.startswith(known[0])), (b"", "utf-8"))
    body = data[len(mark) :]
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"byte {len(mark) + error.start:,} is not valid {encoding.upper()}"
        help = "save the file as UTF-8; it may have an 8-bit encoding"
        report.error("RC102", _end_of(body[: error.start].decode(encoding), file), message, help=help)
        return None
    before, nul, _ = text.partition("\0")
    if nul:
        message = f"byte {len(mark) + len(before.encode(encoding)):,} is NUL, so this is not a text file"
        report.error("RC103", _end_of(before, file), message, help="use a text file, saved as UTF-8")
        return None
    return text


def parse(text: str, file: str, report: Report) -> Json | None:
    """Parse a strict JSON document. Report all problems with line, column and pointer, and return None if there are any."""
    source = SourceText(file, text)
    problems = problems_in(text) if _needs_check(text) else ()
    if not problems:
        try:
            return Json(_DECODER.decode(text), source, len(text) - len(text.lstrip(" \t\r\n")))
        except ValueError:
            problems = problems_in(text)
            if not problems:  # a bug: the two parsers disagree
                raise
    _report(problems, source, report)
    return None


def objects_in(source: SourceText) -> tuple[Found, ...]:
    """Return all outermost JSON objects in free text, in order, including those with problems.

    Braces in prose are ignored. The time is linear in the length of the text: nothing is parsed twice.
    """
    text, objects, at = source.content, list[Found](), 0
    while opening := _OPENING.search(text, at):
        start = opening.start()
        reading = read_value(text, start)
        keys = reading.keys or ((opening["word"],) if opening["word"] else ())
        value = None if reading.problems else Json(_DECODER.raw_decode(text, start)[0], source, start)
        objects.append(Found(source, start, keys, value, reading.problems))
        at = max(reading.end, start + 1)
    return tuple(objects)


def _end_of(text: str, file: str) -> Place:
    return SourceText(file, text).place(len(text))


def _report(problems: tuple[JsonProblem, ...], source: SourceText, report: Report) -> None:
    for problem in problems:
        report.error(problem.code, source.place(problem.offset, problem.pointer), problem.message, help=problem.help)


def _needs_check(text: str) -> bool:
    """Return True if the standard decoder might miss a problem: deep nesting (it is recursive), or a lone surrogate."""
    return bool(_MAYBE_SURROGATE.search(text)) or (text.count("{") + text.count("[") > LIMIT_DEPTH and _is_deep(text))


def _is_deep(text: str) -> bool:
    depth = 0
    for piece in _NESTING.finditer(text):
        match piece[0]:
            case "{" | "[":
                depth += 1
                if depth > LIMIT_DEPTH:
                    return True
            case "}" | "]":
                depth -= 1
            case _:
                pass
    return False


class _Unfit(ValueError):
    """Raised in the decoder for a value that is not strict JSON."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _Unfit
    return members


def _constant(_word: str) -> NoReturn:
    raise _Unfit


def _float(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise _Unfit
    return number


def _int(literal: str) -> int:
    _float(literal)  # before int(), which raises another error for thousands of digits
    return int(literal)


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int)

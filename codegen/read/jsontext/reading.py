"""Reads strict JSON, at the speed of the standard decoder, from bytes, from a text, or from amidst other text."""

from __future__ import annotations

import codecs
import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from codegen.read.jsontext.json_problems import BLANK, LIMIT_DEPTH, STRING_BODY, JsonProblem, problems_in, read_value
from codegen.read.jsontext.source import Json, SourceText
from codegen.values.diagnostics import Place, Report

LIMIT_BYTES: Final = 16 * 1024 * 1024
"""The largest file that is read, in bytes (16 MiB)."""

_PAGE_HELP: Final = "open it, and copy its text into a file"
_BINARY: Final = (
    (b"\x1f\x8b", "gzip data begins at byte 0", "unpack the file (gunzip) and give the result"),
    (b"PK\x03\x04", "this is a ZIP archive or an office document", "unpack it, or open it and copy its text"),
    (b"%PDF", "this is a PDF document", _PAGE_HELP),
    (b"bplist", "this is a binary property list, such as a web archive", _PAGE_HELP),
    (b"\x89PNG", "this is a PNG image", "copy the text of the page in place of a picture of it"),
    (b"\xff\xd8\xff", "this is a JPEG image", "copy the text of the page in place of a picture of it"),
)
"""How files begin that are no text, what they are, and the next step."""
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_NESTING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\]]', re.DOTALL)
_HALF_PAIR: Final = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")

_SCHEMA_WORD: Final = r"(?:\$schema|type|title|description|properties|required|output|input_schema|model_id)"
_COMMENT: Final = r"(?:(?://|#)[^\n]{0,200}+\n|/\*[^*]{0,200}+\*/)"
_QUOTE: Final = "[\"'\u2018\u2019\u201c\u201d]"
# An object that begins as JSON does; or one that is meant as a schema, whatever is wrong with it.
_OPENING: Final = re.compile(
    rf'\{{(?:{BLANK}*+(?:\}}|{STRING_BODY}"{BLANK}*+:)'
    rf"|(?:\s*+{_COMMENT}){{0,5}}+\s*+{_QUOTE}?(?P<word>{_SCHEMA_WORD}){_QUOTE}?\s*+:)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """An object that stands in free text: decoded, or broken (then `json` is None) with its problems and the keys read so far."""

    source: SourceText
    start: int
    keys: tuple[str, ...]
    json: Json | None
    problems: tuple[JsonProblem, ...]

    def report_to(self, report: Report) -> None:
        """Report the problems as errors."""
        _report(self.problems, self.source, report)


def decode(data: bytes, file: str, report: Report) -> str | None:
    """Return the text of a file: UTF-8, or UTF-16 with a byte order mark. Anything else is reported."""
    if len(data) > LIMIT_BYTES:
        message = f"the file has {len(data):,} bytes, more than the {LIMIT_BYTES:,} that are read"
        report.error("RC104", Place(file), message, help="split it, or keep what matters")
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
        message = f"byte {len(mark) + error.start:,} is not {encoding.upper()} text"
        help = "save the file as UTF-8; it may be in an older encoding of 8 bits"
        report.error("RC102", _end_of(body[: error.start].decode(encoding), file), message, help=help)
        return None
    before, nul, _ = text.partition("\0")
    if nul:
        message = f"byte {len(mark) + len(before.encode(encoding)):,} is NUL, so this is no text"
        report.error("RC103", _end_of(before, file), message, help="give a text file, saved as UTF-8")
        return None
    return text


def parse(text: str, file: str, report: Report) -> Json | None:
    """Return the one strict JSON document that `text` is; or report every problem with line, column and pointer."""
    source = SourceText(file, text)
    found = problems_in(text) if _hides_problems(text) else ()
    if not found:
        try:
            return Json(_DECODER.decode(text), source, len(text) - len(text.lstrip(" \t\r\n")))
        except ValueError:
            found = problems_in(text)
            if not found:  # the two readings disagree, which is a bug of ours
                raise
    _report(found, source, report)
    return None


def objects_in(source: SourceText) -> tuple[Found, ...]:
    """Return every outermost JSON object standing in free text, in order, also those that begin as one but are broken.

    Braces of prose are passed over. The work grows with the length of the text only: what was read is not read again.
    """
    text, found, at = source.content, list[Found](), 0
    while opening := _OPENING.search(text, at):
        start = opening.start()
        reading = read_value(text, start)
        keys = reading.keys or ((opening["word"],) if opening["word"] else ())
        value = None if reading.problems else Json(_DECODER.raw_decode(text, start)[0], source, start)
        found.append(Found(source, start, keys, value, reading.problems))
        at = max(reading.end, start + 1)
    return tuple(found)


def _end_of(text: str, file: str) -> Place:
    return SourceText(file, text).place(len(text))


def _report(problems: tuple[JsonProblem, ...], source: SourceText, report: Report) -> None:
    for problem in problems:
        report.error(problem.code, source.place(problem.offset, problem.pointer), problem.message, help=problem.help)


def _hides_problems(text: str) -> bool:
    """Whether the standard decoder might overlook a problem: too deep (it would recurse), or half a surrogate pair."""
    return bool(_HALF_PAIR.search(text)) or (text.count("{") + text.count("[") > LIMIT_DEPTH and _is_deep(text))


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
    """Tells the decoder to give up on a value that strict JSON does not have."""


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
    _float(literal)  # before int(), which refuses thousands of digits
    return int(literal)


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int)

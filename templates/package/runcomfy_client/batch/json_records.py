"""Reads records from JSON: one object per line, one list of objects, or objects that span several lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from runcomfy_client._core.value_parsing import strict_decoder, strict_json

_BLANKS: Final = re.compile(r"[ \t\r\n]*")
_NOT_AN_OBJECT: Final = "a job must be a JSON object"


def json_records(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Yield each object with the number of its first line, or a message about its problem."""
    numbered = enumerate(lines, start=1)
    is_first = True
    for number, line in numbered:
        text = line.strip()
        if is_first and (text == "{" or text.startswith("[")):
            yield from _documents(line + "".join(rest for _number, rest in numbered), first_line=number)
            return
        if not text:
            continue
        is_first = False
        try:
            record = strict_json(line)
        except ValueError as error:
            yield number, f"this is not JSON: {error}"
            continue
        yield number, record if isinstance(record, dict) else _NOT_AN_OBJECT


def _documents(text: str, *, first_line: int) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Yield the objects of a list, or a sequence of objects without a list."""
    decoder = strict_decoder()
    position = _skip_whitespace(text, 0)
    in_list = text[position : position + 1] == "["
    position = _skip_whitespace(text, position + in_list)
    counted, line = 0, first_line
    if in_list and text[position : position + 1] == "]":
        position = _skip_whitespace(text, position + 1)
        in_list = False
    while in_list or position < len(text):
        line += text.count("\n", counted, position)
        counted = position
        try:
            record, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            yield line + text.count(
                "\n", counted, error.pos
            ), f"this is not JSON: {error.msg} at character {_column(text, error.pos)}"
            return
        except (ValueError, RecursionError) as error:
            yield line, "this is not JSON: " + (str(error) if isinstance(error, ValueError) else "it is nested too deeply")
            return
        yield line, record if isinstance(record, dict) else _NOT_AN_OBJECT
        position = _skip_whitespace(text, position)
        if not in_list:
            continue
        mark = text[position : position + 1]
        if mark not in (",", "]"):
            problem_line = line + text.count("\n", counted, position)
            yield problem_line, f"this is not JSON: {', or ] is missing after an item' if mark else 'the list has no end'}"
            return
        in_list = mark == ","
        position = _skip_whitespace(text, position + 1)
        if not in_list and position < len(text):
            yield line + text.count("\n", counted, position), "this is not JSON: there is text after the list"
            return


def _skip_whitespace(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def _column(text: str, position: int) -> int:
    return position - text.rfind("\n", 0, position)

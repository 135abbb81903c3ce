"""Records from JSON: an object a line, one list of objects, or objects that are spread over lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from runcomfy_client._core.value_parsing import strict_decoder, strict_json

_BLANKS: Final = re.compile(r"[ \t\r\n]*")
_NOT_AN_OBJECT: Final = "a job is a JSON object"


def json_records(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Yield the objects by the numbers of the lines where they begin, or what is wrong with one."""
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
    """Yield the objects of a list, or those that follow each other without one."""
    decoder = strict_decoder()
    position = _skip_blanks(text, 0)
    in_list = text[position : position + 1] == "["
    position = _skip_blanks(text, position + in_list)
    counted, line = 0, first_line
    if in_list and text[position : position + 1] == "]":
        position = _skip_blanks(text, position + 1)
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
        position = _skip_blanks(text, position)
        if not in_list:
            continue
        mark = text[position : position + 1]
        if mark not in (",", "]"):
            where = line + text.count("\n", counted, position)
            yield where, f"this is not JSON: {'the list goes on' if mark else 'the file ends inside the list'}, without , or ]"
            return
        in_list = mark == ","
        position = _skip_blanks(text, position + 1)
        if not in_list and position < len(text):
            yield line + text.count("\n", counted, position), "this is not JSON: something follows the list"
            return


def _skip_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found else position


def _column(text: str, position: int) -> int:
    return position - text.rfind("\n", 0, position)

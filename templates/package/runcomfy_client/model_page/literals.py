"""JSON values as Python source, laid out as black would for lines that are short enough."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

WIDTH: Final = 100
"""Characters of a line, above which brackets are broken into several."""


def python_text(text: str) -> str:
    """Write a text in double quotes; what a reader would not see is escaped."""
    plain = repr(text)
    if plain.startswith('"'):
        return plain
    return '"' + plain[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'


def python_value(value: Any, indent: int = 0) -> str:
    """Write a JSON value, whose first line stands behind `indent` columns."""
    match value:
        case str():
            return python_text(value)
        case dict():
            return bracketed(
                "{", [f"{python_text(key)}: {python_value(item, indent + 4)}" for key, item in value.items()], "}", indent
            )
        case list():
            return bracketed("[", [python_value(item, indent + 4) for item in value], "]", indent)
        case _:
            return repr(value)


def bracketed(start: str, parts: Iterable[str], end: str, indent: int) -> str:
    """Write parts in brackets: in one line, or in a line each where that would be too long."""
    found = list(parts)
    line = f"{start}{', '.join(found)}{end}"
    if not found or (len(line) + indent <= WIDTH and "\n" not in line):
        return line
    pad = " " * (indent + 4)
    return "\n".join([start, *(f"{pad}{part}," for part in found), f"{' ' * indent}{end}"])

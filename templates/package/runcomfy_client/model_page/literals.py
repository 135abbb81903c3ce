"""Formats JSON values as Python source, in the style of black."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

WIDTH: Final = 100
"""The maximum length of a line; longer brackets are split into several lines."""


def python_text(text: str) -> str:
    """Format a string in double quotes, with invisible characters escaped."""
    plain = repr(text)
    if plain.startswith('"'):
        return plain
    return '"' + plain[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'


def python_value(value: Any, indent: int = 0) -> str:
    """Format a JSON value whose first line is indented by `indent` columns."""
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
    """Format parts in brackets: on one line, or on one line each if that would be too long."""
    items = list(parts)
    line = f"{start}{', '.join(items)}{end}"
    if not items or (len(line) + indent <= WIDTH and "\n" not in line):
        return line
    pad = " " * (indent + 4)
    return "\n".join([start, *(f"{pad}{item}," for item in items), f"{' ' * indent}{end}"])

"""Format generated modules with black."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Final

from codegen.values.literals import WIDTH

_CLASS: Final = "class _:\n"


def format_if_needed(source: str) -> str:
    """Format the lines of a module that do not yet have the format of black.

    The template formats modules as black does, except for long lines and for the quotes of strings that contain quotes. Black
    formats each statement independently, so it gets only those statements, if they are on one line. That takes a tenth of the time,
    and a statement that other models have, too, is formatted once. Tests check that the result is that of formatting the module.
    """
    lines = source.split("\n")
    wanted = {number for number, line in enumerate(lines, 1) if len(line) > WIDTH or "\\" in line}
    if not wanted:
        return source
    for statement, is_first in _statements(source):
        is_text = isinstance(statement, ast.Expr)
        if statement.lineno == statement.end_lineno and (is_first or not is_text):
            if statement.lineno in wanted:
                lines[statement.lineno - 1] = _formatted(lines[statement.lineno - 1])
                wanted.remove(statement.lineno)
        elif is_text:  # black changes nothing in the docstring of a field, and in one of several lines as the template has them
            wanted.difference_update(range(statement.lineno, (statement.end_lineno or 0) + 1))
    return format_with_black(source) if wanted else "\n".join(lines)


def _statements(source: str) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield the statements of a module and its classes, and whether each is the first of its block."""
    module = ast.parse(source)
    for block in (module.body, *(node.body for node in module.body if isinstance(node, ast.ClassDef))):
        for number, statement in enumerate(block):
            yield statement, number == 0


@cache
def _formatted(line: str) -> str:
    """Format a statement on one line, of a module or a class."""
    around = _CLASS if line.startswith(" ") else ""
    return format_with_black(f"{around}{line}\n").removeprefix(around).removesuffix("\n")


def format_with_black(source: str) -> str:
    """Format a module with black."""
    from black import Mode, format_str  # imported here, since most modules do not need it
    from black.mode import TargetVersion

    return format_str(source, mode=Mode(line_length=WIDTH, target_versions={TargetVersion.PY311}))

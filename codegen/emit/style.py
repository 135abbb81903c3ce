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
    for statement in _one_line_statements(source):
        if statement.lineno in wanted:
            lines[statement.lineno - 1] = _formatted(lines[statement.lineno - 1])
            wanted.remove(statement.lineno)
    return format_with_black(source) if wanted else "\n".join(lines)


def _one_line_statements(source: str) -> Iterator[ast.stmt]:
    """Yield the statements of a module and its classes that are on one line and are not docstrings."""
    for statement in ast.parse(source).body:
        for inner in statement.body if isinstance(statement, ast.ClassDef) else [statement]:
            if inner.lineno == inner.end_lineno and not isinstance(inner, ast.Expr):
                yield inner


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

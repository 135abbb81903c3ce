"""How generated modules look: as black leaves them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Final

from codegen.values.literals import WIDTH

_CLASS: Final = "class _:\n"


def format_if_needed(source: str) -> str:
    """Format the lines of a module that are not yet as black leaves them.

    The template lays modules out as black does. What it cannot do is to break a line that is too long and to choose the quotes of a
    string that holds some. Black lays out each statement for itself, so it gets those alone, if they stand in one line: that takes
    a tenth of the time, and one that other models have, too, is formatted once. Tests hold that the result is that of the whole.
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
    """Yield the statements that stand in one line each, and are no docstrings, of a module and of its classes."""
    for statement in ast.parse(source).body:
        for inner in statement.body if isinstance(statement, ast.ClassDef) else [statement]:
            if inner.lineno == inner.end_lineno and not isinstance(inner, ast.Expr):
                yield inner


@cache
def _formatted(line: str) -> str:
    """Format a statement that stands in one line, in a module or a class."""
    around = _CLASS if line.startswith(" ") else ""
    return format_with_black(f"{around}{line}\n").removeprefix(around).removesuffix("\n")


def format_with_black(source: str) -> str:
    """Format source text with black, whatever it looks like."""
    from black import Mode, format_str  # here, for most modules do without
    from black.mode import TargetVersion

    return format_str(source, mode=Mode(line_length=WIDTH, target_versions={TargetVersion.PY311}))

"""Write Python annotations, which consist of only a few kinds of expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from codegen.values.literals import literal


def write(node: ast.expr) -> str:
    """Return the source of an annotation. Any other expression is a bug of the generator."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=value):
            return literal(value)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return f"{write(left)} | {write(right)}"
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return literal(-value)
        case ast.Tuple(elts=items):
            return ", ".join(write(item) for item in items)
        case ast.Subscript(value=base, slice=inside):
            return f"{write(base)}[{write(inside)}]"
        case ast.Call(func=function, args=args, keywords=keywords):
            given = [write(arg) for arg in args] + [f"{keyword.arg}={write(keyword.value)}" for keyword in keywords]
            return f"{write(function)}({', '.join(given)})"
        case _:
            raise AssertionError(f"not an annotation: {ast.dump(node)}")


def copied(node: ast.expr) -> ast.expr:
    """Return a copy of an annotation without source positions. `copy.deepcopy` takes ten times as long."""
    copy: ast.expr = _copied(node)
    return copy


def _copied(part: Any) -> Any:
    if isinstance(part, list):
        return [_copied(item) for item in part]
    return type(part)(**{name: _copied(value) for name, value in ast.iter_fields(part)}) if isinstance(part, ast.AST) else part


def names_in(node: ast.expr) -> Iterator[str]:
    """Yield every name that an annotation uses."""
    return (part.id for part in ast.walk(node) if isinstance(part, ast.Name))

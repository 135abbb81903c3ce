"""The last door: a generated model module may hold imports from a short list, classes, constants and annotated fields, nothing
else.

Whatever a schema says, and whatever bug a template or a library has, code that does more than that does not leave.
"""

from __future__ import annotations

import ast
import io
import tokenize
from typing import Final

_MODULES: Final = frozenset({"__future__", "typing", "pydantic"})
_OWN: Final = "runcomfy_client."
_CALLS: Final = frozenset(
    {"ConfigDict", "Field", "MediaLimit", "MultipleOf", "OneOf", "SumEquals", "TextBounds", "Unique", "frozenset"}
)
_PARTS: Final = (
    ast.Name,
    ast.Constant,
    ast.Subscript,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.Call,
    ast.BinOp,
    ast.BitOr,
    ast.UnaryOp,
    ast.USub,
    ast.Load,
    ast.Store,
    ast.keyword,
)


class DisallowedCode(Exception):
    """Generated code that must not leave: a bug of the generator."""


def check_module(path: str, source: str) -> None:
    """Let the source of a model module pass.

    Raises:
        DisallowedCode: when it holds anything but what a model module consists of, or characters that a reader would not see.
    """
    if not source.replace("\n", "").isprintable():
        hidden = next(c for c in source if not c.isprintable() and c != "\n")
        raise DisallowedCode(f"{path}: hidden character {hidden!r}")
    try:
        statements = ast.parse(source, path).body
        tokens = tokenize.generate_tokens(io.StringIO(source).readline) if "#" in source else ()  # it takes longer than all else
        has_comment = any(token.type == tokenize.COMMENT for token in tokens)
    except (SyntaxError, tokenize.TokenError) as error:
        raise DisallowedCode(f"{path}: no Python: {error}") from None
    if has_comment:
        raise DisallowedCode(f"{path}: a comment")
    for statement in statements:
        _admit_statement(path, statement)


def _admit_statement(path: str, node: ast.stmt) -> None:
    match node:
        case ast.ImportFrom(module=str() as module, level=0) if module in _MODULES or module.startswith(_OWN):
            return
        case ast.ClassDef(decorator_list=[], keywords=[] | [ast.keyword(arg="frozen", value=ast.Constant(value=True))]):
            for base in node.bases:
                _admit_expression(path, base)
            for inner in node.body:
                _admit_member(path, inner)
        case ast.Expr(value=ast.Constant(value=str())):
            return
        case _:
            raise DisallowedCode(f"{path}:{node.lineno}: {type(node).__name__} does not belong into a model module")


def _admit_member(path: str, node: ast.stmt) -> None:
    match node:
        case ast.AnnAssign(target=ast.Name(), simple=1):
            _admit_expression(path, node.annotation)
            if node.value is not None:
                _admit_expression(path, node.value)
        case ast.Assign(targets=[ast.Name(id="MODEL_ID" | "OUTPUT" | "RETIRED" | "RULES" | "NULLABLE" | "model_config")]):
            _admit_expression(path, node.value)
        case ast.Expr(value=ast.Constant(value=str())):
            return
        case _:
            raise DisallowedCode(f"{path}:{node.lineno}: {type(node).__name__} does not belong into a model class")


def _admit_expression(path: str, node: ast.expr) -> None:
    for part in ast.walk(node):
        if not isinstance(part, _PARTS):
            raise DisallowedCode(f"{path}:{node.lineno}: {type(part).__name__} does not belong into an annotation or a constant")
        if isinstance(part, ast.Call) and not (isinstance(part.func, ast.Name) and part.func.id in _CALLS):
            raise DisallowedCode(f"{path}:{node.lineno}: a call of {ast.unparse(part.func)}")

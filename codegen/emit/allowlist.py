"""The last check of a generated model module: it may only contain imports from a short list, classes, constants and annotated
fields.

The check protects against untrusted text in schemas, and against bugs of templates and libraries.
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
    """Generated code that is not allowed: a bug of the generator."""


def check_module(path: str, source: str) -> None:
    """Check the source of a model module.

    Raises:
        DisallowedCode: it contains code that is not allowed in a model module, or invisible characters.
    """
    if not source.replace("\n", "").isprintable():
        hidden = next(c for c in source if not c.isprintable() and c != "\n")
        raise DisallowedCode(f"{path}: hidden character {hidden!r}")
    try:
        statements = ast.parse(source, path).body
        tokens = tokenize.generate_tokens(io.StringIO(source).readline) if "#" in source else ()  # it takes longer than all else
        has_comment = any(token.type == tokenize.COMMENT for token in tokens)
    except (SyntaxError, tokenize.TokenError) as error:
        raise DisallowedCode(f"{path}: not valid Python: {error}") from None
    if has_comment:
        raise DisallowedCode(f"{path}: a comment")
    for statement in statements:
        _check_statement(path, statement)


def _check_statement(path: str, node: ast.stmt) -> None:
    match node:
        case ast.ImportFrom(module=str() as module, level=0) if module in _MODULES or module.startswith(_OWN):
            return
        case ast.ClassDef(decorator_list=[], keywords=[] | [ast.keyword(arg="frozen", value=ast.Constant(value=True))]):
            for base in node.bases:
                _check_expression(path, base)
            for inner in node.body:
                _check_member(path, inner)
        case ast.Expr(value=ast.Constant(value=str())):
            return
        case _:
            raise DisallowedCode(f"{path}:{node.lineno}: {type(node).__name__} is not allowed in a model module")


def _check_member(path: str, node: ast.stmt) -> None:
    match node:
        case ast.AnnAssign(target=ast.Name(), simple=1):
            _check_expression(path, node.annotation)
            if node.value is not None:
                _check_expression(path, node.value)
        case ast.Assign(targets=[ast.Name(id="MODEL_ID" | "OUTPUT" | "RETIRED" | "RULES" | "NULLABLE" | "model_config")]):
            _check_expression(path, node.value)
        case ast.Expr(value=ast.Constant(value=str())):
            return
        case _:
            raise DisallowedCode(f"{path}:{node.lineno}: {type(node).__name__} is not allowed in a model class")


def _check_expression(path: str, node: ast.expr) -> None:
    for part in ast.walk(node):
        if not isinstance(part, _PARTS):
            raise DisallowedCode(f"{path}:{node.lineno}: {type(part).__name__} is not allowed in an annotation or a constant")
        if isinstance(part, ast.Call) and not (isinstance(part.func, ast.Name) and part.func.id in _CALLS):
            raise DisallowedCode(f"{path}:{node.lineno}: a call of {ast.unparse(part.func)}")

"""Generated modules contain only classes, annotated fields and constants."""

from __future__ import annotations

import pytest

from codegen.emit.allowlist import DisallowedCode, check_module

GOOD = '''"""Doc."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request


class A(Request[B]):
    """Doc."""

    MODEL_ID = "a/b"
    RULES = (SumEquals(items="a", part="b", total="c"),)
    NULLABLE = frozenset({"x"})

    x: Annotated[int | None, Field(ge=-1, alias="1x")] = -1
    """Doc."""
    y: Literal["a", "b"]
    z: list[str] | None = ["a"]
'''


def test_a_model_module_passes() -> None:
    check_module("a.py", GOOD)


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "from os import path",
        "from . import x",
        "x = 1",
        "print(1)",
        "def f(): ...",
        "if True: ...",
        "@decorated\nclass A: ...",
        "class A(metaclass=M): ...",
        "class A(f()): ...",
        "class A:\n    def f(self): ...",
        "class A:\n    x = 1",
        "class A:\n    x: int = open('f')",
        "class A:\n    x: int = Field(default_factory=lambda: 1)",
        "class A:\n    x: int = a.b",
        "class A:\n    x: __import__('os').system('x')",
        "class A:\n    x: int = [y for y in z]",
        "class A:\n    x: int = f'{x}'",
        "class A:\n    x.y: int = 1",
        "class A:\n    MODEL_ID = eval('1')",
        "class A:\n    print('x')",
        "# a comment",
        "class A:\n    '''\u202e'''",
        "class A:\n    '''\x00'''",
        "class A:\n    '''\x0c'''",
    ],
)
def test_other_code_is_rejected(line: str) -> None:
    with pytest.raises(DisallowedCode):
        check_module("a.py", f"{GOOD}\n{line}\n")

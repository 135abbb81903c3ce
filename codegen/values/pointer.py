"""JSON pointers (RFC 6901): build them, and read and change a document with them."""

from __future__ import annotations

from typing import Any

from codegen.values.model import ABSENT


def escape(token: str) -> str:
    """Write `token` as one token of a pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def split(pointer: str) -> list[str]:
    """Return the tokens of a pointer."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def find(root: Any, pointer: str) -> Any:
    """Return the value at a pointer, or ABSENT."""
    return _follow(root, split(pointer))


def put(root: Any, pointer: str, value: Any) -> bool:
    """Set, append (last token `-`) or, if `value` is ABSENT, remove the value at a pointer. False if its parent does not exist."""
    *path, last = split(pointer) or [""]
    parent = _follow(root, path)
    match parent:
        case dict() if value is ABSENT:
            parent.pop(last, None)
        case dict():
            parent[last] = value
        case list() if last == "-" and value is not ABSENT:
            parent.append(value)
        case list() if last.isdecimal() and int(last) < len(parent):
            parent[int(last) : int(last) + 1] = [] if value is ABSENT else [value]
        case _:
            return False
    return True


def _follow(root: Any, path: list[str]) -> Any:
    for token in path:
        match root:
            case dict() if token in root:
                root = root[token]
            case list() if token.isdecimal() and int(token) < len(root):
                root = root[int(token)]
            case _:
                return ABSENT
    return root

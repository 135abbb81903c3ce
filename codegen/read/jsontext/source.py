"""JSON values with the file, line and column of all their parts, which are computed on request."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, Final

from codegen.values.diagnostics import Place
from codegen.values.pointer import split

_PIECE: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]|[^ \t\r\n"{}\[\],:]++')


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text and its file.

    Attributes:
        file: the name of the file.
        content: the text.
        original: the content of the file, if the text was extracted from it, for example from HTML.
        anchors: pairs of an offset in `content` and the offset of the same character in `original`, ascending. Characters between
            two anchors are consecutive in both.
    """

    file: str
    content: str
    original: str | None = field(default=None, repr=False)
    anchors: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    def place(self, offset: int, pointer: str | None = None) -> Place:
        """Return the place of the character at `offset` in the file, with line and column counted from 1."""
        text = self.content
        if self.original is not None and self.anchors:
            here, there = self.anchors[max(0, bisect_right(self.anchors, (offset, len(self.original))) - 1)]
            text, offset = self.original, there + offset - here
        return Place(self.file, pointer, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


@dataclass(frozen=True, slots=True)
class Json:
    """A parsed JSON value, with the places of its parts."""

    value: Any
    source: SourceText = field(compare=False, repr=False)
    start: int = field(default=0, compare=False)
    """The offset of the outermost value of the document in the source."""
    pointer: str = field(default="", compare=False)
    """The pointer of this value in that document."""
    _members: dict[int, dict[str, int]] = field(default_factory=dict[int, dict[str, int]], compare=False, repr=False)

    def place(self, pointer: str = "") -> Place:
        """Return the place of the value at `pointer`, or of its nearest existing parent.

        `pointer` is relative to this value; the pointer in the place is relative to the outermost value, and is not shortened.
        """
        return self.source.place(self.offset(pointer), self.pointer + pointer)

    def offset(self, pointer: str = "") -> int:
        """Return the offset in the source of the value at `pointer`, or of its nearest existing parent."""
        offset = self.start
        for token in split(self.pointer + pointer):
            if offset not in self._members:
                self._members[offset] = _members_at(self.source.content, offset)
            if token not in self._members[offset]:
                break
            offset = self._members[offset][token]
        return offset

    def at(self, pointer: str) -> Json:
        """Return the value at `pointer`, with its places.

        Raises:
            LookupError: there is no value at `pointer`.
        """
        value = self.value
        for token in split(pointer):
            value = value[int(token)] if isinstance(value, list) else value[token]
        return Json(value, self.source, self.start, self.pointer + pointer, self._members)

    def with_value(self, value: Any) -> Json:
        """Return another value with the places of this one, such as a corrected document."""
        return Json(value, self.source, self.start, self.pointer, self._members)


def _members_at(text: str, offset: int) -> dict[str, int]:
    """Return the offsets of the members of the object or list at `offset`; empty for any other value."""
    members: dict[str, int] = {}
    is_list = text.startswith("[", offset)
    name: str | None = "0" if is_list else None
    depth = 0
    for piece in _PIECE.finditer(text, offset):
        mark = piece[0]
        if depth == 1 and mark not in ("}", "]", ":"):
            if mark == ",":
                name = str(len(members)) if is_list else None
            elif name is None:
                name = json.loads(mark)
            else:
                members[name] = piece.start()
        depth += (mark in ("{", "[")) - (mark in ("}", "]"))
        if depth == 0:
            break
    return members

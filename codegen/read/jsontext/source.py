"""JSON values that know where they were written: file, line and column of everything in them, worked out when asked for."""

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
    """A text and the file that it came from.

    Where the text was extracted from the file, as from HTML, `anchors` are pairs of an offset in the text and the offset in
    `original` where the same character stands, ascending; characters between two anchors follow one by one.
    """

    file: str
    content: str
    original: str | None = field(default=None, repr=False)
    anchors: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    def place(self, offset: int, pointer: str | None = None) -> Place:
        """Return the place of the character at `offset`, counting lines and columns of the file from 1."""
        text = self.content
        if self.original is not None and self.anchors:
            here, there = self.anchors[max(0, bisect_right(self.anchors, (offset, len(self.original))) - 1)]
            text, offset = self.original, there + offset - here
        return Place(self.file, pointer, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


@dataclass(frozen=True, slots=True)
class Json:
    """A value of a JSON text, plain Python data, that knows where it and everything in it stands."""

    value: Any
    source: SourceText = field(compare=False, repr=False)
    start: int = field(default=0, compare=False)
    """The offset in the source where the outermost value of the document begins."""
    pointer: str = field(default="", compare=False)
    """Where this value stands in that document."""
    _members: dict[int, dict[str, int]] = field(default_factory=dict[int, dict[str, int]], compare=False, repr=False)

    def place(self, pointer: str = "") -> Place:
        """Return the place of the value at `pointer`, or of its nearest parent that exists; the pointer is kept as asked.

        `pointer` counts from this value, the place's pointer from the outermost one.
        """
        return self.source.place(self.offset(pointer), self.pointer + pointer)

    def offset(self, pointer: str = "") -> int:
        """Return the offset in the source of the value at `pointer`, or of its nearest parent that exists."""
        offset = self.start
        for token in split(self.pointer + pointer):
            if offset not in self._members:
                self._members[offset] = _members_at(self.source.content, offset)
            if token not in self._members[offset]:
                break
            offset = self._members[offset][token]
        return offset

    def at(self, pointer: str) -> Json:
        """Return the value at `pointer`, with its places. Raises LookupError when there is none."""
        value = self.value
        for token in split(pointer):
            value = value[int(token)] if isinstance(value, list) else value[token]
        return Json(value, self.source, self.start, self.pointer + pointer, self._members)

    def with_value(self, value: Any) -> Json:
        """Return another value with the places of this one, such as the same document, corrected."""
        return Json(value, self.source, self.start, self.pointer, self._members)


def _members_at(text: str, offset: int) -> dict[str, int]:
    """Return the offsets of the members of the valid object or list at `offset`; of any other value, none."""
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

"""Extracts the text of a saved HTML page, with the place of each character in the file.

The standard library's `html.parser` is not used: it is quadratic for unclosed tags and comments (40,000 times `<a ` take minutes),
and it has places only for tags, not for characters. Only text, entities and line breaks are needed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from codegen.read.jsontext import SourceText

# Inline elements. All other elements begin a new line, so that the texts of two blocks are not joined.
_INLINE: Final = frozenset(
    "a abbr b bdi bdo big del dfn em font i ins kbd mark q s samp small span strong sub sup tt u var wbr".split()
)

# No alternative backtracks, and an unclosed element extends to the end of the file, as in browsers, so the time is linear.
_TOKEN: Final = re.compile(
    r"""
      <!--.*?(?:-->|\Z)
    | <(?P<hidden>script|style)(?=[\s/>]).*?(?:</(?P=hidden)\s*>|\Z)
    | </?(?P<tag>[a-z][^\s/>]*+)(?:[^>=]|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?)*+(?:>|\Z)
    | <[!?/][^>]*+(?:>|\Z)
    | (?P<entity>&(?:\#[0-9]{1,7}|\#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});?)
    | (?P<text>[^<&]++|[<&])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def extract_text(html: str, file: str) -> SourceText:
    """Return the visible text of an HTML page, with the places of its characters in the file."""
    pieces: list[str] = []
    anchors: list[tuple[int, int]] = []
    length = 0
    for offset, piece in _pieces(html):
        anchors.append((length, offset))
        pieces.append(piece)
        length += len(piece)
    return SourceText(file, "".join(pieces), html, tuple(anchors))


def _pieces(html: str) -> Iterator[tuple[int, str]]:
    """Yield the pieces of visible text, each with its offset in the file."""
    for token in _TOKEN.finditer(html):
        match token.lastgroup:
            case "text":
                yield token.start(), token[0]
            case "entity":
                yield token.start(), unescape(token[0])
            case "tag" if token["tag"].lower() not in _INLINE:
                yield token.start(), "\n"
            case _:
                pass

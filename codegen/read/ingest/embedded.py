"""Extracts the data that JavaScript frameworks embed in a script element, for pages whose visible text contains no schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from codegen.read.jsontext import SourceText, parse
from codegen.values.diagnostics import Report
from codegen.values.pointer import escape

_SCRIPT: Final = re.compile(r"<script(?=[^>]*\sid=[\"']?__NEXT_DATA__)[^>]*>(?P<json>.*?)</script", re.IGNORECASE | re.DOTALL)
_DECODER: Final = json.JSONDecoder()
_NOT_LINE_END: Final = re.compile(r"[^\r\n]")


def embedded_page(html: str, file: str) -> SourceText | None:
    """Return the strings and schemas in a page's embedded data as one text, in their order; None without valid data."""
    script = _SCRIPT.search(html)
    if script is None:
        return None
    before = _NOT_LINE_END.sub(" ", html[: script.start("json")])
    data = parse(before + script["json"], file, Report())
    if data is None:
        return None
    pieces: list[str] = []
    anchors: list[tuple[int, int]] = []
    length = 0
    for pointer, value in _parts(data.value, ""):
        start = data.offset(pointer)
        text = value if isinstance(value, str) else data.source.content[start : _DECODER.raw_decode(data.source.content, start)[1]]
        anchors.append((length, start))
        pieces.append(text + "\n")
        length += len(text) + 1
    return SourceText(file, "".join(pieces), html, tuple(anchors))


def _parts(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Yield the strings and schemas in a value, each with its pointer."""
    match value:
        case str() | {"type": str(), "properties": dict()} | {"output": {"type": _}}:
            yield pointer, value
        case dict():
            for key, child in value.items():
                yield from _parts(child, f"{pointer}/{escape(key)}")
        case list():
            for index, child in enumerate(value):
                yield from _parts(child, f"{pointer}/{index}")
        case _:
            return

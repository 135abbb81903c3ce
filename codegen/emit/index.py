"""The table of all models, for the templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from codegen.values.literals import literal
from codegen.values.price_text import price_summary

_PLAIN: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_])?")
_MEDIA: Final = {"VIDEO": "video", "IMAGE": "image", "AUDIO": "audio"}


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One model in the table of all models: Python source for the index, Markdown for the page."""

    id: str
    module: str
    request: str
    exports: tuple[str, ...]
    dotted: str
    page_id: str
    page_class: str
    page_makes: str
    page_price: str
    page_inputs: str


def index_entry(shipped: Mapping[str, Any], module: tuple[str, ...], exports: tuple[str, ...]) -> IndexEntry:
    """Return the entry of one model, from its schema document in the client."""
    inputs = shipped["input_schema"]
    required = inputs.get("required", [])
    listed = [
        f"**{_code(name)}**" if name in required else _code(name)
        for name in sorted(inputs["properties"], key=lambda n: n not in required)
    ]
    retired = f"(retired {shipped['retired']})" if shipped["retired"] else ""
    return IndexEntry(
        id=literal(shipped["model_id"]),
        module=literal(".".join(module)),
        request=literal(shipped["class_name"]),
        exports=exports,
        dotted=".".join(module),
        page_id=_code(shipped["model_id"]),
        page_class=_code(shipped["class_name"]),
        page_makes=" ".join(filter(None, [_MEDIA.get(shipped["kind"] or "", ""), retired])),
        page_price=_text(price_summary(shipped)),
        page_inputs=", ".join(listed),
    )


def _code(text: str) -> str:
    """Write a name as Markdown code, or escaped if it contains special characters."""
    if _PLAIN.fullmatch(text):
        return f"`{text}`"
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in " -") else f"&#{ord(sign)};" for sign in text)


def _text(text: str) -> str:
    """Escape a text for a cell of a Markdown table."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in " -.,()") else f"&#{ord(sign)};" for sign in text)

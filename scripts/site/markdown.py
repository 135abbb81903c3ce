"""Text in Markdown: what a schema or a docstring says is shown, and never read as markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Final

_MARKS: Final = re.compile(r"([\\`*{}|\[\]]|(?<!\w)_|_(?!\w))")
_QUOTED: Final = re.compile(r"(?<!`)`([^`\s][^`]*)`(?!`)")
_START: Final = re.compile(r"^([#+=~:!?-]|\d+(?=[.)](?:\s|$)))")
"""What begins a heading, a list or another block at the start of a line."""
_BACKTICKS: Final = re.compile(r"`+")


def plain(text: str) -> str:
    """Return a text of somebody else's as one line of Markdown that shows it; what it quotes with backticks is code."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    parts = _QUOTED.split(line)
    marked = "".join(
        code(part) if index % 2 else _MARKS.sub(r"\\\1", html.escape(part, quote=False)) for index, part in enumerate(parts)
    )
    return _START.sub(lambda found: f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}", marked)


def code(text: str) -> str:
    """Return a text as code within a line."""
    line = " ".join(text.split()) or " "
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(line)), default=0) + 1)
    edge = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{edge}{line}{edge}{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table; its cells are Markdown of one line."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def block(text: str, language: str) -> list[str]:
    """Return the lines of a block of code."""
    fence = "`" * max([3, *(len(run) + 1 for run in _BACKTICKS.findall(text))])
    return [f"{fence}{language}", *text.rstrip("\n").split("\n"), fence, ""]

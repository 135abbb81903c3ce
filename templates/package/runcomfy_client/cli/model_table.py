"""Models as a table on a terminal. Model ids are never truncated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.catalog import ModelDocument

_GAP: Final = "  "
_MIN_DESCRIPTION: Final = 30
"""The minimum width of the column of descriptions, in characters; with less room, it is omitted."""


def model_rows(documents: Sequence[ModelDocument], *, width: int) -> Iterator[Text]:
    """Yield a header and a row for each model: its full id, and as many other columns as fit into `width` characters."""
    ids = [escape_control_chars(document.model_id) for document in documents]
    kinds = [escape_control_chars(document.kind) for document in documents]
    id_width = max(map(cell_len, ids))
    kind_width = max(map(cell_len, [*kinds, "OUTPUT"])) if any(kinds) and id_width + 2 + 7 <= width else 0
    remaining = width - id_width - len(_GAP) - (kind_width + len(_GAP) if kind_width else 0)
    texts = [_summary(document, remaining) if remaining >= _MIN_DESCRIPTION else "" for document in documents]
    titles = ("MODEL", "OUTPUT", "DESCRIPTION" if any(texts) else "")
    yield _row(titles, (id_width, kind_width), styles=("bold", "bold", "bold"))
    for cells in zip(ids, kinds, texts, strict=True):
        yield _row(cells, (id_width, kind_width), styles=("", "cyan", "dim"))


def _row(cells: tuple[str, str, str], widths: tuple[int, int], *, styles: tuple[str, str, str]) -> Text:
    row = Text(no_wrap=True, overflow="ignore")
    row.append(set_cell_size(cells[0], max(widths[0], cell_len(cells[0]))), styles[0])
    if widths[1]:
        row.append(_GAP).append(set_cell_size(cells[1], widths[1]), styles[1])
    if cells[2]:
        row.append(_GAP).append(cells[2], styles[2])
    row.rstrip()
    return row


def _summary(document: ModelDocument, max_width: int) -> str:
    """Return the first sentence of a model's description, or its name, unless the name only repeats the id."""
    text = escape_control_chars(document.description) or ("" if _repeats_id(document) else escape_control_chars(document.name))
    first = re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0].rstrip(".")
    if cell_len(first) <= max_width:
        return first
    return f"{set_cell_size(first, max_width - 1).rpartition(' ')[0].rstrip(',;: ')}…"


def _repeats_id(document: ModelDocument) -> bool:
    name, model_id = ("".join(filter(str.isalnum, text.lower())) for text in (document.name, document.model_id))
    return name in model_id

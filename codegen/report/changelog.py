"""How changes are told: as lines for a terminal, as Markdown for release notes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from codegen.report.compare import Change, Impact

_TITLES: Final = {Impact.BREAKING: "Breaking", Impact.ADDITIVE: "New", Impact.PRICE: "Prices", Impact.COSMETIC: "Texts"}


def as_lines(changes: Sequence[Change]) -> list[str]:
    """Return a line a change, and a last one that counts them."""
    lines = [f"{change.weight + ':':<9} {change.text.replace('`', '')}  ({change.model_id})" for change in changes]
    counts = [f"{sum(change.weight is weight for change in changes)} {weight}" for weight in Impact]
    return [
        *lines,
        (
            f"{len(changes)} change{'s' * (len(changes) != 1)}: {', '.join(counts)}"
            if changes
            else "no changes for callers of the client"
        ),
    ]


def as_markdown(changes: Sequence[Change]) -> list[str]:
    """Return release notes: a section a weight, a list of changes below each model."""
    lines: list[str] = []
    for weight, section in groupby(changes, key=lambda change: change.weight):
        lines += ["", f"### {_TITLES[weight]}", ""] if lines else [f"### {_TITLES[weight]}", ""]
        for model_id, listed in groupby(section, key=lambda change: change.model_id):
            lines += [f"- `{model_id}`", *(f"  - {change.text}" for change in listed)]
    return lines or ["No changes for callers of the client."]

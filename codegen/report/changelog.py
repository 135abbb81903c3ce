"""Format changes: as lines for a terminal, or as Markdown for release notes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from codegen.report.compare import Change, Impact

_TITLES: Final = {Impact.BREAKING: "Breaking", Impact.ADDITIVE: "New", Impact.PRICE: "Prices", Impact.COSMETIC: "Texts"}


def as_lines(changes: Sequence[Change]) -> list[str]:
    """Return one line per change, and a last line with the counts."""
    lines = [f"{change.impact + ':':<9} {change.text.replace('`', '')}  ({change.model_id})" for change in changes]
    counts = [f"{sum(change.impact is impact for change in changes)} {impact}" for impact in Impact]
    return [
        *lines,
        (
            f"{len(changes)} change{'s' * (len(changes) != 1)}: {', '.join(counts)}"
            if changes
            else "no changes for callers of the client"
        ),
    ]


def as_markdown(changes: Sequence[Change]) -> list[str]:
    """Return release notes: one section per impact, with a list of changes for each model."""
    lines: list[str] = []
    for impact, section in groupby(changes, key=lambda change: change.impact):
        lines += ["", f"### {_TITLES[impact]}", ""] if lines else [f"### {_TITLES[impact]}", ""]
        for model_id, listed in groupby(section, key=lambda change: change.model_id):
            lines += [f"- `{model_id}`", *(f"  - {change.text}" for change in listed)]
    return lines or ["No changes for callers of the client."]

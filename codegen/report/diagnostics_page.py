"""Generates `docs/diagnostics.md`, with all limits and diagnostic codes, from their tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from codegen.report.explain import render_example
from codegen.report.limits import LIMITS
from codegen.values.codes import CODES, STAGES

_HEAD: Final = """\
# Diagnostics

These are the messages of `runcomfy-codegen` about its input. After an error, nothing is written; after a warning or a note, the run
continues. `runcomfy-codegen explain RC407` prints a section of this page. `make accept` generates the page from the tables in
`codegen/values/codes`.

## Limits

| What | Limit | Above it |
|---|--:|---|
"""


def page() -> str:
    """Return the text of `docs/diagnostics.md`."""
    limits = "".join(f"| {limit.what} | {limit.value:,} | {limit.effect} |\n" for limit in LIMITS)
    return _HEAD + limits + "".join(part for digit in STAGES for part in _sections(digit))


def _sections(digit: str) -> Iterator[str]:
    yield f"\n## {STAGES[digit][0].upper()}{STAGES[digit][1:]}\n"
    for code, known in CODES.items():
        if code[2] == digit:
            yield f"\n### {code}: {known.title}\n\n{textwrap.fill(known.why, 132, break_on_hyphens=False)}\n"
            yield from (
                f"\n{word}:\n\n```text\n{render_example(example)}\n```\n"
                for word, example in (("wrong", known.wrong), ("right", known.right))
            )

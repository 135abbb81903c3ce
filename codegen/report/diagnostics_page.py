"""The page `docs/diagnostics.md`: all limits and all diagnostic codes, made from their tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from codegen.report.explaining import render_example
from codegen.report.limits import LIMITS
from codegen.values.codes import CODES, STAGES

_HEAD: Final = """\
# Diagnostics

What `runcomfy-codegen` says about its input. An error stops the run and nothing is written; a warning and a note are shown, and
the run goes on. `runcomfy-codegen explain RC407` prints a section of this page. The page is made from the tables in
`codegen/values/codes` by `make accept`.

## Limits

| What | Most | Beyond it |
|---|--:|---|
"""


def page() -> str:
    """Return the text of `docs/diagnostics.md`."""
    limits = "".join(f"| {limit.what} | {limit.most:,} | {limit.beyond} |\n" for limit in LIMITS)
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

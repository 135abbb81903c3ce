"""What the diagnostic codes mean, as text for a terminal."""

from __future__ import annotations

import textwrap
from typing import Final

from codegen.values.codes import CODES, STAGES, Example, Omitted

WIDTH: Final = 80
"""Columns of the text for a terminal."""


def explain(code: str) -> str:
    """Return what a code means: title, why, and an example, wrong and right. Raises KeyError where there is no such code."""
    known = CODES[code]
    parts = [f"{code}: {known.title}", textwrap.fill(known.why, WIDTH - 2, break_on_hyphens=False)]
    for word, example in (("wrong", known.wrong), ("right", known.right)):
        parts += [f"{word}:", textwrap.indent(render_example(example), "  ")]
    return "\n\n".join(parts) + "\n"


def render_example(example: Example) -> str:
    """Return an example as one sees it at a terminal: each file with its content, then the command."""
    parts: list[str] = []
    for path, content in example.files.items():
        shown = f"({content.words})" if isinstance(content, Omitted) else content.rstrip("\n")
        parts.append(f"{path}\n{textwrap.indent(shown, '  ')}")
    return "\n\n".join([*parts, f"$ runcomfy-codegen {example.command}"])


def overview() -> str:
    """Return all codes with their titles, by stage."""
    parts = [
        "\n".join([f"{digit}: {stage}", *(f"  {code}  {known.title}" for code, known in CODES.items() if code[2] == digit)])
        for digit, stage in STAGES.items()
    ]
    return "\n\n".join([*parts, "`runcomfy-codegen explain CODE` tells more about one."]) + "\n"

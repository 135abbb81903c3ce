"""Explains diagnostic codes, as text for a terminal."""

from __future__ import annotations

import textwrap
from typing import Final

from codegen.values.codes import CODES, STAGES, Example, Omitted

WIDTH: Final = 80
"""The width of the text in columns."""


def explain(code: str) -> str:
    """Return the explanation of a code: title, reason, and a wrong and a right example.

    Raises:
        KeyError: the code is unknown.
    """
    known = CODES[code]
    parts = [f"{code}: {known.title}", textwrap.fill(known.why, WIDTH - 2, break_on_hyphens=False)]
    for word, example in (("wrong", known.wrong), ("right", known.right)):
        parts += [f"{word}:", textwrap.indent(render_example(example), "  ")]
    return "\n\n".join(parts) + "\n"


def render_example(example: Example) -> str:
    """Format an example: each file with its content, then the command."""
    parts: list[str] = []
    for path, content in example.files.items():
        text = f"({content.words})" if isinstance(content, Omitted) else content.rstrip("\n")
        parts.append(f"{path}\n{textwrap.indent(text, '  ')}")
    return "\n\n".join([*parts, f"$ runcomfy-codegen {example.command}"])


def overview() -> str:
    """Return all codes with their titles, by stage."""
    parts = [
        "\n".join([f"{digit}: {stage}", *(f"  {code}  {known.title}" for code, known in CODES.items() if code[2] == digit)])
        for digit, stage in STAGES.items()
    ]
    return "\n\n".join([*parts, "`runcomfy-codegen explain CODE` explains one code."]) + "\n"

"""A diagnostic code as a value, and helpers for the examples in the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Omitted:
    """The content of a file that is too long to print, or not printable, with a description."""

    words: str
    make: Callable[[], bytes]
    """A function that returns the content."""


@dataclass(frozen=True, slots=True)
class Example:
    """The files of an example by path, and the command of the generator that reads them."""

    command: str
    files: Mapping[str, str | Omitted]


@dataclass(frozen=True, slots=True)
class Code:
    """The documentation of a diagnostic code."""

    title: str
    """The problem, in a few words."""
    why: str
    """Why this is reported: its effect on the generated client, or on its users. One to three sentences."""
    wrong: Example
    """A small input that gives the diagnostic."""
    right: Example
    """The corrected input."""


def schema(content: str | Omitted, *, options: str = "--id acme/model") -> Example:
    """Return an example that adds an input schema."""
    return Example(f"add schema.json {options}".strip(), {"schema.json": content})


def inputs(*lines: str) -> Example:
    """Return an example that adds an input schema with these lines as its properties."""
    properties = "\n".join(f"    {line}" for line in lines)
    return schema(f'{{\n  "type": "object",\n  "properties": {{\n{properties}\n  }}\n}}\n')


def entry(*lines: str) -> Example:
    """Return an example that adds a catalog entry, with these lines between its id and its schema."""
    return Example("add entry.json", {"entry.json": document(*lines)})


def document(*lines: str, model_id: str = "acme/model") -> str:
    """Return the text of a schema document with one input, and with these lines between its id and its schema."""
    head = "".join(f"  {line}\n" for line in (f'"model_id": "{model_id}",', *lines))
    return (
        f'{{\n{head}  "input_schema": {{\n    "type": "object",\n    "properties": {{"prompt": {{"type": "string"}}}}\n  }}\n}}\n'
    )

"""What is known about a diagnostic code, as a value; and short forms for the examples of the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Omitted:
    """The content of a file that is too long or too odd to be printed, and what it is in words."""

    words: str
    make: Callable[[], bytes]
    """Makes the content, when somebody asks for it."""


@dataclass(frozen=True, slots=True)
class Example:
    """Files as a user has them, by their path, and the command of the generator that reads them."""

    command: str
    files: Mapping[str, str | Omitted]


@dataclass(frozen=True, slots=True)
class Code:
    """What a diagnostic code stands for."""

    title: str
    """What is at fault, in a few words."""
    why: str
    """Why that is refused or told: what it would do to the generated client or to those who use it. One to three sentences."""
    wrong: Example
    """A small input that gives the diagnostic."""
    right: Example
    """The same, mended."""


def schema(content: str | Omitted, *, options: str = "--id acme/model") -> Example:
    """An input schema by itself, which is added."""
    return Example(f"add schema.json {options}".strip(), {"schema.json": content})


def inputs(*lines: str) -> Example:
    """An input schema with the properties that the lines say; a line may also close them and go on behind."""
    properties = "\n".join(f"    {line}" for line in lines)
    return schema(f'{{\n  "type": "object",\n  "properties": {{\n{properties}\n  }}\n}}\n')


def entry(*lines: str) -> Example:
    """A document of one model, as a catalog lists it, which is added; the lines go between its id and its schema."""
    return Example("add entry.json", {"entry.json": document(*lines)})


def document(*lines: str, model_id: str = "acme/model") -> str:
    """The text of a schema document with one input; the lines go between its id and its schema."""
    head = "".join(f"  {line}\n" for line in (f'"model_id": "{model_id}",', *lines))
    return (
        f'{{\n{head}  "input_schema": {{\n    "type": "object",\n    "properties": {{"prompt": {{"type": "string"}}}}\n  }}\n}}\n'
    )

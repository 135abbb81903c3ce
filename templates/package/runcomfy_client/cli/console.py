"""The terminal: results on stdout, everything else on stderr, and no text from outside that could steer it.

Texts of servers, schemas and files are shown with their control characters written out, and never as rich's markup.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from runcomfy_client._core.plain_text import clean as clean


def literal(value: object, *, style: str = "", lines: bool = False) -> Text:
    """Return a text from outside as something rich prints as it is."""
    return Text(clean(value, lines=lines), style=style)


def as_json(value: Any, *, indent: int | None = None) -> str:
    """Return JSON of ASCII alone, so that nothing in it steers a terminal."""
    return json.dumps(value, ensure_ascii=True, indent=indent).replace("\x7f", "\\u007f")


class OutputClosed(Exception):
    """Nobody takes what the tool prints. Not an `OSError`: click would take a broken pipe for the end of everything, with exit code
    1.
    """

    def __init__(self, why: str, *, reader_left: bool) -> None:
        super().__init__(why)
        self.reader_left = reader_left


@contextmanager
def printing() -> Iterator[TextIO]:
    """Give stdout.

    Raises:
        StdoutGone: it cannot be written to.
    """
    if sys.stdout is None:
        raise OutputClosed("it is closed", reader_left=False)
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise OutputClosed(str(error.strerror or error), reader_left=True) from None
    except (OSError, ValueError) as error:
        raise OutputClosed(str(getattr(error, "strerror", None) or error), reader_left=False) from None


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError("the reader has left")


def _console(*, stderr: bool) -> Console:
    return _Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)


@dataclass(slots=True)
class Screen:
    """Where a command talks to. With `json`, stdout takes one JSON object and nothing else."""

    json: bool = False
    out: Console = field(default_factory=lambda: _console(stderr=False))
    err: Console = field(default_factory=lambda: _console(stderr=True))

    @property
    def live(self) -> bool:
        """Whether somebody is watching, so that progress is worth showing."""
        return self.err.is_terminal and not self.err.is_dumb_terminal and not self.json

    @property
    def tells(self) -> bool:
        """Whether remarks are welcome on stderr: not in a pipe or a cron job."""
        return self.err.is_terminal and not self.json

    def remark(self, text: object, *, style: str = "") -> None:
        """Tell something that matters only to somebody who watches."""
        if self.tells:
            self.err.print(literal(text, style=style))

    def warn(self, text: object) -> None:
        """Tell something that matters in any case, on stderr."""
        self.err.print(literal(text, lines=True), soft_wrap=not self.err.is_terminal)

    def line(self, text: object) -> None:
        """Print a line of the result, whole, for people and pipes."""
        with printing() as stdout:
            stdout.write(clean(text) + "\n")

    def show(self, what: RenderableType) -> None:
        """Print a part of the result that is laid out for people."""
        with printing():
            self.out.print(what, soft_wrap=isinstance(what, Text))

    def paragraph(self, text: Text, *, indent: int = 0, label: Text | None = None) -> None:
        """Print a text between its margins, with a label in the left one if there is one. No line ends with blanks."""
        first = label or Text()
        if label is not None and label.cell_len + 2 > indent:
            self.show(label)
            first = Text()
        for line in text.wrap(self.out, max(20, self.out.width - indent)):
            line.rstrip()
            margin = " " * (indent - first.cell_len)
            self.show(Text.assemble(first, margin, line) if line else first)
            first = Text()

    def result(self, value: Any) -> None:
        """Print the one JSON object."""
        with printing() as stdout:
            stdout.write(as_json(value) + "\n")

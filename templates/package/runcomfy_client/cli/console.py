"""Output of the commands: results on stdout, everything else on stderr.

Text of servers, schemas and files is printed with its control characters escaped, and never as rich markup.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TextIO

from runcomfy_client._core.plain_text import escape_control_chars

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.console import RenderableType
    from rich.text import Text

# rich is imported when something is printed with it: it takes longer than all else that a short command needs


def literal(value: object, *, style: str = "", keep_newlines: bool = False) -> Text:
    """Return text from outside as rich text, with its control characters escaped and no markup."""
    from rich.text import Text

    return Text(escape_control_chars(value, keep_newlines=keep_newlines), style=style)


def as_json(value: Any, *, indent: int | None = None) -> str:
    """Return JSON of ASCII alone, so that nothing in it steers a terminal."""
    return json.dumps(value, ensure_ascii=True, indent=indent).replace("\x7f", "\\u007f")


class OutputClosed(Exception):
    """Stdout cannot be written to. Not an `OSError`: click turns a broken pipe into an exit with code 1."""

    def __init__(self, why: str, *, reader_left: bool) -> None:
        super().__init__(why)
        self.reader_left = reader_left


@contextmanager
def escaping_stdout() -> Iterator[None]:
    """Escape characters that the encoding of stdout lacks, as in cp1252 or ASCII, instead of failing; stderr does so always."""
    stdout = sys.stdout
    if not isinstance(stdout, io.TextIOWrapper) or stdout.errors != "strict":
        yield
        return
    stdout.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        with suppress(OSError, ValueError):  # it may be closed, or unwritable
            stdout.reconfigure(errors="strict")


@contextmanager
def open_stdout() -> Iterator[TextIO]:
    """Yield stdout, and flush it at the end.

    Raises:
        OutputClosed: it cannot be written to.
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


@cache
def _rich_console_class() -> type[RichConsole]:
    from rich.console import Console as RichConsole

    class PlainConsole(RichConsole):
        """A console that does not hide that its reader has left."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError("the reader has left")

    return PlainConsole


def _rich_console(*, stderr: bool) -> RichConsole:
    return _rich_console_class()(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)


class Console:
    """The streams of a command: results go to stdout, everything else to stderr.

    With `json`, stdout gets one JSON object and nothing else.
    """

    def __init__(self, *, json: bool = False) -> None:
        self.json = json

    @cached_property
    def out(self) -> RichConsole:
        """Stdout."""
        return _rich_console(stderr=False)

    @cached_property
    def err(self) -> RichConsole:
        """Stderr."""
        return _rich_console(stderr=True)

    @property
    def shows_progress(self) -> bool:
        """Whether to show live progress: stderr is a capable terminal, and the output is not JSON."""
        return self.err.is_terminal and not self.err.is_dumb_terminal and not self.json

    @property
    def is_interactive(self) -> bool:
        """Whether stderr is a terminal, not a pipe or a cron job, and the output is not JSON."""
        return self.err.is_terminal and not self.json

    def info(self, text: object, *, style: str = "") -> None:
        """Print a message on stderr that matters only to somebody who is watching."""
        if self.is_interactive:
            self.err.print(literal(text, style=style), soft_wrap=True)

    def warning(self, text: object) -> None:
        """Print a message on stderr, whoever is watching. The terminal wraps it, so a command in it can be copied whole."""
        self.err.print(literal(text, keep_newlines=True), soft_wrap=True)

    def line(self, text: object) -> None:
        """Print one line of the result, not wrapped."""
        with open_stdout() as stdout:
            stdout.write(escape_control_chars(text) + "\n")

    def text(self, text: str) -> None:
        """Print a text of any length as the result, not wrapped; its line breaks stay."""
        with open_stdout() as stdout:
            stdout.write(escape_control_chars(text, keep_newlines=True, max_length=sys.maxsize).removesuffix("\n") + "\n")

    def render(self, what: RenderableType) -> None:
        """Print a rich renderable as part of the result."""
        from rich.text import Text

        with open_stdout():
            self.out.print(what, soft_wrap=isinstance(what, Text))

    def paragraph(self, text: Text, *, indent: int = 0, label: Text | None = None) -> None:
        """Print wrapped text, indented, with an optional label in the left margin. No line ends with blanks."""
        from rich.text import Text

        first = label or Text()
        if label is not None and label.cell_len + 2 > indent:
            self.render(label)
            first = Text()
        for line in text.wrap(self.out, max(20, self.out.width - indent)):
            line.rstrip()
            margin = " " * (indent - first.cell_len)
            self.render(Text.assemble(first, margin, line) if line else first)
            first = Text()

    def emit_json(self, value: Any) -> None:
        """Print the JSON object that is the whole output with `--json`."""
        with open_stdout() as stdout:
            stdout.write(as_json(value) + "\n")

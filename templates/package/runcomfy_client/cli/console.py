"""The output of the commands: results on stdout, everything else on stderr.

Control characters in text from servers, schemas and files are escaped, and rich markup in it is not interpreted.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, TextIO

from runcomfy_client._core.plain_text import escape_control_chars

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.console import RenderableType
    from rich.text import Text

_PLAIN_WIDTH: Final = 80
"""Width of paragraphs if stdout is not a terminal."""
_LABEL_STYLE: Final = "cyan"

# rich is imported only for a terminal: the import takes longer than a short command itself


def literal(value: object, *, style: str = "", keep_newlines: bool = False) -> Text:
    """Return untrusted text as rich text, with its control characters escaped and no markup."""
    from rich.text import Text

    return Text(escape_control_chars(value, keep_newlines=keep_newlines), style=style)


def as_json(value: Any, *, indent: int | None = None) -> str:
    """Return JSON as printable ASCII, without control characters for a terminal."""
    import json

    return json.dumps(value, ensure_ascii=True, indent=indent).replace("\x7f", "\\u007f")


class OutputClosed(Exception):
    """Stdout cannot be written to. This is not an `OSError`, since click handles a broken pipe by exiting with code 1."""

    def __init__(self, reason: str, *, reader_left: bool) -> None:
        super().__init__(reason)
        self.reader_left = reader_left


@contextmanager
def escaping_stdout() -> Iterator[None]:
    """Escape characters that the encoding of stdout, such as cp1252 or ASCII, does not have, instead of failing, as stderr does."""
    stdout = sys.stdout
    if not isinstance(stdout, io.TextIOWrapper) or stdout.errors != "strict":
        yield
        return
    stdout.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        with suppress(OSError, ValueError):  # stdout may be closed or unwritable
            stdout.reconfigure(errors="strict")


@contextmanager
def open_stdout() -> Iterator[TextIO]:
    """Yield stdout, and flush it at the end.

    Raises:
        OutputClosed: stdout cannot be written to.
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
        """A console that reports a broken pipe; rich would exit silently."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError("the reader has closed the pipe")

    return PlainConsole


def _rich_console(*, stderr: bool) -> RichConsole:
    return _rich_console_class()(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)


def _may_be_terminal(stream: TextIO | None) -> bool:
    """Return True if rich may consider a stream a terminal. A cheap test before rich itself decides."""
    if any(os.environ.get(name) for name in ("FORCE_COLOR", "TTY_COMPATIBLE")):
        return True
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


def cell_len(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a paragraph. A word that is too long has its own line, so that a URL in it can be copied."""
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


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
    def out_is_terminal(self) -> bool:
        """True if stdout is a terminal."""
        return _may_be_terminal(sys.stdout) and self.out.is_terminal

    @property
    def _err_is_terminal(self) -> bool:
        return _may_be_terminal(sys.stderr) and self.err.is_terminal

    @property
    def shows_progress(self) -> bool:
        """True if live progress is shown: stderr is a capable terminal, and the output is not JSON."""
        return self._err_is_terminal and not self.err.is_dumb_terminal and not self.json

    @property
    def is_interactive(self) -> bool:
        """True if stderr is a terminal, and the output is not JSON."""
        return self._err_is_terminal and not self.json

    def info(self, text: object, *, style: str = "") -> None:
        """Print a message on stderr if stderr is a terminal."""
        if self.is_interactive:
            self.err.print(literal(text, style=style), soft_wrap=True)

    def warning(self, text: object) -> None:
        """Print a message on stderr, not wrapped, so that a command in it can be copied."""
        if self._err_is_terminal:
            self.err.print(literal(text, keep_newlines=True), soft_wrap=True)
        elif sys.stderr is not None:
            sys.stderr.write(escape_control_chars(text, keep_newlines=True) + "\n")
            sys.stderr.flush()

    def line(self, text: object, *, style: str = "") -> None:
        """Print one line of the result, not wrapped; a terminal shows the style."""
        if style and self.out_is_terminal:
            self.render(literal(text, style=style))
            return
        with open_stdout() as stdout:
            stdout.write(escape_control_chars(text) + "\n")

    def text(self, text: str) -> None:
        """Print text of any length as the result, not wrapped, with its line breaks."""
        with open_stdout() as stdout:
            stdout.write(escape_control_chars(text, keep_newlines=True, max_length=sys.maxsize).removesuffix("\n") + "\n")

    def render(self, renderable: RenderableType) -> None:
        """Print a rich renderable as part of the result."""
        from rich.text import Text

        with open_stdout():
            self.out.print(renderable, soft_wrap=isinstance(renderable, Text))

    def paragraph(self, *pieces: tuple[object, str], indent: int = 0, label: str = "") -> None:
        """Print wrapped, indented text, with an optional label in the left margin, and without trailing spaces.

        Each of the `pieces` is a text and its style, which a terminal shows.
        """
        if label and cell_len(label) + 2 > indent:
            self.line(label, style=_LABEL_STYLE)
            label = ""
        texts = [(escape_control_chars(text, keep_newlines=True), style) for text, style in pieces]
        wrap = self._styled_paragraph if self.out_is_terminal else self._plain_paragraph
        wrap(texts, indent, label)

    def _plain_paragraph(self, pieces: Sequence[tuple[str, str]], indent: int, label: str) -> None:
        margin = label + " " * (indent - cell_len(label))
        for paragraph in "".join(text for text, _style in pieces).split("\n"):
            for line in _wrapped(paragraph, _PLAIN_WIDTH - indent):
                self.line(f"{margin}{line}".rstrip())
                margin = " " * indent

    def _styled_paragraph(self, pieces: Sequence[tuple[str, str]], indent: int, label: str) -> None:
        from rich.text import Text

        first = Text(label, style=_LABEL_STYLE)
        for line in Text.assemble(*pieces).wrap(self.out, max(20, self.out.width - indent)):
            line.rstrip()
            margin = " " * (indent - first.cell_len)
            self.render(Text.assemble(first, margin, line) if line else first)
            first = Text()

    def emit_json(self, value: Any) -> None:
        """Print the JSON object that is the only output with `--json`."""
        with open_stdout() as stdout:
            stdout.write(as_json(value) + "\n")

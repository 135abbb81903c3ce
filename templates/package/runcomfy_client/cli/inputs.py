"""Creates the options of a model from its schema, and builds a request from their values."""

from __future__ import annotations

import errno
import json
import os.path
import shlex
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from runcomfy_client._core.option_names import option_name, option_names_of
from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client._core.value_parsing import decode_text, is_structured, read_file, strict_json, types_of, with_exact_integers
from runcomfy_client.catalog import ModelDocument, request
from runcomfy_client.errors import InvalidInput, Problem
from runcomfy_client.model_page.describe import default_of, describe, placeholder

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from runcomfy_client.requests import Request

_MAX_HELP: Final = 300


class InputType(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """The value of an input as text. It is parsed later, so that the problems of all inputs are reported together."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.name = placeholder(schema).lower()
        self._choices = [value for value in schema.get("enum", ()) if isinstance(value, str)]

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the allowed values."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(value) for value in self._choices if value.startswith(incomplete) and value.isprintable()]


def input_options(document: ModelDocument) -> dict[str, click.Option]:
    """Return an option for each input, by documented name; required inputs come first."""
    option_words = option_names_of(document.properties, document.required)
    return {
        name: _option(f"input_{index}", word, document.properties[name], required=name in document.required)
        for index, (name, word) in enumerate(option_words.items())
    }


def _option(parameter: str, word: str, schema: Any, *, required: bool) -> click.Option:
    described = describe(schema)
    text = escape_control_chars(schema.get("description") or "")
    text = text if len(text) <= _MAX_HELP else text[: _MAX_HELP - 1] + "…"
    default = escape_control_chars(default_of(schema), max_length=60)
    marks = "  [required]" if required else f"  [default: {default}]" if default else ""
    if types_of(schema) == ("boolean",) and "enum" not in schema:
        return click.Option([f"--{word}/--no-{word}", parameter], default=None, help=f"{text}{marks}".strip())
    described = f"({escape_control_chars(described, max_length=200)})"
    return click.Option(
        [f"--{word}", parameter], type=InputType(schema), metavar=placeholder(schema), help=f"{text} {described}{marks}".strip()
    )


def build_request(document: ModelDocument, given: Mapping[str, Any], *, source: str | None) -> Request[Any]:
    """Build a validated request from a file of inputs and the options, which override the file.

    Raises:
        InvalidInput: the inputs are invalid.
    """
    inputs = {} if source is None else _read_inputs(source, document)
    problems: list[Problem] = []
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, str) and not value.strip() and value not in document.properties[name].get("enum", ()):
            problems.append(Problem(name, _empty_message(name, document.properties[name])))
            continue
        if isinstance(value, str) and _is_text_file_reference(value, document.properties[name]):
            problems.append(Problem(name, f"text options do not read files; {_cat_hint(name, value[1:])}"))
            continue
        try:
            inputs[name] = read_file(value, document.properties[name]) if isinstance(value, str) else value
        except ValueError as error:
            problems.append(Problem(name, f"{error}{_file_hint(value)}"))
    if problems:
        raise InvalidInput(document.model_id, tuple(problems))
    from pathlib import Path  # imported late: it would slow down `show`, which builds no request

    from runcomfy_client.schema.local_file import paths_as_text

    with paths_as_text(Path()):
        return request(document.model_id, **inputs)


def _empty_message(name: str, schema: Mapping[str, Any]) -> str:
    text = "the value is empty (is a shell variable unset?)"
    if types_of(schema) and "string" not in types_of(schema):
        return text
    return f"{text}; to send an empty string, pass it as JSON with --input: {json.dumps({name: ''})}"


def _is_text_file_reference(value: str, schema: Mapping[str, Any]) -> bool:
    """Return True if a value is `@FILE` with an existing file, but the input is a text, which is not read from files."""
    return value.startswith("@") and not is_structured(schema) and bool(_file_hint(value[1:]))


def _cat_hint(name: str, path: str) -> str:
    return f'write --{option_name(name)} "$(cat {shlex.quote(path)})", or pass the inputs as JSON with --input'


def _file_hint(value: str) -> str:
    """Return a hint if a value that is not JSON is the path of a file."""
    return f"; to read the value from this file, use @{value}" if os.path.isfile(value) else ""


def _read_inputs(source: str, document: ModelDocument) -> dict[str, Any]:
    name = "stdin" if source == "-" else source
    try:
        inputs = strict_json(_read_text(source))
    except OSError as error:
        raise InvalidInput("--input", (Problem("", f"{name} cannot be read: {error.strerror or error}"),)) from None
    except UnicodeError as error:
        raise InvalidInput("--input", (Problem("", f"{name} is {error}"),)) from None
    except ValueError as error:
        raise InvalidInput("--input", (Problem("", f"{name} is not JSON: {error}"),)) from None
    if not isinstance(inputs, dict):
        raise InvalidInput("--input", (Problem("", f"{name} must contain one JSON object with the inputs by name"),))
    exact: dict[str, Any] = with_exact_integers(inputs, document.raw["input_schema"])
    return exact


def _read_text(source: str) -> str:
    if source == "-":
        return decode_text(open_stdin().read())
    with open(source, "rb") as file:
        return decode_text(file.read())


def open_stdin() -> BinaryIO:
    """Return stdin as bytes.

    Raises:
        OSError: stdin is closed.
    """
    if sys.stdin is None:
        raise OSError(errno.EBADF, "it is closed")
    return sys.stdin.buffer

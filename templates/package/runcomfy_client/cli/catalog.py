"""The commands `models` and `show`: which models there are, and what each of them takes."""

from __future__ import annotations

import json
import shlex
from typing import Any, Final

import click
from rich.cells import cell_len
from rich.text import Text

from runcomfy_client._core.value_parsing import types_of
from runcomfy_client.catalog import ModelDocument
from runcomfy_client.cli.click_ext import ToolCommand
from runcomfy_client.cli.console import Screen, clean, literal
from runcomfy_client.cli.context import screen_of, shared_options
from runcomfy_client.cli.describe import default_of, describe
from runcomfy_client.cli.inputs import input_options
from runcomfy_client.cli.model_argument import complete_model, find_document
from runcomfy_client.cli.run import OWN_OPTIONS
from runcomfy_client.cli.search import matching, model_rows, nothing_fits

_LONGEST_SAMPLE: Final = 60
_LONGEST_WORD: Final = 28


@click.command(cls=ToolCommand)
@click.argument("search", nargs=-1)
@shared_options
@click.pass_context
def models(context: click.Context, search: tuple[str, ...]) -> None:
    """List the models, or those that fit all SEARCH words.

    The words are looked for in ids, names and categories. In a pipe, a line is an id and nothing else.
    """
    screen = screen_of(context)
    found = matching(search)
    if screen.json:
        screen.result({"models": [_summary(document) for document in found]})
    elif not found:
        screen.warn(nothing_fits(search))
    elif not screen.out.is_terminal:
        for document in found:
            screen.line(document.model_id)
    else:
        for row in model_rows(found, width=screen.out.width):
            screen.show(row)
        screen.remark(
            f"{len(found)} {'model' if len(found) == 1 else 'models'}. `runcomfy-py show MODEL` tells what one takes.", style="dim"
        )


@click.command(cls=ToolCommand)
@click.argument("model", shell_complete=complete_model)
@shared_options
@click.pass_context
def show(context: click.Context, model: str) -> None:
    """Show what MODEL takes: types, bounds, defaults, an example."""
    screen = screen_of(context)
    document = find_document(model)
    if screen.json:
        inner = {key: value for key, value in document.raw.items() if key not in ("model_id", "display_name")}
        screen.result({**inner, **_summary(document)})
        return
    makes = f" - makes {_article(document.kind)}" if document.kind else ""
    screen.show(literal(document.model_id, style="bold"))
    screen.show(literal(f"{document.name}{makes}", style="dim"))
    if document.description:
        screen.line("")
        screen.paragraph(literal(document.description, lines=True))
    screen.line("")
    screen.show(Text("Inputs", style="bold"))
    _show_inputs(screen, document)
    screen.line("")
    screen.show(Text("Example", style="bold"))
    for line in example(document).splitlines():  # whole lines, so that they can be copied
        screen.line(f"  {line}")


def example(document: ModelDocument) -> str:
    """Return a command that runs the model with its sample inputs; long texts are cut short."""
    options = input_options(document, taken=OWN_OPTIONS)
    words = [f"runcomfy-py run {shlex.quote(clean(document.model_id))}"]
    for name, value in document.raw.get("example", {}).items():
        if name not in options:
            continue
        word = options[name].opts[0]
        if isinstance(value, bool) and options[name].secondary_opts:
            words.append(word if value else options[name].secondary_opts[0])
            continue
        text = clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        is_prose = types_of(document.properties[name]) == ("string",) and " " in text
        text = text[:_LONGEST_SAMPLE].rpartition(" ")[0] + "…" if is_prose and len(text) > _LONGEST_SAMPLE else text
        words.append(f"{word} {shlex.quote(text)}")
    return " \\\n    ".join(words)


def _show_inputs(screen: Screen, document: ModelDocument) -> None:
    """Print what each input takes, beside its option; a long name has a line of its own."""
    options = input_options(document, taken=OWN_OPTIONS)
    words = {name: clean(options[name].opts[0] if name in options else f"{name} (--input)") for name in document.properties}
    room = min(_LONGEST_WORD, max(map(cell_len, words.values()), default=0)) + 4
    for name in sorted(words, key=lambda name: name not in document.required):
        schema = document.properties[name]
        told = literal(describe(schema))
        if name in document.required:
            told.append(", required", style="yellow")
        elif "default" in schema:
            told.append(f", default {clean(default_of(schema), longest=100)}", style="green")
        if schema.get("description"):
            told.append("\n").append_text(literal(schema["description"], style="dim"))
        screen.paragraph(told, indent=room, label=Text(f"  {words[name]}", style="cyan"))


def _summary(document: ModelDocument) -> dict[str, Any]:
    return {
        "model": document.model_id,
        "name": document.name,
        "kind": document.kind or None,
        "categories": document.categories,
        "description": document.description,
    }


def _article(noun: str) -> str:
    return noun if noun == "audio" else f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"

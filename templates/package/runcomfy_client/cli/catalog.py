"""The commands `models` and `show`, which list the models and show the inputs of one."""

from __future__ import annotations

import json
import shlex
from typing import Any, Final

import click

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client._core.value_parsing import types_of
from runcomfy_client.catalog import ModelDocument
from runcomfy_client.cli.click_ext import ToolCommand
from runcomfy_client.cli.console import Console, cell_len
from runcomfy_client.cli.context import console_of
from runcomfy_client.cli.inputs import input_options
from runcomfy_client.cli.model_argument import complete_model, find_document
from runcomfy_client.cli.options import shared_options
from runcomfy_client.cli.search import no_match_message, search_models
from runcomfy_client.model_page.describe import default_of, describe
from runcomfy_client.prices import price_words

_MAX_SAMPLE: Final = 60
_MAX_LABEL: Final = 28


@click.command(
    cls=ToolCommand,
    help="""List all models, or those that match all SEARCH words.

    The search covers ids, names and categories. In a pipe, each line is a model id.
    """,
)
@click.argument("search", nargs=-1)
@shared_options
@click.pass_context
def models(context: click.Context, search: tuple[str, ...]) -> None:
    """List all models, or those that match all SEARCH words."""
    console = console_of(context)
    documents = search_models(search)
    if console.json:
        console.emit_json({"models": [_summary(document) for document in documents]})
    elif not documents:
        console.warning(no_match_message(search))
    elif not console.out_is_terminal:
        for document in documents:
            console.line(document.model_id)
    else:
        from runcomfy_client.cli.model_table import model_rows

        for row in model_rows(documents, width=console.out.width):
            console.render(row)
        number = f"{len(documents)} {'model' if len(documents) == 1 else 'models'}"
        console.info(f"{number}. `runcomfy-py show MODEL` shows the inputs of one.", style="dim")


@click.command(cls=ToolCommand, help="Show the inputs of MODEL: types, limits, defaults, an example.")
@click.argument("model", shell_complete=complete_model)
@shared_options
@click.pass_context
def show(context: click.Context, model: str) -> None:
    """Show the inputs of MODEL: types, limits, defaults, an example."""
    console = console_of(context)
    document = find_document(model)
    if console.json:
        inner = {key: value for key, value in document.raw.items() if key not in ("model_id", "display_name")}
        console.emit_json({**inner, **_summary(document)})
        return
    output = f" - creates {_article(document.kind)}" if document.kind else ""
    console.line(document.model_id, style="bold")
    console.line(f"{document.name}{output}", style="dim")
    if document.description:
        console.line("")
        console.paragraph((document.description, ""))
    price = price_words(document.raw)
    if price:
        console.line("")
        console.paragraph((escape_control_chars(f"Price: {price}"), "yellow"))
        if document.raw.get("pricing_note"):
            console.paragraph((escape_control_chars(document.raw["pricing_note"]), "dim"))
    if document.raw.get("retired"):
        console.line("")
        console.paragraph((f"Retired: the catalog has not listed this model since {document.raw['retired']}.", ""))
    console.line("")
    console.line("Inputs", style="bold")
    _show_inputs(console, document)
    console.line("")
    console.line("Example", style="bold")
    for line in example(document).splitlines():  # not wrapped, so that the command can be copied
        console.line(f"  {line}")


def example(document: ModelDocument) -> str:
    """Return a command that runs the model with its sample inputs; long text is truncated."""
    options = input_options(document)
    lines = [f"runcomfy-py run {shlex.quote(escape_control_chars(document.model_id))}"]
    for name, value in document.raw.get("example", {}).items():
        if name not in options:
            continue
        option = options[name].opts[0]
        if isinstance(value, bool) and options[name].secondary_opts:
            lines.append(option if value else options[name].secondary_opts[0])
            continue
        text = escape_control_chars(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        is_prose = types_of(document.properties[name]) == ("string",) and " " in text
        text = text[:_MAX_SAMPLE].rpartition(" ")[0] + "…" if is_prose and len(text) > _MAX_SAMPLE else text
        lines.append(f"{option} {shlex.quote(text)}")
    return " \\\n    ".join(lines)


def _show_inputs(console: Console, document: ModelDocument) -> None:
    """Print each option with the type of its value; a long name has its own line."""
    options = input_options(document)
    labels = {
        name: escape_control_chars(options[name].opts[0] if name in options else f"{name} (--input)")
        for name in document.properties
    }
    indent = min(_MAX_LABEL, max(map(cell_len, labels.values()), default=0)) + 4
    for name in sorted(labels, key=lambda name: name not in document.required):
        schema = document.properties[name]
        pieces = [(escape_control_chars(describe(schema)), "")]
        if name in document.required:
            pieces.append((", required", "yellow"))
        elif "default" in schema:
            pieces.append((f", default {escape_control_chars(default_of(schema), max_length=100)}", "green"))
        if schema.get("description"):
            pieces += [("\n", ""), (escape_control_chars(schema["description"]), "dim")]
        console.paragraph(*pieces, indent=indent, label=f"  {labels[name]}")


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

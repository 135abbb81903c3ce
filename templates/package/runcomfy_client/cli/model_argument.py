"""Model ids on the command line: lookup, shell completion, and suggestions for misspelled ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.catalog import ModelDocument, document_of, model_ids, near_misses
from runcomfy_client.errors import UnknownModel

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def find_document(model_id: str) -> ModelDocument:
    """Return the document of a model.

    Raises:
        ClickException: the model is unknown; the message names similar ones.
    """
    try:
        return document_of(model_id)
    except UnknownModel:
        near = "".join(f"\n    {escape_control_chars(name)}" for name in near_misses(model_id))
        hint = f" Did you mean:{near}\n" if near else " "
        name = escape_control_chars(model_id, max_length=100)
        raise click.ClickException(f"unknown model {name!r}.{hint}`runcomfy-py models` lists all.") from None


def complete_model(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the ids of models."""
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(model_id, help=escape_control_chars(document_of(model_id).name))
        for model_id in model_ids()
        if model_id.startswith(incomplete)
    ]

"""Searches for models by words, with suggestions if none matches."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.catalog import ModelDocument, all_documents


def search_models(words: Sequence[str]) -> list[ModelDocument]:
    """Return the models that match all words, ignoring case."""
    return [document for document in all_documents() if all(word.lower() in _search_text(document) for word in words)]


def no_match_message(words: Sequence[str]) -> str:
    """Return a message that no model matches, with suggestions: similar words, or single words that match."""
    if not words:
        return "This build has no models."
    message = f"No model matches {escape_control_chars(' '.join(words))!r}."
    known = {word for document in all_documents() for word in re.split(r"[\s/]+", _search_text(document))}
    from difflib import get_close_matches

    near = {word: get_close_matches(word.lower(), known, n=3) for word in words if not search_models([word])}
    if not near:
        counts = ", ".join(f"{escape_control_chars(word)} matches {len(search_models([word]))}" for word in words)
        return f"{message} Single words match: {counts}."
    for word, guesses in near.items():
        if guesses:
            message += f" For {escape_control_chars(word)!r}, did you mean {' or '.join(map(escape_control_chars, guesses))}?"
    return message if any(near.values()) else f"{message} `runcomfy-py models` lists all."


def _search_text(document: ModelDocument) -> str:
    return " ".join([document.model_id, document.name, document.kind, *document.categories]).lower()

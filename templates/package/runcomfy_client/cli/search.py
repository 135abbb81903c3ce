"""Looking for models by words: those that fit, and what was meant when none does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.catalog import ModelDocument, all_documents


def search_models(words: Sequence[str]) -> list[ModelDocument]:
    """Return the models that fit all words, in whatever case."""
    return [document for document in all_documents() if all(word.lower() in _search_text(document) for word in words)]


def no_match_message(words: Sequence[str]) -> str:
    """Say that no model fits, and what might: words that look like these, or fewer of them."""
    if not words:
        return "This build has no models."
    message = f"No model fits {escape_control_chars(' '.join(words))!r}."
    known = {word for document in all_documents() for word in re.split(r"[\s/]+", _search_text(document))}
    from difflib import get_close_matches

    near = {word: get_close_matches(word.lower(), known, n=3) for word in words if not search_models([word])}
    if not near:
        counts = ", ".join(f"{escape_control_chars(word)} fits {len(search_models([word]))}" for word in words)
        return f"{message} Single words do: {counts}."
    for word, guesses in near.items():
        if guesses:
            message += f" For {escape_control_chars(word)!r}, did you mean {' or '.join(map(escape_control_chars, guesses))}?"
    return message if any(near.values()) else f"{message} `runcomfy-py models` lists all."


def _search_text(document: ModelDocument) -> str:
    return " ".join([document.model_id, document.name, document.kind, *document.categories]).lower()

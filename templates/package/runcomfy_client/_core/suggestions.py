"""Suggestions for a misspelled word."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question that names up to three similar words, the most similar first, or an empty string.

    Case and leading hyphens are ignored.
    """
    from difflib import get_close_matches  # a slow import that is rarely needed

    plain = {name.lstrip("-").lower(): name for name in known}
    near = [plain[name] for name in get_close_matches(word.lstrip("-").lower(), plain, n=3)]
    if not near:
        return ""
    return f" Did you mean {' or '.join([', '.join(near[:-1]), near[-1]] if len(near) > 1 else near)}?"

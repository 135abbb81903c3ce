"""The names of the options that the inputs of a model have at the terminal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

RESERVED_OPTIONS: Final = frozenset(
    {"input", "out", "no-save", "timeout", "cost", "json", "simulate", "help", "show-request", "max-usd", "allow-unpriced"}
)
"""Names of options that no input of a model can have: it is `--with-NAME` then."""


def option_name(name: str) -> str:
    """Return the name of the option for an input: small ASCII letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def option_names_of(names: Iterable[str], required: Collection[str]) -> dict[str, str]:
    """Return the option of each input by its documented name, required ones first. One that gets none goes by --input."""
    used = set(RESERVED_OPTIONS)
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: name not in required):
        word = option_name(name)
        word = f"with-{word}" if word in used or f"no-{word}" in used else word
        if not word or word in used:
            continue
        used.update((word, f"no-{word}"))
        found[name] = word
    return found

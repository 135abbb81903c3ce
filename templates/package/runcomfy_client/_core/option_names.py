"""Names of the command-line options for the inputs of a model."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

RESERVED_OPTIONS: Final = frozenset(
    {"input", "out", "no-save", "timeout", "cost", "json", "simulate", "help", "show-request", "max-usd", "allow-unpriced"}
)
"""Option names that are not available for inputs. An input with such a name gets the option `--with-NAME`."""


def option_name(name: str) -> str:
    """Return the option name for an input: lower-case ASCII letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def option_names_of(names: Iterable[str], required: Collection[str]) -> dict[str, str]:
    """Return the option name of each input by its documented name, required inputs first.

    An input whose option name is empty or taken is left out. It can be set with `--input`.
    """
    used = set(RESERVED_OPTIONS)
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: name not in required):
        option = option_name(name)
        option = f"with-{option}" if option in used or f"no-{option}" in used else option
        if not option or option in used:
            continue
        used.update((option, f"no-{option}"))
        found[name] = option
    return found

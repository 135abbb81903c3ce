"""Where every model is: its class by model id, and the module of every class."""

from __future__ import annotations

from typing import Final

MODELS: Final[dict[str, str]] = {
    "acme/texts": "Texts",
}
"""The request class of each model id."""

EXPORTS: Final[dict[str, str]] = {
    "Texts": "acme.texts",
}
"""The module, below this package, of each class."""

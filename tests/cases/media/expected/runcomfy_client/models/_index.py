"""Where every model is: its class by model id, and the module of every class."""

from __future__ import annotations

from typing import Final

MODELS: Final[dict[str, str]] = {
    "acme/media": "Media",
}
"""The request class of each model id."""

EXPORTS: Final[dict[str, str]] = {
    "Media": "acme.media",
}
"""The module, below this package, of each class."""

"""Where every model is: its class by model id, and the module of every class."""

from __future__ import annotations

from typing import Final

MODELS: Final[dict[str, str]] = {
    "acme/flat": "Flat",
    "acme/text": "Text",
    "acme/wrapped": "Wrapped",
}
"""The request class of each model id."""

EXPORTS: Final[dict[str, str]] = {
    "Flat": "acme.flat",
    "FlatOutput": "acme.flat",
    "Text": "acme.text",
    "TextOutput": "acme.text",
    "Wrapped": "acme.wrapped",
    "WrappedOutput": "acme.wrapped",
    "WrappedOutputFramesItem": "acme.wrapped",
}
"""The module, below this package, of each class."""

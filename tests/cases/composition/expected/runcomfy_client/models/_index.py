"""Where every model is: its class by model id, and the module of every class."""

from __future__ import annotations

from typing import Final

MODELS: Final[dict[str, str]] = {
    "acme/composition": "Composition",
}
"""The request class of each model id."""

EXPORTS: Final[dict[str, str]] = {
    "Composition": "acme.composition",
    "CompositionNamed": "acme.composition",
    "CompositionPoint": "acme.composition",
    "CompositionShapesItemOption1": "acme.composition",
    "CompositionShapesItemOption2": "acme.composition",
    "CompositionTree": "acme.composition",
}
"""The module, below this package, of each class."""

"""Where every model is: its class by model id, and the module of every class."""

from __future__ import annotations

from typing import Final

MODELS: Final[dict[str, str]] = {
    "acme/4k/3d-gen": "Acme4k3dGen",
}
"""The request class of each model id."""

EXPORTS: Final[dict[str, str]] = {
    "Acme4k3dGen": "acme._4k._3d_gen",
}
"""The module, below this package, of each class."""

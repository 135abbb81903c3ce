"""Where every model is: its class by model id, and the module of every class."""

from __future__ import annotations

from typing import Final

MODELS: Final[dict[str, str]] = {
    "acme/turbo": "Turbo",
    "acme/turbo/lora": "TurboLora",
    "acme/turbo/lora/class": "TurboLoraClass",
}
"""The request class of each model id."""

EXPORTS: Final[dict[str, str]] = {
    "Turbo": "acme.turbo",
    "TurboLora": "acme.turbo.lora",
    "TurboLoraClass": "acme.turbo.lora.class_",
}
"""The module, below this package, of each class."""

"""Where every model is: its class by model id, and the module of every class."""

from __future__ import annotations

from typing import Final

MODELS: Final[dict[str, str]] = {
    "acme/link": "Link",
    "acme/links": "Links",
}
"""The request class of each model id."""

EXPORTS: Final[dict[str, str]] = {
    "Link": "acme.link",
    "LinkOutput": "acme.link",
    "Links": "acme.links",
    "LinksOutput": "acme.links",
}
"""The module, below this package, of each class."""

"""All models: a class for every model id, loaded when it is first used.

Import the classes from here; `runcomfy_client.request` finds one by its model id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_client._lazy import loader
from runcomfy_client.models._index import EXPORTS

if TYPE_CHECKING:
    from runcomfy_client.models.acme.entry import (
        Entry as Entry,
    )
else:
    __getattr__, __dir__ = loader(__name__, EXPORTS)

__all__ = [
    "Entry",
]

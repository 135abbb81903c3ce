"""All models: a class for every model id, loaded when it is first used.

Import the classes from here; `runcomfy_client.request` finds one by its model id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_client._lazy import loader
from runcomfy_client.models._index import EXPORTS

if TYPE_CHECKING:
    from runcomfy_client.models.acme.flat import (
        Flat as Flat,
        FlatOutput as FlatOutput,
    )
    from runcomfy_client.models.acme.text import (
        Text as Text,
        TextOutput as TextOutput,
    )
    from runcomfy_client.models.acme.wrapped import (
        Wrapped as Wrapped,
        WrappedOutput as WrappedOutput,
        WrappedOutputFramesItem as WrappedOutputFramesItem,
    )
else:
    __getattr__, __dir__ = loader(__name__, EXPORTS)

__all__ = [
    "Flat",
    "FlatOutput",
    "Text",
    "TextOutput",
    "Wrapped",
    "WrappedOutput",
    "WrappedOutputFramesItem",
]

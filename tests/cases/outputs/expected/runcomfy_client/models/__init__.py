"""All models: a class for every model id, loaded when it is first used.

Import the classes from here; `runcomfy_client.request` finds one by its model id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_client.lazy import loader
from runcomfy_client.models._index import EXPORTS

if TYPE_CHECKING:
    from runcomfy_client.models.acme.flat import Flat as Flat
    from runcomfy_client.models.acme.flat import FlatOutput as FlatOutput
    from runcomfy_client.models.acme.text import Text as Text
    from runcomfy_client.models.acme.text import TextOutput as TextOutput
    from runcomfy_client.models.acme.wrapped import Wrapped as Wrapped
    from runcomfy_client.models.acme.wrapped import WrappedOutput as WrappedOutput
    from runcomfy_client.models.acme.wrapped import WrappedOutputFramesItem as WrappedOutputFramesItem
else:
    __getattr__, __dir__ = loader(__name__, EXPORTS)

__all__ = (
    "Flat",
    "FlatOutput",
    "Text",
    "TextOutput",
    "Wrapped",
    "WrappedOutput",
    "WrappedOutputFramesItem",
)

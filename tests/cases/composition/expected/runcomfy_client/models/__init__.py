"""All models: a class for every model id, loaded when it is first used.

Import the classes from here; `runcomfy_client.request` finds one by its model id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_client.lazy import loader
from runcomfy_client.models._index import EXPORTS

if TYPE_CHECKING:
    from runcomfy_client.models.acme.composition import Composition as Composition
    from runcomfy_client.models.acme.composition import CompositionNamed as CompositionNamed
    from runcomfy_client.models.acme.composition import CompositionPoint as CompositionPoint
    from runcomfy_client.models.acme.composition import CompositionShapesItemOption1 as CompositionShapesItemOption1
    from runcomfy_client.models.acme.composition import CompositionShapesItemOption2 as CompositionShapesItemOption2
    from runcomfy_client.models.acme.composition import CompositionTree as CompositionTree
else:
    __getattr__, __dir__ = loader(__name__, EXPORTS)

__all__ = (
    "Composition",
    "CompositionNamed",
    "CompositionPoint",
    "CompositionShapesItemOption1",
    "CompositionShapesItemOption2",
    "CompositionTree",
)

"""The table of all models, as what the templates print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codegen.literals import literal


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One model in the table of all models, as source."""

    id: str
    module: str
    request: str
    exports: tuple[str, ...]
    dotted: str


def index_view(models: Mapping[str, tuple[tuple[str, ...], str, tuple[str, ...]]]) -> tuple[IndexEntry, ...]:
    """Return the table of models, given by id with their module, request class and all classes; in the order of the ids."""
    return tuple(
        IndexEntry(literal(model_id), literal(".".join(module)), literal(request), exports, ".".join(module))
        for model_id, (module, request, exports) in sorted(models.items())
    )

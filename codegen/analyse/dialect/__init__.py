"""Convert a published schema to plain JSON Schema 2020-12.

The result uses only standard keywords, plus `x-media` (the string is the public URL of a file of that medium) and `x-validations`
(rules for the file). Objects of an input are closed. References to objects are under `$defs`; all other references are resolved,
and `allOf` is merged. A default of a required property is a sample of the documentation, so it moves to `examples`. Texts other
than descriptions are removed. Pointers into the result are also pointers into the source, except for parts that come from merging
and references.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from codegen.analyse.dialect.finish import finish, reachable
from codegen.analyse.dialect.normalise import MAX_DEPTH, MAX_SCHEMAS, SchemaNormaliser
from codegen.values.diagnostics import Place, Report

__all__ = ["MAX_DEPTH", "MAX_SCHEMAS", "normalise"]


def normalise(schema: object, pointer: str, *, closed: bool, place: Callable[[str], Place], report: Report) -> dict[str, Any]:
    """Return the JSON Schema for `schema`, which is at `pointer` in its file. Errors are added to `report`.

    With `closed`, undeclared properties of objects are invalid: it is true for inputs and false for outputs.
    """
    walk = SchemaNormaliser(closed, place, report, root=schema if isinstance(schema, dict) else {}, base=pointer)
    out = finish(walk.whole(schema, pointer), closed=closed)
    named = reachable(out, {name: finish(item, closed=closed) for name, item in walk.definitions.items()})
    return {**out, "$defs": named} if named else out

"""Turns a documented schema into plain JSON Schema 2020-12.

The result uses standard keywords alone, plus `x-media` (the string is the public URL of a file of that medium) and
`x-validations` (what the file must be like). Objects of an input are closed. References lead to objects under `$defs`; all
others are resolved, and `allOf` is merged. A default on a required property is a sample of the documentation, so it moves to
`examples`. Texts other than descriptions are dropped. Pointers into the result are pointers into the source, but for parts that
were not written out there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from codegen.analyse.dialect.finish import finish, reachable
from codegen.analyse.dialect.walk import MAX_DEPTH, MAX_SCHEMAS, SchemaNormaliser
from codegen.values.diagnostics import Place, Report

__all__ = ["MAX_DEPTH", "MAX_SCHEMAS", "normalise"]


def normalise(schema: object, pointer: str, *, closed: bool, place: Callable[[str], Place], report: Report) -> dict[str, Any]:
    """Return the JSON Schema that `schema`, standing at `pointer` of its file, means; faults go to `report`.

    `closed` says that objects admit no property they don't declare, which holds for what is sent, not for what is received.
    """
    walk = SchemaNormaliser(closed, place, report, root=schema if isinstance(schema, dict) else {}, base=pointer)
    out = finish(walk.whole(schema, pointer), closed=closed)
    named = reachable(out, {name: finish(item, closed=closed) for name, item in walk.definitions.items()})
    return {**out, "$defs": named} if named else out

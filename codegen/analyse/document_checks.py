"""Holds what a document says beside its input schema to that schema: the list of required inputs, and the sample body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from codegen.analyse.samples import sample_body
from codegen.analyse.validity import fits
from codegen.read.document import Document
from codegen.values.diagnostics import Report, quoted
from codegen.values.pointer import escape

_PLACEHOLDERS: Final[tuple[Any, ...]] = ("", [])
"""What published samples hold for required inputs without a default."""


def with_required_inputs(item: Document) -> dict[str, Any]:
    """Return the published input schema; where it has no `required` of its own, that of the catalog entry is taken."""
    schema, listed = item.input_schema, item.extra.get("required_inputs")
    declared = schema.get("properties")
    if not listed or "required" in schema or not isinstance(declared, dict):
        return schema
    return {**schema, "required": [name for name in listed if name in declared]}


def check_required_inputs(item: Document, schema: Mapping[str, Any], report: Report) -> None:
    """Warn where a catalog entry requires other inputs than its normalised schema."""
    listed = item.extra.get("required_inputs")
    if listed is None:
        return
    required = schema.get("required", [])
    differing = [name for name in (*listed, *required) if name not in listed or name not in required]
    if differing:
        names = ", ".join(map(quoted, dict.fromkeys(differing)))
        message = f"required_inputs and the schema's required differ in {names}; the schema counts"
        report.warn("RC514", item.place("/required_inputs"), message, help="settle it by a correction")


def fitting_example(item: Document, schema: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Return a sample body that fits the normalised schema: the published one, with values of our own where it does not fit."""
    made, properties = sample_body(schema), schema.get("properties", {})
    if not item.example:
        return made
    out: dict[str, Any] = {}
    for name, value in item.example.items():
        if name in properties and not fits(value, properties[name], schema):
            if value not in _PLACEHOLDERS:
                message = f"the sample body gives {quoted(value)} for {quoted(name)}, which its schema refuses"
                help = "look at the page again: the schema or the sample may be out of date"
                report.warn("RC206", item.place(f"/example/{escape(name)}"), message, help=help)
            if name in made:
                out[name] = made[name]
        else:
            out[name] = value
    return out

"""Compare the list of required inputs and the sample body of a document with its input schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from codegen.analyse.samples import sample_body
from codegen.analyse.validity import fits
from codegen.read.document import Document
from codegen.values.diagnostics import Report, quoted
from codegen.values.pointer import escape

_PLACEHOLDERS: Final[tuple[Any, ...]] = ("", [])
"""The values of required inputs without a default in published samples."""


def with_required_inputs(item: Document) -> dict[str, Any]:
    """Return the published input schema, with the required inputs of the catalog entry if it has no `required`."""
    schema, listed = item.input_schema, item.extra.get("required_inputs")
    declared = schema.get("properties")
    if not listed or "required" in schema or not isinstance(declared, dict):
        return schema
    return {**schema, "required": [name for name in listed if name in declared]}


def check_required_inputs(item: Document, schema: Mapping[str, Any], report: Report) -> None:
    """Warn if a catalog entry requires other inputs than its normalised schema."""
    listed = item.extra.get("required_inputs")
    if listed is None:
        return
    required = schema.get("required", [])
    differing = [name for name in (*listed, *required) if name not in listed or name not in required]
    if differing:
        names = ", ".join(map(quoted, dict.fromkeys(differing)))
        message = f"required_inputs and the schema's required differ in {names}; the schema is used"
        report.warn("RC514", item.place("/required_inputs"), message, help="correct one of them with a correction")


def fitting_example(item: Document, schema: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Return a valid sample body: the published one, with each invalid value replaced by a generated one."""
    generated, properties = sample_body(schema), schema.get("properties", {})
    if not item.example:
        return generated
    out: dict[str, Any] = {}
    for name, value in item.example.items():
        if name in properties and not fits(value, properties[name], schema):
            if value not in _PLACEHOLDERS:
                message = f"the sample body has {quoted(value)} for {quoted(name)}, which is not valid by the schema"
                help = "check the page again: the schema or the sample may be out of date"
                report.warn("RC206", item.place(f"/example/{escape(name)}"), message, help=help)
            if name in generated:
                out[name] = generated[name]
        else:
            out[name] = value
    return out

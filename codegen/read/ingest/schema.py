"""Converts an input schema, with the model id from the command line, to a schema document."""

from __future__ import annotations

from dataclasses import replace

from codegen.read.document import Document, read
from codegen.read.jsontext import Json
from codegen.values.diagnostics import Report


def read_schema(schema: Json, *, model_id: str | None, captured: str, report: Report) -> Document | None:
    """Return the document of the model `model_id`, which is required."""
    if model_id is None:
        message = "this is an input schema, which does not contain the id of its model"
        report.error("RC203", schema.place(), message, help="pass the model id with --id, as in --id vendor/model/variant")
        return None
    document = read(schema, expected_id=model_id, report=report)
    return replace(document, source="schema", captured=captured) if document else None

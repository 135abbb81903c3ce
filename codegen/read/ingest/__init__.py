"""Turns what a user gives, a documentation page, a catalog payload or an input schema, into schema documents."""

from __future__ import annotations

import re
from typing import Final

from codegen.read.document import Document, check_id, is_document, looks_like_schema
from codegen.read.ingest.catalog import read_catalog, read_entry
from codegen.read.ingest.html import extract_text
from codegen.read.ingest.page import ADDRESS, read_page
from codegen.read.ingest.schema import read_schema
from codegen.read.jsontext import Json, SourceText, parse
from codegen.values.diagnostics import Place, Report

__all__ = ["ingest"]

_HTML: Final = re.compile(r"\s*<(?:!|[a-z?])", re.IGNORECASE)
_JSON: Final = re.compile(r'\s*(?:\[|(?:"[^\n]*"|[-+.\w]*)\s*\Z)')


def ingest(text: str, file: str, *, model_id: str | None, captured: str, report: Report) -> tuple[Document, ...]:
    """Return the schema documents that stand in `text`, whichever of the known forms it has.

    `model_id` is the id that the user gave, if any; `captured` the day of capture, YYYY-MM-DD. Every fault is reported.
    """
    if model_id is not None and not check_id(model_id, Place(file), report):
        return ()
    found: Document | None
    if _HTML.match(text):
        found = read_page(extract_text(text, file), model_id=model_id, captured=captured, report=report)
    elif _is_json(text):
        json = parse(text, file, report)
        return _read_json(json, model_id=model_id, captured=captured, report=report) if json else ()
    else:
        found = read_page(SourceText(file, text), model_id=model_id, captured=captured, report=report)
    return (found,) if found else ()


def _is_json(text: str) -> bool:
    """Whether a text is to be read as JSON, sound or not. A page may begin with a bracket too, but names an endpoint."""
    return text.lstrip().startswith("{") or (bool(_JSON.match(text)) and ADDRESS not in text)


def _read_json(json: Json, *, model_id: str | None, captured: str, report: Report) -> tuple[Document, ...]:
    value = json.value
    found: Document | None
    if is_document(value):
        found = read_entry(json, model_id=model_id, captured=captured, report=report)
    elif looks_like_schema(value):
        found = read_schema(json, model_id=model_id, captured=captured, report=report)
    elif isinstance(value, dict) and "models" in value:
        return read_catalog(json, model_id=model_id, captured=captured, report=report)
    else:
        help = "give a documentation page, a catalog payload, one of its entries, or an object schema with --id"
        report.error("RC209", json.place(), "this JSON is neither a catalog nor a schema", help=help)
        return ()
    return (found,) if found else ()

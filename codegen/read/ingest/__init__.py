"""Converts documentation pages, catalogs and input schemas to schema documents."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from codegen.read.document import Document, check_id, is_document, looks_like_schema
from codegen.read.ingest.catalog import read_catalog, read_entries, read_entry
from codegen.read.ingest.cleaning import clean, without_http_head
from codegen.read.ingest.embedded import embedded_page
from codegen.read.ingest.html import extract_text
from codegen.read.ingest.page import ADDRESS, read_page, shows_schema
from codegen.read.ingest.schema import read_schema
from codegen.read.ingest.unsupported_files import unsupported_json, unsupported_text
from codegen.read.jsontext import Json, SourceText, objects_in, parse
from codegen.values.diagnostics import Place, Report

__all__ = ["ingest"]

_HTML: Final = re.compile(r"\s*<(?:!|[a-z?])", re.IGNORECASE)
_ENTRIES: Final = re.compile(r"\s*\[\s*\{\s*\"")
_JSON: Final = re.compile(r'\s*(?:\[|(?:"[^\n]*"|[-+.\w]*)\s*\Z)')


def ingest(text: str, file: str, *, model_id: str | None, captured: str, report: Report) -> tuple[Document, ...]:
    """Return the schema documents in a text.

    Args:
        text: a documentation page (text or HTML), a catalog, a catalog entry, or an input schema.
        file: the name of the file.
        model_id: the id of the model, or its endpoint, from the command line; None if there is none.
        captured: the date of the capture, YYYY-MM-DD.
        report: collects the problems.
    """
    if model_id is not None and model_id.startswith(ADDRESS):
        model_id = unquote(model_id.removeprefix(ADDRESS)).rstrip("/")
    if model_id is not None and not check_id(model_id, Place(file), report):
        return ()
    foreign = unsupported_text(text)
    if foreign:
        report.error("RC213", SourceText(file, text).place(foreign.offset), f"this is {foreign.name}", help=foreign.help)
        return ()
    text = without_http_head(text)
    is_html = bool(_HTML.match(text))
    text = text if is_html else clean(text)
    if is_html:
        page = extract_text(text, file)
        page = replace(page, content=clean(page.content))
        if not shows_schema(page):
            page = embedded_page(text, file) or page
    elif _is_json(text):
        json = parse(text, file, report)
        return _read_json(json, model_id=model_id, captured=captured, report=report) if json else ()
    else:
        page = SourceText(file, text)
        entries = [found.json for found in objects_in(page) if found.json and _is_of_catalog(found.json.value)]
        if entries:  # for example, a catalog in a code block of Markdown
            documents = [_read_json(json, model_id=model_id, captured=captured, report=report) for json in entries]
            return tuple(document for part in documents for document in part)
    found = read_page(page, model_id=model_id, captured=captured, report=report)
    return (found,) if found else ()


def _is_json(text: str) -> bool:
    """Return True if a text is parsed as JSON, valid or not. A page may also begin with a bracket, but contains an endpoint."""
    return text.lstrip().startswith("{") or (bool(_JSON.match(text)) and (ADDRESS not in text or bool(_ENTRIES.match(text))))


def _is_of_catalog(value: object) -> bool:
    return is_document(value) or (isinstance(value, dict) and isinstance(value.get("models"), list))


def _read_json(json: Json, *, model_id: str | None, captured: str, report: Report) -> tuple[Document, ...]:
    value = json.value
    found: Document | None
    foreign = unsupported_json(value)
    if foreign:
        report.error("RC213", json.place(), f"this is {foreign.name}", help=foreign.help)
        return ()
    if is_document(value):
        found = read_entry(json, model_id=model_id, captured=captured, report=report)
    elif looks_like_schema(value):
        found = read_schema(json, model_id=model_id, captured=captured, report=report)
    elif isinstance(value, dict) and "models" in value:
        return read_catalog(json, model_id=model_id, captured=captured, report=report)
    elif isinstance(value, list) and any(is_document(entry) for entry in value):
        return read_entries(json, model_id=model_id, captured=captured, report=report)
    else:
        help = "use a documentation page, a catalog, a catalog entry, or an object schema with --id"
        report.error("RC209", json.place(), "this JSON is neither a catalog nor a schema", help=help)
        return ()
    return (found,) if found else ()

"""Converts a catalog, or one entry of it, to schema documents. An invalid entry does not hide the problems of other entries."""

from __future__ import annotations

from dataclasses import replace

from codegen.read.document import Document, read
from codegen.read.jsontext import Json
from codegen.values.diagnostics import Report, quoted


def read_entry(entry: Json, *, model_id: str | None, captured: str, report: Report) -> Document | None:
    """Return one catalog entry as a document. If it has a source and a date of capture, they are kept."""
    document = read(entry, expected_id=model_id, report=report)
    if document is None:
        return None
    return replace(document, source=document.source or "catalog", captured=document.captured or captured)


def read_catalog(catalog: Json, *, model_id: str | None, captured: str, report: Report) -> tuple[Document, ...]:
    """Return the entries of `{"models": [...]}` as documents. With `model_id`, the catalog must have only that model."""
    entries = catalog.value["models"]
    if not isinstance(entries, list) or not entries:
        message = "models is not a list of catalog entries" if entries != [] else "the catalog lists no models"
        help = "use the unchanged response to GET /v1/models?include_schema=true"
        report.error("RC210", catalog.place("/models"), message, help=help)
        return ()
    _check_total(catalog, report)
    return read_entries(catalog.at("/models"), model_id=model_id, captured=captured, report=report)


def read_entries(entries: Json, *, model_id: str | None, captured: str, report: Report) -> tuple[Document, ...]:
    """Return the catalog entries of a list as documents."""
    documents = [
        read_entry(entries.at(f"/{index}"), model_id=model_id, captured=captured, report=report)
        for index in range(len(entries.value))
    ]
    valid = tuple(document for document in documents if document)
    _check_distinct(valid, report)
    return valid


def _check_total(catalog: Json, report: Report) -> None:
    total, count = catalog.value.get("total"), len(catalog.value["models"])
    if isinstance(total, int) and total > count:
        message = f"the catalog has {total} models, but this response has only {count}"
        report.warn("RC212", catalog.place("/total"), message, help="fetch the others, too, with limit and offset")


def _check_distinct(documents: tuple[Document, ...], report: Report) -> None:
    first: dict[str, Document] = {}
    for document in documents:
        other = first.setdefault(document.model_id, document)
        if other is not document:
            place, before = document.place("/model_id"), other.place("/model_id")
            message = f"duplicate model id {quoted(document.model_id)}; it is also at {before}"
            report.error("RC211", place, message, help="keep one of the two entries")

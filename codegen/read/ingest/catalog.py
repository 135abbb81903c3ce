"""A catalog payload, or one entry of it -> a schema document an entry. One bad entry does not hide the faults of the others."""

from __future__ import annotations

from dataclasses import replace

from codegen.read.document import Document, read
from codegen.read.jsontext import Json
from codegen.values.diagnostics import Report, quoted


def read_entry(entry: Json, *, model_id: str | None, captured: str, report: Report) -> Document | None:
    """Return one catalog entry as a document; a source and a day of capture that it states itself are kept."""
    document = read(entry, expected_id=model_id, report=report)
    if document is None:
        return None
    return replace(document, source=document.source or "catalog", captured=document.captured or captured)


def read_catalog(catalog: Json, *, model_id: str | None, captured: str, report: Report) -> tuple[Document, ...]:
    """Return the entries of `{"models": [...]}` as documents. With `model_id`, the catalog has that model alone."""
    entries = catalog.value["models"]
    if not isinstance(entries, list) or not entries:
        message = "models is not a list of catalog entries" if entries != [] else "the catalog lists no models"
        help = "give the payload of GET /v1/models?include_schema=true, as it was received"
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
    found = tuple(document for document in documents if document)
    _check_distinct(found, report)
    return found


def _check_total(catalog: Json, report: Report) -> None:
    total, given = catalog.value.get("total"), len(catalog.value["models"])
    if isinstance(total, int) and total > given:
        message = f"the catalog has {total} models, of which {given} are in this payload"
        report.warn("RC212", catalog.place("/total"), message, help="fetch the others too, with limit and offset")


def _check_distinct(documents: tuple[Document, ...], report: Report) -> None:
    first: dict[str, Document] = {}
    for document in documents:
        other = first.setdefault(document.model_id, document)
        if other is not document:
            place, before = document.place("/model_id"), other.place("/model_id")
            message = f"{quoted(document.model_id)} was given already, at {before}"
            report.error("RC211", place, message, help="keep one of the two entries")

"""Schema documents: the published data of one model, as a validated, immutable value and as the text of its file."""

from codegen.read.document.modelid import ENDPOINTS, ORIGIN, check_id
from codegen.read.document.reading import is_document, is_wrapped, looks_like_schema, read
from codegen.read.document.value import KEY_ORDER, Document, Origin, to_json

__all__ = [
    "ENDPOINTS",
    "KEY_ORDER",
    "ORIGIN",
    "Document",
    "Origin",
    "check_id",
    "is_document",
    "is_wrapped",
    "looks_like_schema",
    "read",
    "to_json",
]

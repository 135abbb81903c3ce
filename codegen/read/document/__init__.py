"""Schema documents: the published data of one model, as a validated, immutable value and as the text of its file."""

from codegen.read.document.document import KEY_ORDER, Document, Origin, to_json
from codegen.read.document.model_id import ENDPOINTS, ORIGIN, check_id
from codegen.read.document.parse import is_document, is_wrapped, looks_like_schema, read

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

"""All limits of the input, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from codegen.analyse.checks import MAX_BODY, MAX_CHOICES, MAX_NAME, MAX_PROPERTIES, MAX_TEXT
from codegen.analyse.dialect.merge import MAX_BRANCHES
from codegen.analyse.dialect.normalise import MAX_DEPTH, MAX_KEYWORDS, MAX_SCHEMAS
from codegen.analyse.dialect.patterns import MAX_PATTERN, MAX_REPEAT, MAX_SIZE, MAX_UNBOUNDED
from codegen.read.document.model_id import LIMIT_ID, LIMIT_SEGMENT, LIMIT_SEGMENTS
from codegen.read.jsontext import LIMIT_BYTES, LIMIT_DEPTH, LIMIT_PROBLEMS
from codegen.values.names import MAX_ATTRIBUTE, MAX_CLASS_PART


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit, and what happens above it: a diagnostic code, or a description."""

    what: str
    value: int
    effect: str


_TRUNCATED: Final = "it is truncated, and made unique with a digest"

LIMITS: Final = (
    Limit("bytes of a file", LIMIT_BYTES, "RC104"),
    Limit("levels of nested objects and lists in JSON", LIMIT_DEPTH, "RC109"),
    Limit("reported problems of one JSON text", LIMIT_PROBLEMS, "the others are reported after these are corrected"),
    Limit("characters of a model id", LIMIT_ID, "RC303"),
    Limit("segments of a model id", LIMIT_SEGMENTS, "RC303"),
    Limit("characters of a segment of a model id", LIMIT_SEGMENT, "RC303"),
    Limit("levels of nested schemas", MAX_DEPTH, "RC401"),
    Limit("schemas in a schema, with its references resolved", MAX_SCHEMAS, "RC411"),
    Limit("keywords of a schema", MAX_KEYWORDS, "RC411"),
    Limit("branches of a union", MAX_BRANCHES, "RC411"),
    Limit("characters of a pattern that is checked", MAX_PATTERN, "RC412"),
    Limit("the count of a repetition in a pattern", MAX_REPEAT, "RC412"),
    Limit("unbounded repetitions in a pattern", MAX_UNBOUNDED, "RC412"),
    Limit("characters of a pattern with its repetitions expanded", MAX_SIZE, "RC412"),
    Limit("properties of an object", MAX_PROPERTIES, "RC504"),
    Limit("values of an enum", MAX_CHOICES, "RC504"),
    Limit("characters of a description or a default", MAX_TEXT, "RC504"),
    Limit("characters of a property's name or a value of an enum", MAX_NAME, "RC504"),
    Limit("values and characters of the smallest valid body", MAX_BODY, "RC504"),
    Limit("characters of an attribute's name", MAX_ATTRIBUTE, _TRUNCATED),
    Limit("characters of one id or property in a class name", MAX_CLASS_PART, _TRUNCATED),
)
"""All limits; a test compares the table with the constants of the generator."""

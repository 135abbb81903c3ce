"""Tables of the keywords and type names in published schemas. The module `formats` has the format names.

A name that is in none of these tables is reported as a diagnostic with its place; the generator does not guess.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _validations(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(rule, dict) and isinstance(rule.get("validation_rule"), str) and _number(rule.get("validation_value"))
        for rule in value
    )


class Kind(Enum):
    """The type of a keyword's value: its text in messages, and its check."""

    def __init__(self, text: str, fits: Callable[[Any], bool]) -> None:
        self.text = text
        self.fits = fits

    ANY = "any value", lambda value: True
    TEXT = "a string", lambda value: isinstance(value, str)
    FLAG = "true or false", lambda value: isinstance(value, bool)
    NUMBER = "a number", _number
    POSITIVE = "a number above 0", lambda value: _number(value) and value > 0
    COUNT = "a whole number, 0 or more", lambda value: _number(value) and value >= 0 and value == int(value)
    NAMES = "a list of property names", _words
    CHOICES = "a list of at least one value", lambda value: isinstance(value, list) and bool(value)
    VALIDATIONS = "a list of rules, each with validation_rule and a number as validation_value", _validations
    SCHEMA_OR_FLAG = "a schema, true or false", lambda value: isinstance(value, dict | bool)
    SCHEMAS = "a list of at least one schema", lambda value: isinstance(value, list) and bool(value)
    SCHEMA = "a schema", lambda value: isinstance(value, dict)
    SCHEMA_MAP = "an object of schemas by name", lambda value: isinstance(value, dict)
    TYPE = "a type name or a list of them", lambda value: isinstance(value, str) or (_words(value) and bool(value))


KEYWORDS: Final[dict[str, Kind]] = {
    # structure
    "type": Kind.TYPE,
    "properties": Kind.SCHEMA_MAP,
    "required": Kind.NAMES,
    "additionalProperties": Kind.SCHEMA_OR_FLAG,
    "items": Kind.SCHEMA,
    "enum": Kind.CHOICES,
    "const": Kind.ANY,
    "nullable": Kind.FLAG,
    # composition
    "$ref": Kind.TEXT,
    "$defs": Kind.SCHEMA_MAP,
    "definitions": Kind.SCHEMA_MAP,
    "allOf": Kind.SCHEMAS,
    "anyOf": Kind.SCHEMAS,
    "oneOf": Kind.SCHEMAS,
    # bounds
    "minimum": Kind.NUMBER,
    "maximum": Kind.NUMBER,
    "exclusiveMinimum": Kind.NUMBER,
    "exclusiveMaximum": Kind.NUMBER,
    "multipleOf": Kind.POSITIVE,
    "minLength": Kind.COUNT,
    "maxLength": Kind.COUNT,
    "minItems": Kind.COUNT,
    "maxItems": Kind.COUNT,
    "uniqueItems": Kind.FLAG,
    "pattern": Kind.TEXT,
    # meaning
    "format": Kind.TEXT,
    "default": Kind.ANY,
    "description": Kind.TEXT,
    "validations": Kind.VALIDATIONS,
}
"""Keywords that the generator supports, and the types of their values."""

NOTED: Final = frozenset(
    "not if then else contains minContains maxContains minProperties maxProperties propertyNames patternProperties "
    "dependentRequired dependentSchemas dependencies unevaluatedItems unevaluatedProperties contentEncoding contentMediaType "
    "contentSchema".split()
)
"""JSON Schema keywords that restrict values but that the client does not check. Each is reported as a note."""

REFUSED: Final = frozenset("prefixItems additionalItems $dynamicRef $recursiveRef".split())
"""JSON Schema keywords that are not supported, although ignoring them would give wrong types. Each is reported as an error."""

ANNOTATIONS: Final = frozenset(
    "title $comment comment example examples deprecated readOnly writeOnly $schema $id id $anchor $dynamicAnchor $recursiveAnchor "
    "$vocabulary placeholder order propertyOrder ui group step cost price unit units note notes "
    # keywords of other code generators, ignored here
    "customTypePath customBasePath default_factory discriminator xml externalDocs enumNames".split()
)
"""Keywords that do not restrict values. They are omitted, as are all keywords that start with `x-`."""

BOUNDS: Final[dict[str, frozenset[str]]] = {
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "string": frozenset({"minLength", "maxLength", "pattern"}),
    "array": frozenset({"minItems", "maxItems", "uniqueItems"}),
    "boolean": frozenset(),
    "object": frozenset(),
    "null": frozenset(),
}
"""The bounds that apply to each type."""

TYPES: Final[dict[str, str]] = {
    **{name: name for name in BOUNDS},
    "float": "number",
    "double": "number",
    "int": "integer",
    "str": "string",
    "bool": "boolean",
}
"""Type names in published schemas, and their JSON Schema types."""

_NARROWING: Final = (frozenset(KEYWORDS) - {"default", "description", "nullable", "$defs", "definitions"}) | NOTED | REFUSED
_EXACT: Final = 4
"""In keywords up to this length, only two swapped letters or a plural count as a misspelling."""


def similar_keyword(word: str) -> str | None:
    """Return the restricting keyword of which `word` may be a misspelling, such as `maxLenght` or `max_length`, or None."""
    folded = _folded(word)
    near = ((_distance(folded, _folded(keyword)), keyword) for keyword in sorted(_NARROWING))
    close = [(distance, keyword) for distance, keyword in near if distance <= _tolerance(folded, keyword)]
    return min(close)[1] if close else None


def _folded(word: str) -> str:
    return word.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _tolerance(word: str, keyword: str) -> int:
    if len(keyword) <= _EXACT:
        plural = word == f"{_folded(keyword)}s"
        return 1 if plural or sorted(word) == sorted(_folded(keyword)) else 0
    return 1 if len(keyword) <= 2 * _EXACT else 2


def _distance(one: str, other: str) -> int:
    """Return the number of letters that are inserted, deleted, changed or swapped between two words."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, known in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != known))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == known:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]

"""Codes of stage 4: schemas that are not in the dialect of the documentation."""

from __future__ import annotations

import json
from typing import Final

from codegen.values.codes.diagnostic_code import Code, Omitted, inputs, schema


def _deep() -> bytes:
    nested: object = {"type": "string"}
    for _ in range(45):
        nested = {"type": "array", "items": nested}
    return json.dumps({"type": "object", "properties": {"grid": nested}}).encode()


def _many_branches() -> bytes:
    union = {"anyOf": [{"type": "string", "const": f"v{number}"} for number in range(51)]}
    return json.dumps({"type": "object", "properties": {"voice": union}}).encode()


def _validated(rule: str) -> tuple[str, ...]:
    limit = f'    {{"validation_rule": "{rule}", "validation_value": 10}}'
    return ('"photo": {', '  "type": "string", "format": "image_uri",', '  "validations": [', limit, "  ]", "}")


_REFERENCE: Final = """{{
  "type": "object",
  "properties": {{"size": {{"$ref": "#/$defs/{}"}}}},
  "$defs": {{"Size": {{"type": "integer", "minimum": 1}}}}
}}
"""

CODES: Final[dict[str, Code]] = {
    "RC401": Code(
        "schemas that are nested too deeply",
        "Real inputs have a few levels. Nobody could read types that are nested deeply, "
        "and they can crash the tools that process them.",
        wrong=schema(Omitted("45 nested lists of strings", _deep)),
        right=inputs('"grid": {"type": "array", "items": {', '  "type": "array", "items": {"type": "string"}', "}}"),
    ),
    "RC402": Code(
        "not a schema",
        "The schema of an input is an object. From a string or true, the client could not check " "anything before a paid call.",
        wrong=inputs('"prompt": "string"'),
        right=inputs('"prompt": {"type": "string"}'),
    ),
    "RC403": Code(
        "an unknown keyword",
        "JSON Schema ignores unknown keywords, so a misspelled limit would not be checked, and invalid values would be paid for. "
        "A keyword that looks like a misspelled one is an error. Any other is a warning, or an error with --strict.",
        wrong=inputs('"steps": {"type": "integer", "minimun": 1}'),
        right=inputs('"steps": {"type": "integer", "minimum": 1}'),
    ),
    "RC404": Code(
        "a keyword with a value of the wrong type",
        "The keyword is known, but not with a value of this type, so it is not clear what it should check.",
        wrong=inputs('"steps": {"type": "integer", "minimum": "1"}'),
        right=inputs('"steps": {"type": "integer", "minimum": 1}'),
    ),
    "RC405": Code(
        "a keyword or structure that is not supported",
        "This is valid JSON Schema that restricts the values, but the client has no types for it. "
        "If it were ignored silently, invalid values would be accepted, or valid ones rejected.",
        wrong=inputs('"size": {', '  "type": "array",', '  "prefixItems": [{"type": "integer"}, {"type": "integer"}]', "}"),
        right=inputs('"size": {', '  "type": "array", "items": {"type": "integer"},', '  "minItems": 2, "maxItems": 2', "}"),
    ),
    "RC406": Code(
        "a schema without a type",
        "An input of any type cannot be checked: a mistake shows only after the call. "
        'If the type is not published, list the input in "incomplete" in the model\'s document.',
        wrong=inputs('"seed": {"description": "Repeats a result."}'),
        right=inputs('"seed": {"type": "integer", "description": "Repeats a result."}'),
    ),
    "RC407": Code(
        "an unknown type",
        "The type determines the type of the input in Python. An unknown word is not guessed, "
        "since a wrong guess rejects valid values or sends invalid ones.",
        wrong=inputs('"scale": {"type": "flaot"}'),
        right=inputs('"scale": {"type": "float"}'),
    ),
    "RC408": Code(
        "a list without a type of its items",
        "The client could only check that it is a list, and an editor could not show the type of its items.",
        wrong=inputs('"tags": {"type": "array"}'),
        right=inputs('"tags": {"type": "array", "items": {"type": "string"}}'),
    ),
    "RC409": Code(
        "an unknown format",
        "A format can mean that a string is the URL of an image, a video or an audio file, which is checked before a call. "
        "This format is not known, so values are not checked.",
        wrong=inputs('"photo": {"type": "string", "format": "image_link"}'),
        right=inputs('"photo": {"type": "string", "format": "image_uri"}'),
    ),
    "RC410": Code(
        "a limit that does not apply to its type",
        "In JSON Schema, such a limit has no effect, so it is omitted. " "Most likely, the type or the limit is wrong.",
        wrong=inputs('"name": {"type": "string", "maximum": 80}'),
        right=inputs('"name": {"type": "string", "maxLength": 80}'),
    ),
    "RC411": Code(
        "a schema that expands to too many types",
        "References and unions can expand to very large types. "
        "Above a limit, nobody could use the types, and tools would take too long to process them.",
        wrong=schema(Omitted('a property whose "anyOf" has 51 branches, each with one string', _many_branches)),
        right=inputs('"voice": {"type": "string", "enum": ["alto", "bass"]}'),
    ),
    "RC412": Code(
        "not checked before the call",
        "The schema has a restriction that the client does not check, or cannot check safely. "
        "Only the server rejects an invalid value, after the call.",
        wrong=inputs('"count": {"type": "integer", "not": {"enum": [0, -1]}}'),
        right=inputs('"count": {"type": "integer", "minimum": 1}'),
    ),
    "RC413": Code(
        "parts that contradict each other",
        "A value must match all parts of an allOf, but no value can match these. The input could not be used.",
        wrong=inputs('"size": {', '  "allOf": [{"type": "string"}, {"type": "integer"}]', "}"),
        right=inputs('"size": {', '  "allOf": [{"type": "integer"}, {"type": "integer", "minimum": 1}]', "}"),
    ),
    "RC414": Code(
        "an invalid regular expression",
        "The pattern cannot be compiled, so no value can be checked. It may be incomplete, or escaped twice.",
        wrong=inputs('"colour": {"type": "string", "pattern": "^#[0-9a-f{6}$"}'),
        right=inputs('"colour": {"type": "string", "pattern": "^#[0-9a-f]{6}$"}'),
    ),
    "RC415": Code(
        "an unknown validation rule",
        "These rules are limits of the file at a URL, and become the documentation of the input. "
        "An unknown rule would be lost silently.",
        wrong=inputs(*_validated("file_size<")),
        right=inputs(*_validated("file_size_mb<")),
    ),
    "RC416": Code(
        "a reference that cannot be resolved",
        "Without the schema that it refers to, the type of the value is not known. "
        "Only references within the document are resolved: nothing is fetched, and no other file is opened.",
        wrong=schema(_REFERENCE.format("Sise")),
        right=schema(_REFERENCE.format("Size")),
    ),
    "RC417": Code(
        "parts of a composition that differ",
        "Two parts of a schema have different defaults, or one part forbids an input that another declares. "
        "Then the client has no default, and omits the forbidden input.",
        wrong=inputs('"ratio": {"allOf": [', '  {"type": "string", "default": "16:9"},', '  {"default": "9:16"}', "]}"),
        right=inputs('"ratio": {"type": "string", "default": "16:9"}'),
    ),
}

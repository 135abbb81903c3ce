"""Codes of stage 4: what the dialect of the documentation does not have."""

from __future__ import annotations

import json
from typing import Final

from codegen.values.codes.value import Code, Omitted, inputs, schema


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
        "schemas nested too deep",
        "Real inputs nest a few levels. Types made of a schema that goes on and on could be read by nobody, "
        "and it can bring down the tools that read them.",
        wrong=schema(Omitted("a list of lists of lists of strings, and so on, 45 deep", _deep)),
        right=inputs('"grid": {"type": "array", "items": {', '  "type": "array", "items": {"type": "string"}', "}}"),
    ),
    "RC402": Code(
        "not a schema",
        "What an input may be is said by an object. A bare word or true says nothing that the client could "
        "check before a paid call.",
        wrong=inputs('"prompt": "string"'),
        right=inputs('"prompt": {"type": "string"}'),
    ),
    "RC403": Code(
        "an unknown keyword",
        "JSON Schema ignores unknown keywords, so a misspelt bound would check nothing and bad values would be paid for. "
        "A keyword that looks like a misspelt one is an error. Any other is a warning, and an error with --strict.",
        wrong=inputs('"steps": {"type": "integer", "minimun": 1}'),
        right=inputs('"steps": {"type": "integer", "minimum": 1}'),
    ),
    "RC404": Code(
        "a keyword with a value of the wrong kind",
        "The keyword is known, but not with such a value, so what it is to check cannot be told.",
        wrong=inputs('"steps": {"type": "integer", "minimum": "1"}'),
        right=inputs('"steps": {"type": "integer", "minimum": 1}'),
    ),
    "RC405": Code(
        "a keyword or a form that is not supported",
        "This is legal JSON Schema that decides what a value is, but the client has no types for it. "
        "Left out in silence, it would let wrong values through, or refuse right ones.",
        wrong=inputs('"size": {', '  "type": "array",', '  "prefixItems": [{"type": "integer"}, {"type": "integer"}]', "}"),
        right=inputs('"size": {', '  "type": "array", "items": {"type": "integer"},', '  "minItems": 2, "maxItems": 2', "}"),
    ),
    "RC406": Code(
        "a schema without a type",
        "An input of any type can be checked for nothing: the mistake shows only after the call. "
        'If the type is really not published, name the input under "incomplete" in the model\'s document.',
        wrong=inputs('"seed": {"description": "Repeats a result."}'),
        right=inputs('"seed": {"type": "integer", "description": "Repeats a result."}'),
    ),
    "RC407": Code(
        "an unknown type",
        "The type decides what the input is in Python. A word that is in no table is not guessed at, "
        "for a wrong guess refuses right values or sends wrong ones.",
        wrong=inputs('"scale": {"type": "flaot"}'),
        right=inputs('"scale": {"type": "float"}'),
    ),
    "RC408": Code(
        "a list without a type of elements",
        "The client could only check that it is a list, and an editor could say nothing about what belongs into it.",
        wrong=inputs('"tags": {"type": "array"}'),
        right=inputs('"tags": {"type": "array", "items": {"type": "string"}}'),
    ),
    "RC409": Code(
        "an unknown format",
        "A format can mean that a text is the URL of an image, a video or a sound, which is checked before a call. "
        "This word is not known, so values are not checked for it.",
        wrong=inputs('"photo": {"type": "string", "format": "image_link"}'),
        right=inputs('"photo": {"type": "string", "format": "image_uri"}'),
    ),
    "RC410": Code(
        "a bound that says nothing about its type",
        "By the rules of JSON Schema such a bound has no effect, so it is left out. "
        "Most likely the type or the bound is not what was meant.",
        wrong=inputs('"name": {"type": "string", "maximum": 80}'),
        right=inputs('"name": {"type": "string", "maxLength": 80}'),
    ),
    "RC411": Code(
        "a schema that amounts to too much",
        "References and unions can stand for far more than they show. "
        "Past a limit the types would be of use to nobody, and whatever reads them would take for ever.",
        wrong=schema(Omitted('a property whose "anyOf" has 51 branches, each with one text', _many_branches)),
        right=inputs('"voice": {"type": "string", "enum": ["alto", "bass"]}'),
    ),
    "RC412": Code(
        "not checked before the call",
        "The schema narrows what is valid in a way that the client does not check, or cannot check in safety. "
        "A wrong value is found by the server alone, after the call.",
        wrong=inputs('"count": {"type": "integer", "not": {"enum": [0, -1]}}'),
        right=inputs('"count": {"type": "integer", "minimum": 1}'),
    ),
    "RC413": Code(
        "parts that do not go together",
        "All parts of an allOf hold at once, and no value can meet these. The input could not be used.",
        wrong=inputs('"size": {', '  "allOf": [{"type": "string"}, {"type": "integer"}]', "}"),
        right=inputs('"size": {', '  "allOf": [{"type": "integer"}, {"type": "integer", "minimum": 1}]', "}"),
    ),
    "RC414": Code(
        "not a regular expression",
        "The pattern cannot be read, so no value can be checked by it. It may have been cut, or escaped once too often.",
        wrong=inputs('"colour": {"type": "string", "pattern": "^#[0-9a-f{6}$"}'),
        right=inputs('"colour": {"type": "string", "pattern": "^#[0-9a-f]{6}$"}'),
    ),
    "RC415": Code(
        "an unknown validation rule",
        "These rules say what the file behind a URL must be like, and become the documentation of the input. "
        "One that is not known would be lost in silence.",
        wrong=inputs(*_validated("file_size<")),
        right=inputs(*_validated("file_size_mb<")),
    ),
    "RC416": Code(
        "a reference that leads nowhere",
        "Without what it refers to, nothing is known of the value. "
        "References hold inside the document alone: nothing is fetched, and no other file is opened.",
        wrong=schema(_REFERENCE.format("Sise")),
        right=schema(_REFERENCE.format("Size")),
    ),
    "RC417": Code(
        "parts of a composition that do not say the same",
        "Two parts of a schema give different defaults, or one part forbids what another declares. "
        "The client shows no default then, and leaves out the input that is forbidden.",
        wrong=inputs('"ratio": {"allOf": [', '  {"type": "string", "default": "16:9"},', '  {"default": "9:16"}', "]}"),
        right=inputs('"ratio": {"type": "string", "default": "16:9"}'),
    ),
}

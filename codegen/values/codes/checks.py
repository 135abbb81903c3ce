"""Codes of stage 5: schemas that are invalid, unsatisfiable, or contradict themselves."""

from __future__ import annotations

import json
from typing import Final

from codegen.values.codes.diagnostic_code import Code, Example, Omitted, inputs, schema

_REQUIRED: Final = '{{\n  "type": "object",\n  "required": [{}],\n  "properties": {{"prompt": {{"type": "string"}}}}\n}}\n'
_SCENES: Final = """{
  "model_id": "acme/model",
  "input_schema": {"type": "object", "properties": {
    "length": {"type": "integer"},
    "scenes": {"type": "array", "items": {
      "type": "object", "properties": {"seconds": {"type": "integer"}}
    }}
  }},
  "rules": [
    {"kind": "sum_equals", "items": "scenes", "part": "seconds",
     "total": "length"}
  ]
}
"""


_LISTED: Final = """{
  "model_id": "acme/model",
  "required_inputs": ["prompt", "seed"],
  "input_schema": {
    "type": "object",
    "properties": {
      "prompt": {"type": "string"}, "seed": {"type": "integer"}
    },
    "required": ["prompt"]
  }
}
"""


def _many_choices() -> bytes:
    field = {"type": "string", "enum": [f"v{number}" for number in range(2001)]}
    return json.dumps({"type": "object", "properties": {"voice": field}}).encode()


def _entry(content: str) -> Example:
    return Example("add entry.json", {"entry.json": content})


_PRICED: Final = """{
  "model_id": "acme/model",
  "input_schema": {"type": "object", "properties": {
    "size": {"type": "string", "enum": ["480p", "720p"]},
    "duration": {"type": "integer", "default": 5}
  }},
  "price_table": {
    "unit": "second", "usd": {"size": {"480p": 0.1, "720p": 0.2}},
    "source": "price list", "date": "2026-11-25"
  }
}
"""


CODES: Final[dict[str, Code]] = {
    "RC501": Code(
        "not valid JSON Schema",
        "The schema is not valid according to JSON Schema. The client ships its schemas, and no other program "
        "could use this one.",
        wrong=schema(_REQUIRED.format('"prompt", "prompt"')),
        right=schema(_REQUIRED.format('"prompt"')),
    ),
    "RC502": Code(
        "an input that is not an object",
        "A request is an object with named inputs. A list or a string alone cannot be sent.",
        wrong=schema('{"type": "array", "items": {"type": "string"}}\n'),
        right=inputs('"prompts": {"type": "array", "items": {"type": "string"}}'),
    ),
    "RC503": Code(
        "limits that no value can satisfy",
        "The minimum is greater than the maximum, so all values would be rejected, and the input could not be used.",
        wrong=inputs('"steps": {"type": "integer", "minimum": 50, "maximum": 10}'),
        right=inputs('"steps": {"type": "integer", "minimum": 10, "maximum": 50}'),
    ),
    "RC504": Code(
        "a size limit is exceeded",
        "Published models are much smaller. Types and texts of this size slow down editors and type checkers, "
        "and indicate a mistake or an attack.",
        wrong=schema(Omitted("a property with an enum of 2,001 strings", _many_choices)),
        right=inputs('"voice": {"type": "string", "enum": ["alto", "bass"]}'),
    ),
    "RC505": Code(
        "a property without a name",
        "An empty or blank name cannot become an argument in Python, and is a mistake in the schema.",
        wrong=inputs('"": {"type": "string"}'),
        right=inputs('"prompt": {"type": "string"}'),
    ),
    "RC506": Code(
        "a required property that is not declared",
        "The client would not have the input, and the server would reject every request without it. "
        "One of the two names is misspelled, or the property is missing.",
        wrong=schema(_REQUIRED.format('"promt"')),
        right=schema(_REQUIRED.format('"prompt"')),
    ),
    "RC507": Code(
        "an enum value of another type",
        "The value is one of the choices, but does not have the type of the input: it would be rejected.",
        wrong=inputs('"seconds": {"type": "integer", "enum": [5, "10"]}'),
        right=inputs('"seconds": {"type": "integer", "enum": [5, 10]}'),
    ),
    "RC508": Code(
        "a duplicate enum value",
        "Most likely, one of the two should be another value, which the client would reject.",
        wrong=inputs('"size": {"type": "string", "enum": ["720p", "720p"]}'),
        right=inputs('"size": {"type": "string", "enum": ["720p", "1080p"]}'),
    ),
    "RC509": Code(
        "a default that is not valid",
        "The documented default violates the input's own limits, so one of them is wrong. "
        "The client omits this default; that of the server still applies.",
        wrong=inputs('"steps": {"type": "integer", "maximum": 50, "default": 60}'),
        right=inputs('"steps": {"type": "integer", "maximum": 50, "default": 30}'),
    ),
    "RC510": Code(
        "an unknown rule between inputs",
        "Rules are checked before a call. An unknown or incomplete rule would not check anything.",
        wrong=_entry(_SCENES.replace("sum_equals", "sum_is")),
        right=_entry(_SCENES),
    ),
    "RC511": Code(
        "a rule about inputs that are not declared",
        "The rule refers to an input that the schema does not have, so it could never be satisfied, or never be violated.",
        wrong=_entry(_SCENES.replace('"part": "seconds"', '"part": "length"')),
        right=_entry(_SCENES),
    ),
    "RC512": Code(
        "an invalid price table",
        "A client that guesses the meaning of a table shows a wrong price, so the table must have the "
        "exact structure, a source and a date.",
        wrong=_entry(_PRICED.replace('"usd": {', '"price": {')),
        right=_entry(_PRICED),
    ),
    "RC513": Code(
        "a price for inputs that are not declared",
        "The table has an input or a value that the schema does not have, so that price could never apply.",
        wrong=_entry(_PRICED.replace('"usd": {"size"', '"usd": {"width"')),
        right=_entry(_PRICED),
    ),
    "RC514": Code(
        "required inputs that the schema does not require",
        "A catalog entry has a list of required inputs in addition to the schema. If the two differ, one of them is out of date. "
        "The list in the schema applies; if it has none, that of the entry.",
        wrong=_entry(_LISTED),
        right=_entry(_LISTED.replace('["prompt", "seed"]', '["prompt"]')),
    ),
    "RC515": Code(
        "an invisible character in a name or value",
        "Text that is copied from a web page may contain a zero-width or no-break space within a name. The name is sent unchanged, "
        "so the server would not get the intended input, but the job would be billed.",
        wrong=inputs('"see\\u200bd": {"type": "integer"}'),
        right=inputs('"seed": {"type": "integer"}'),
    ),
}

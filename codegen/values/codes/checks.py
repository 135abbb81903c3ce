"""Codes of stage 5: what keeps a schema from being sound, from being met, or from agreeing with itself."""

from __future__ import annotations

import json
from typing import Final

from codegen.values.codes.value import Code, Example, Omitted, inputs, schema

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
        "The schema breaks a rule of JSON Schema itself. The client ships its schemas, and no other program "
        "could work with this one.",
        wrong=schema(_REQUIRED.format('"prompt", "prompt"')),
        right=schema(_REQUIRED.format('"prompt"')),
    ),
    "RC502": Code(
        "an input that is not an object",
        "A request is an object of named inputs. A list or a text by itself cannot be sent.",
        wrong=schema('{"type": "array", "items": {"type": "string"}}\n'),
        right=inputs('"prompts": {"type": "array", "items": {"type": "string"}}'),
    ),
    "RC503": Code(
        "bounds that nothing can meet",
        "The lower bound is above the upper one, so every value would be refused and the input could not be used.",
        wrong=inputs('"steps": {"type": "integer", "minimum": 50, "maximum": 10}'),
        right=inputs('"steps": {"type": "integer", "minimum": 10, "maximum": 50}'),
    ),
    "RC504": Code(
        "beyond a size limit",
        "No published model comes near these sizes. Types and texts of this length slow down editors and type checkers, "
        "and point to a mistake or an attack.",
        wrong=schema(Omitted("a property with an enum of 2,001 texts", _many_choices)),
        right=inputs('"voice": {"type": "string", "enum": ["alto", "bass"]}'),
    ),
    "RC505": Code(
        "a property without a name",
        "An empty or blank name cannot become an argument in Python, and is a mistake of the schema.",
        wrong=inputs('"": {"type": "string"}'),
        right=inputs('"prompt": {"type": "string"}'),
    ),
    "RC506": Code(
        "a required property that is not declared",
        "The client could not offer the input, and the server would refuse every request that lacks it. "
        "One of the two names is misspelt, or the property is missing.",
        wrong=schema(_REQUIRED.format('"promt"')),
        right=schema(_REQUIRED.format('"prompt"')),
    ),
    "RC507": Code(
        "an enum value of another type",
        "The value is offered, but by its type it is not valid: whoever chose it would be refused.",
        wrong=inputs('"seconds": {"type": "integer", "enum": [5, "10"]}'),
        right=inputs('"seconds": {"type": "integer", "enum": [5, 10]}'),
    ),
    "RC508": Code(
        "an enum value that stands twice",
        "One of the two was most likely meant to be another value, which the client would then refuse.",
        wrong=inputs('"size": {"type": "string", "enum": ["720p", "720p"]}'),
        right=inputs('"size": {"type": "string", "enum": ["720p", "1080p"]}'),
    ),
    "RC509": Code(
        "a default that is not valid",
        "The documented default breaks the input's own bounds, so one of them is wrong. "
        "The default is left out of the client; the server's own stays in force.",
        wrong=inputs('"steps": {"type": "integer", "maximum": 50, "default": 60}'),
        right=inputs('"steps": {"type": "integer", "maximum": 50, "default": 30}'),
    ),
    "RC510": Code(
        "an unknown rule between inputs",
        "Rules are checked before a call. One that is not known, or lacks a member, would check nothing.",
        wrong=_entry(_SCENES.replace("sum_equals", "sum_is")),
        right=_entry(_SCENES),
    ),
    "RC511": Code(
        "a rule about inputs that are not declared",
        "The rule names an input that the schema does not have, so it can never be met or never be broken.",
        wrong=_entry(_SCENES.replace('"part": "seconds"', '"part": "length"')),
        right=_entry(_SCENES),
    ),
    "RC512": Code(
        "not a price table",
        "A client that guesses what a table means tells users a wrong price, so the table must have its "
        "exact form, a source and a date.",
        wrong=_entry(_PRICED.replace('"usd": {', '"price": {')),
        right=_entry(_PRICED),
    ),
    "RC513": Code(
        "a price for inputs that are not declared",
        "The table names an input or a value that the schema does not have, so that price could never apply.",
        wrong=_entry(_PRICED.replace('"usd": {"size"', '"usd": {"width"')),
        right=_entry(_PRICED),
    ),
    "RC514": Code(
        "required inputs that the schema does not require",
        "A catalog entry lists its required inputs beside the schema. Where the two differ, one of them is out of date. "
        "The schema counts; where it has no list of its own, that of the entry does.",
        wrong=_entry(_LISTED),
        right=_entry(_LISTED.replace('["prompt", "seed"]', '["prompt"]')),
    ),
    "RC515": Code(
        "a character that nobody sees in a name or value",
        "Copying from a web page may leave a zero-width or no-break space inside of a name. The name is sent as it is written, "
        "so the server would miss the input that you meant, after you have paid.",
        wrong=inputs('"see\\u200bd": {"type": "integer"}'),
        right=inputs('"seed": {"type": "integer"}'),
    ),
}

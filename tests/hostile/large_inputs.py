"""The hostile inputs that are too large to be stored as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

_MEDIA: Final = {"output": {"type": "object", "properties": {"image": {"type": "string", "format": "uri"}}}}


def _inputs(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "title": "Input", "properties": properties}


def _entry(model_id: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"model_id": model_id, "endpoint": f"/v1/models/{model_id}", "input_schema": schema, "output_schema": _MEDIA}


def _prompt() -> dict[str, Any]:
    return {**_inputs(prompt={"type": "string"}), "required": ["prompt"]}


def _nested_text(opening: str, inside: str, closing: str, times: int) -> str:
    """Return JSON that is too deeply nested for the JSON library to write."""
    return opening * times + inside + closing * times


def _nested_arrays() -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(60):
        schema = {"type": "array", "items": schema}
    return _inputs(x=schema)


def _decompression_bomb() -> dict[str, Any]:
    definitions: dict[str, Any] = {"a26": {"type": "integer"}}
    for number in range(26):
        below = {"$ref": f"#/$defs/a{number + 1}"}
        definitions[f"a{number}"] = {"anyOf": [below, {"type": "array", "items": below}]}
    return {"type": "object", "properties": {"x": {"$ref": "#/$defs/a0"}}, "$defs": definitions}


def _one_bad_among_many() -> dict[str, Any]:
    good = [f"ok/m{number}" for number in range(25)], [f"ok/n{number}" for number in range(24)]
    before, after = ([_entry(model_id, _prompt()) for model_id in ids] for ids in good)
    return {"models": [*before, _entry("bad/x", _inputs(a={"$ref": "#/nope"})), *after]}


_DEEP_DEFAULT: Final = '{"type": "object", "title": "Input", "properties": {"x": {"default": %s}}}'

BIG: Final[dict[str, Callable[[], str]]] = {
    "a18_desc_1mb": lambda: json.dumps(_inputs(x={"type": "string", "description": "A" * 1_000_000})),
    "b24_prop_long": lambda: json.dumps(_inputs(**{"p" * 5000: {"type": "integer"}})),
    "b27_prop_5000": lambda: json.dumps(
        _inputs(**{f"p{number}": {"type": "integer", "default": number} for number in range(5000)})
    ),
    "c10_default_deep": lambda: _DEEP_DEFAULT % _nested_text("[", "", "]", 500),
    "d06_enum_20k": lambda: json.dumps(_inputs(x={"type": "string", "enum": [f"voice-{number}" for number in range(20_000)]})),
    "g11_ref_bomb_anyof": lambda: json.dumps(_decompression_bomb()),
    "g12_depth_300": lambda: _nested_text('{"type": "object", "properties": {"n": ', '{"type": "string"}', "}}", 300),
    "g14_depth_arrays_60": lambda: json.dumps(_nested_arrays()),
    "g15_union_5000": lambda: json.dumps(_inputs(x={"anyOf": [{"const": f"v{number}"} for number in range(5000)]})),
    "m15_id_long": lambda: json.dumps({"models": [_entry("a/" + "b" * 5000, _prompt()), _entry("a/" + "c" * 300, _prompt())]}),
    "m24_one_bad_among_many": lambda: json.dumps(_one_bad_among_many()),
}
"""Each as the text of its file."""

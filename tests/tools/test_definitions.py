"""Tool definitions: within the documented subset of each provider, unchanged by the provider's own converter, and complete.

The packages of the providers take seconds to import, so only the tests that need them import them.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import jsonschema
import pytest
from pydantic import TypeAdapter
from runcomfy_client import RawRequest, model_class, tools
from runcomfy_client.catalog import all_documents
from runcomfy_client.errors import UnknownModel

DIALECTS = get_args(tools.Dialect)
IDS = [document.model_id for document in all_documents()]
FREE = [model_id for model_id in IDS if tools.free_form_inputs(model_class(model_id))]
STRICT_KEYWORDS = {
    *("type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "$ref", "$defs", "description"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "pattern"),
}
ANTHROPIC_KEYWORDS = {
    *(
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "anyOf",
        "$ref",
        "$defs",
        "description",
        "minItems",
    ),
}
LONGEST_STRICT = 120_000


def parameters(model_id: str, dialect: tools.Dialect) -> dict[str, Any]:
    """Return the schema in a definition."""
    made = tools.definition(model_class(model_id), dialect=dialect)
    inner = made.get("function", made)
    found: dict[str, Any] = next(
        inner[key] for key in ("parameters", "input_schema", "parametersJsonSchema", "inputSchema") if key in inner
    )
    return found


def schemas(schema: dict[str, Any], depth: int = 0) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield a schema and all schemas in it, with their depths in objects and lists."""
    yield schema, depth
    for part in schema.get("properties", {}).values():
        yield from schemas(part, depth + 1)
    for part in schema.get("anyOf", []):
        yield from schemas(part, depth)
    for part in schema.get("$defs", {}).values():
        yield from schemas(part, depth + 1)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from schemas(schema[name], depth + 1)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_model_has_a_definition_in_every_dialect(dialect: tools.Dialect) -> None:
    names = set()
    for model_id in IDS:
        model = model_class(model_id)
        made = tools.definition(model, dialect=dialect)
        assert made == tools.definition(model, dialect=dialect)
        assert json.loads(json.dumps(made)) == made
        inner = made.get("function", made)
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", inner["name"])
        assert model_id in inner["description"] and "billed" in inner["description"]
        schema = parameters(model_id, dialect)
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        names.add(inner["name"])
    assert len(names) == len(IDS)


@pytest.mark.parametrize("model_id", [one for one in IDS if one not in FREE])
def test_openai_strict_keeps_to_the_documented_subset(model_id: str) -> None:
    from openai.lib._pydantic import _ensure_strict_json_schema
    from openai.types.chat import ChatCompletionFunctionToolParam

    made = tools.definition(model_class(model_id), dialect="openai-strict")
    TypeAdapter(ChatCompletionFunctionToolParam).validate_python(made)
    assert made["function"]["strict"] is True
    schema = made["function"]["parameters"]
    assert (
        _ensure_strict_json_schema(copy.deepcopy(schema), path=(), root=schema) == schema
    )  # openai's own converter changes nothing
    texts = 0
    for part, depth in schemas(schema):
        assert set(part) <= STRICT_KEYWORDS and depth <= 10
        if "object" in (part.get("type") or ()):
            assert part["additionalProperties"] is False and part["required"] == list(part["properties"])
            texts += sum(map(len, part["properties"]))
        if "array" in (part.get("type") or ()):
            assert part["items"]
        assert {"type", "anyOf", "enum", "$ref"} & set(part)
        texts += sum(len(str(value)) for value in part.get("enum", ()))
    assert texts < LONGEST_STRICT


@pytest.mark.parametrize("model_id", FREE)
def test_impossible_strict_mode_is_an_error(model_id: str) -> None:
    made = tools.definition(model_class(model_id), dialect="openai-strict")["function"]
    assert made["strict"] is False
    assert "Strict mode is off" in made["description"]
    assert all(part in made["description"] for part in tools.free_form_inputs(model_class(model_id)))


def test_the_models_with_untyped_parts_are_listed() -> None:
    assert len(FREE) >= 10 and "kling/kling-3.0/pro/image-to-video" in FREE
    assert tools.free_form_inputs(model_class("kling/kling-3.0/standard/image-to-video")) == ()


@pytest.mark.parametrize("model_id", IDS)
def test_anthropic_definitions_are_unchanged_by_its_own_converter(model_id: str) -> None:
    from anthropic import transform_schema
    from anthropic.types import ToolParam

    made = tools.definition(model_class(model_id), dialect="anthropic")
    TypeAdapter(ToolParam).validate_python(made)
    schema = made["input_schema"]
    for part, _depth in schemas(schema):
        assert set(part) <= ANTHROPIC_KEYWORDS
        assert part.get("minItems", 0) in (0, 1)
        assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name) for name in part.get("properties", ()))
    if model_id not in FREE:
        assert transform_schema(copy.deepcopy(schema)) == schema


@pytest.mark.parametrize("model_id", IDS)
def test_gemini_accepts_the_definitions(model_id: str) -> None:
    from google.genai import _transformers
    from google.genai import types as gemini

    made = tools.definition(model_class(model_id), dialect="gemini")
    declared = gemini.FunctionDeclaration.model_validate(made)
    assert declared.parameters_json_schema == made["parametersJsonSchema"]
    for part, _depth in schemas(made["parametersJsonSchema"]):
        gemini.JSONSchema.model_validate(
            {key: value for key, value in part.items() if key not in ("properties", "items", "anyOf", "$defs", "$ref")}
        )
        assert not {"exclusiveMinimum", "exclusiveMaximum", "multipleOf", "uniqueItems", "const"} & set(part)
        assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name) for name in part.get("properties", ()))
        assert {"type", "anyOf", "enum", "$ref"} & set(part)
    schema = copy.deepcopy(made["parametersJsonSchema"])
    _transformers.process_schema(schema, client=None, order_properties=False)
    assert schema == made["parametersJsonSchema"]  # google's own converter changes nothing


@pytest.mark.parametrize("model_id", IDS)
def test_mcp_and_openai_accept_the_definitions(model_id: str) -> None:
    from mcp.types import Tool
    from openai.types.chat import ChatCompletionFunctionToolParam

    made = tools.definition(model_class(model_id), dialect="mcp")
    assert Tool.model_validate(made).input_schema == made["inputSchema"]
    plain = tools.definition(model_class(model_id), dialect="openai")
    TypeAdapter(ChatCompletionFunctionToolParam).validate_python(plain)
    assert plain["function"]["parameters"] == made["inputSchema"]
    assert "strict" not in plain["function"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_documented_bound_is_kept(dialect: tools.Dialect) -> None:
    for document in all_documents():
        found = parameters(document.model_id, dialect)["properties"]
        for name, schema in document.properties.items():
            output = json.dumps(found[name])
            for key in ("minimum", "maximum", "maxLength", "maxItems", "default"):
                if key in schema and not (key == "minimum" and schema[key] == 0):
                    assert (
                        json.dumps(schema[key], ensure_ascii=False)[:50].strip('"') in json.loads(f'"{json.dumps(output)[1:-1]}"')
                        or json.dumps(schema[key])[:50] in output
                    ), (document.model_id, name, key)


def test_a_model_without_a_schema_is_rejected() -> None:
    with pytest.raises(UnknownModel):
        tools.definition(RawRequest, dialect="mcp")
    with pytest.raises(TypeError, match="request class"):
        tools.definition(dict, dialect="mcp")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="openai-strict"):
        tools.definition(model_class(IDS[0]), dialect="cohere")  # type: ignore[arg-type]

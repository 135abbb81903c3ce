"""Models as tools for language models: definitions in the format of each provider, and validated requests from arguments.

    from runcomfy_client import RunComfy, tools
    from runcomfy_client.models import Kling3_0StandardImageToVideo

    definition = tools.definition(Kling3_0StandardImageToVideo, dialect="anthropic")
    ...                                                    # the language model responds with arguments for the tool
    request = tools.request_from(Kling3_0StandardImageToVideo, arguments)

This module makes no calls. For agents, `runcomfy-py mcp` runs a server that asks for confirmation and limits spending.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeVar, get_args

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client._core.tool_schema import FULL, SUBSETS, from_tool_arguments, schema_at, to_subset, untyped_paths
from runcomfy_client._core.value_parsing import strict_json
from runcomfy_client.catalog import ModelDocument, document_of
from runcomfy_client.errors import InvalidInput, Problem
from runcomfy_client.requests import Request

__all__ = ["Dialect", "InvalidArguments", "definition", "free_form_inputs", "request_from"]

Dialect = Literal["openai", "openai-strict", "anthropic", "gemini", "mcp"]
"""The format of a definition: OpenAI's Chat Completions API (also with `strict`), Anthropic's Messages API, Gemini's function
declarations, or a tool of the Model Context Protocol."""

RequestT = TypeVar("RequestT", bound=Request[Any])

_MAX_NAME_LENGTH: Final = 64
_MAX_DESCRIPTION_LENGTH: Final = 1000


class InvalidArguments(InvalidInput):
    """The arguments of a tool call are not a valid request. Nothing was sent.

    Return `as_tool_result()` to the language model, so that it can correct them.

    Attributes:
        expected: the schemas of the inputs that have problems, by the field names in `problems`.
    """

    next_step = "Return `error.as_tool_result()` to the language model as the result of its call; nothing was sent."

    def __init__(self, class_name: str, problems: tuple[Problem, ...], expected: Mapping[str, Any]) -> None:
        super().__init__(class_name, problems)
        self.expected: dict[str, Any] = dict(expected)

    def as_tool_result(self) -> str:
        """Return the problems as JSON: each with its field, a message, and the schema of the field if it has one."""
        problems = [
            {
                "field": problem.field,
                "message": problem.message,
                **({"expected": self.expected[problem.field]} if problem.field in self.expected else {}),
            }
            for problem in self.problems
        ]
        step = "Call the tool again with these inputs corrected, and leave out inputs that you do not need. Nothing was sent."
        return json.dumps({"error": "invalid arguments", "problems": problems, "next_step": step}, ensure_ascii=False)


def definition(model: type[Request[Any]], *, dialect: Dialect) -> dict[str, Any]:
    """Return the definition of a model as a tool.

    The name of the tool is that of the class, truncated to 64 characters. The dialects:

    - `openai`: an item of `tools` of Chat Completions; for the Responses API, use `{"type": "function", **tool["function"]}`.
    - `openai-strict`: the same with `strict`, so that the arguments always match the schema. Optional inputs may be null in it;
      `request_from` drops the nulls. Strict mode cannot describe free-form parts: a model that has some (see `free_form_inputs`)
      gets `"strict": False`, and a description that says so.
    - `anthropic`: an item of `tools` of the Messages API, which its strict mode accepts unless there are free-form parts.
    - `gemini`: a function declaration, with `parametersJsonSchema`.
    - `mcp`: a tool of the Model Context Protocol.

    Limits that a dialect cannot express are stated in the descriptions; `request_from` checks all limits.

    Args:
        model: the request class of a model.
        dialect: the format of the definition.

    Raises:
        UnknownModel: the class is not one of the models of this package; a `RawRequest` has no schema.
        TypeError: `model` is not a request class.
        ValueError: the dialect is unknown.
    """
    if dialect not in get_args(Dialect):
        raise ValueError(f"unknown dialect {dialect!r}; use one of {', '.join(get_args(Dialect))}")
    document = document_of(_model_id(model))
    name = _tool_name(model.__name__)
    free = free_form_inputs(model)
    strict = dialect == "openai-strict" and not free
    note = (
        f"Strict mode is off, since these parts accept any JSON: {', '.join(free)}." if dialect == "openai-strict" and free else ""
    )
    text = _description(document, note)
    schema = to_subset(document.raw["input_schema"], SUBSETS["openai" if dialect == "openai-strict" and free else dialect])
    match dialect:
        case "openai":
            return {"type": "function", "function": {"name": name, "description": text, "parameters": schema}}
        case "openai-strict":
            function = {"name": name, "description": text, "strict": strict, "parameters": schema}
            return {"type": "function", "function": function}
        case "anthropic":
            return {"name": name, "description": text, "input_schema": schema}
        case "gemini":
            return {"name": name, "description": text, "parametersJsonSchema": schema}
        case _:
            return {"name": name, "description": text, "inputSchema": schema}


def free_form_inputs(model: type[Request[Any]]) -> tuple[str, ...]:
    """Return the parts of a model's inputs that accept any JSON, such as `elements[]`: strict modes cannot describe those.

    Raises:
        UnknownModel: the class is not one of the models of this package.
        TypeError: `model` is not a request class.
    """
    return tuple(dict.fromkeys(untyped_paths(document_of(_model_id(model)).raw["input_schema"])))


def request_from(model: type[RequestT], arguments: Mapping[str, Any] | str) -> RequestT:
    """Return a validated request from the arguments of a tool call. Nothing is sent.

    Null for an optional input is dropped, so that the server's default applies.

    Args:
        model: the request class whose definition the language model received, in any dialect.
        arguments: a mapping, or its JSON text, as OpenAI's API returns it.

    Raises:
        InvalidArguments: the arguments are not a valid request; `problems` lists everything that is wrong.
        UnknownModel: the class is not one of the models of this package.
        TypeError: `model` is not a request class.
    """
    schema = document_of(_model_id(model)).raw["input_schema"]
    given = arguments
    if isinstance(given, str):
        try:
            given = strict_json(given)
        except ValueError as error:
            raise _invalid(model, (Problem("", f"the arguments are not JSON: {error}"),), schema) from None
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise _invalid(model, (Problem("", "the arguments are not a JSON object with the inputs by name"),), schema)
    try:
        return model(**from_tool_arguments(given, schema, schema))
    except InvalidInput as error:
        raise _invalid(model, error.problems, schema) from None


def _invalid(model: type[Request[Any]], problems: tuple[Problem, ...], schema: Mapping[str, Any]) -> InvalidArguments:
    parts = {problem.field: schema_at(schema, problem.field) for problem in problems if problem.field}
    expected = {field: to_subset(part, FULL) for field, part in parts.items() if part is not None}
    return InvalidArguments(model.__name__, problems, expected)


def _model_id(model: type[Request[Any]]) -> str:
    if not (isinstance(model, type) and issubclass(model, Request)):
        raise TypeError(f"not a request class: {model!r:.100}; pass a class of runcomfy_client.models, or model_class(model_id)")
    return getattr(model, "MODEL_ID", "")


def _tool_name(name: str) -> str:
    if len(name) <= _MAX_NAME_LENGTH:
        return name
    return f"{name[: _MAX_NAME_LENGTH - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _description(document: ModelDocument, note: str) -> str:
    article = "" if document.kind == "audio" else "an " if document.kind[:1] in tuple("aeiou") else "a "
    kind = f", which creates {article}{document.kind}" if document.kind else ""
    rules = [_rule(rule) for rule in document.raw["input_schema"].get("x-rules", ())]
    texts = [document.description or document.name, f"RunComfy model {document.model_id}{kind}; every run is billed.", *rules, note]
    return escape_control_chars(" ".join(filter(None, texts)), keep_newlines=True, max_length=_MAX_DESCRIPTION_LENGTH)


def _rule(rule: Mapping[str, Any]) -> str:
    if rule.get("kind") == "sum_equals":
        return f"The `{rule['part']}` values of `{rule['items']}` add up to `{rule['total']}`."
    return ""

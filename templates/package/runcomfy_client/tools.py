"""Models as tools for language models: the definition that each provider wants, and the way back to a checked request.

    from runcomfy_client import RunComfy, tools
    from runcomfy_client.models import Kling3_0StandardImageToVideo

    definition = tools.definition(Kling3_0StandardImageToVideo, dialect="anthropic")
    ...                                                    # the language model answers with arguments for the tool
    request = tools.request_from(Kling3_0StandardImageToVideo, arguments)

Nothing here calls anything. For an agent that can run commands there is a server with the safeguards built in: `runcomfy-py mcp`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeVar, get_args

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client._core.tool_schema import FULL, SUBSETS, fit, free_parts, part_at, to_subset
from runcomfy_client._core.value_parsing import strict_json
from runcomfy_client.catalog import ModelDocument, document_of
from runcomfy_client.errors import InvalidInput, Problem
from runcomfy_client.requests import Request

__all__ = ["Dialect", "InvalidArguments", "definition", "free_form_inputs", "request_from"]

Dialect = Literal["openai", "openai-strict", "anthropic", "gemini", "mcp"]
"""Whose form a definition has: the Chat Completions API of OpenAI (also with `strict`), Anthropic's Messages API, Gemini's function
declarations, or a tool of the Model Context Protocol."""

RequestT = TypeVar("RequestT", bound=Request[Any])

_LONGEST_NAME: Final = 64
_LONGEST_DESCRIPTION: Final = 1000


class InvalidArguments(InvalidInput):
    """What a language model gave for a tool is not a request. `as_tool_result` is what to answer, so that it can repair it."""

    next_step = "Give `error.as_tool_result()` back to the language model as the result of its call; nothing was sent."

    def __init__(self, class_name: str, problems: tuple[Problem, ...], expected: Mapping[str, Any]) -> None:
        super().__init__(class_name, problems)
        self.expected: dict[str, Any] = dict(expected)
        """The schemas of the inputs that have problems, by the names that the problems give."""

    def as_tool_result(self) -> str:
        """Return the problems as JSON: each with its field, a message, and the schema of the field where it has one."""
        problems = [
            {
                "field": one.field,
                "message": one.message,
                **({"expected": self.expected[one.field]} if one.field in self.expected else {}),
            }
            for one in self.problems
        ]
        step = "Call the tool again with these inputs corrected, and leave out inputs that you do not need. Nothing was sent."
        return json.dumps({"error": "invalid arguments", "problems": problems, "next_step": step}, ensure_ascii=False)


def definition(model: type[Request[Any]], *, dialect: Dialect) -> dict[str, Any]:
    """Return a model as a tool, in the form that an API wants.

    The name of the tool is that of the class, cut to 64 characters. The forms:

    - `openai`: an entry of `tools` of Chat Completions; for the Responses API, `{"type": "function", **tool["function"]}`.
    - `openai-strict`: the same with `strict`, so that the answer always fits the schema. Inputs that may be left out may be null
      there; `request_from` drops the nulls. Strict mode cannot describe free-form parts: a model that has some (see
      `free_form_inputs`) gets `"strict": False`, and a description that says so.
    - `anthropic`: an entry of `tools` of the Messages API, within what its strict mode accepts, unless there are free-form parts.
    - `gemini`: a function declaration, by `parametersJsonSchema`.
    - `mcp`: a tool of the Model Context Protocol.

    Bounds that a dialect does not know are told in the descriptions; `request_from` checks them all.

    Raises:
        UnknownModel: the class is not one of the models of this package; a `RawRequest` has no schema.
        ValueError: there is no such dialect.
    """
    if dialect not in get_args(Dialect):
        raise ValueError(f"unknown dialect {dialect!r}; use one of {', '.join(get_args(Dialect))}")
    document = document_of(_model_id(model))
    name = _tool_name(model.__name__)
    free = free_form_inputs(model)
    strict = dialect == "openai-strict" and not free
    note = f"Strict mode is off, for these parts take any JSON: {', '.join(free)}." if dialect == "openai-strict" and free else ""
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
    """Return the parts of a model's inputs where any JSON may stand, such as `elements[]`: strict modes cannot describe those.

    Raises:
        UnknownModel: the class is not one of the models of this package.
    """
    return tuple(dict.fromkeys(free_parts(document_of(_model_id(model)).raw["input_schema"])))


def request_from(model: type[RequestT], arguments: Mapping[str, Any] | str) -> RequestT:
    """Turn what a language model gave for a tool into a checked request. Nothing is sent.

    Args:
        model: the class that the definition was made from, in whatever dialect.
        arguments: an object, or the text of one, as OpenAI gives it.

    A null for an input that may be left out is dropped: the server's default applies then.

    Raises:
        InvalidArguments: they are not a request; it lists all that is wrong.
        UnknownModel: the class is not one of the models of this package.
    """
    schema = document_of(_model_id(model)).raw["input_schema"]
    given = arguments
    if isinstance(given, str):
        try:
            given = strict_json(given)
        except ValueError as error:
            raise _invalid(model, (Problem("", f"the arguments are not JSON: {error}"),), schema) from None
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise _invalid(model, (Problem("", "the arguments are not an object of inputs by their names"),), schema)
    try:
        return model(**fit(given, schema, schema))
    except InvalidInput as error:
        raise _invalid(model, error.problems, schema) from None


def _invalid(model: type[Request[Any]], problems: tuple[Problem, ...], schema: Mapping[str, Any]) -> InvalidArguments:
    parts = {one.field: part_at(schema, one.field) for one in problems if one.field}
    expected = {field: to_subset(part, FULL) for field, part in parts.items() if part is not None}
    return InvalidArguments(model.__name__, problems, expected)


def _model_id(model: type[Request[Any]]) -> str:
    if not (isinstance(model, type) and issubclass(model, Request)):
        raise TypeError(f"a request class is wanted, not {model!r:.100}: a class of runcomfy_client.models, or model_class(its id)")
    return getattr(model, "MODEL_ID", "")


def _tool_name(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _description(document: ModelDocument, note: str) -> str:
    article = "" if document.kind == "audio" else "an " if document.kind[:1] in tuple("aeiou") else "a "
    kind = f", which makes {article}{document.kind}" if document.kind else ""
    rules = [_rule(rule) for rule in document.raw["input_schema"].get("x-rules", ())]
    texts = [document.description or document.name, f"RunComfy model {document.model_id}{kind}; every run is billed.", *rules, note]
    return escape_control_chars(" ".join(filter(None, texts)), keep_newlines=True, max_length=_LONGEST_DESCRIPTION)


def _rule(rule: Mapping[str, Any]) -> str:
    if rule.get("kind") == "sum_equals":
        return f"The `{rule['part']}` values of `{rule['items']}` add up to `{rule['total']}`."
    return ""

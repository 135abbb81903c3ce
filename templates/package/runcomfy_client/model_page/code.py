"""Generates code that runs a model with given inputs: Python, the command line, curl, a line of a batch file, an MCP tool call.

The inputs need not be valid, so that a page can show code for an incomplete form. Local files in them are `LocalFile` values.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from runcomfy_client._core.option_names import option_names_of
from runcomfy_client._core.protocol.urls import DEFAULT_BASE_URL, model_path
from runcomfy_client._core.value_parsing import read_value, types_of
from runcomfy_client.model_page.literals import bracketed, python_text, python_value
from runcomfy_client.requests import Request
from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.local_file import LocalFile, local_files_in


@dataclass(frozen=True, slots=True)
class Code:
    """One way to run a model.

    Attributes:
        key: a short key.
        title: the title.
        text: the code.
    """

    key: str
    title: str
    text: str


def code_for(model: type[Request[Any]] | None, document: Mapping[str, Any], inputs: Mapping[str, Any]) -> tuple[Code, ...]:
    """Return all ways to run a model with these inputs. If the model has no class, the Python code uses a `RawRequest`."""
    return (
        Code("python", "Python", python_code(model, document, inputs)),
        Code("cli", "Command line", cli_code(document, inputs)),
        Code("curl", "curl", curl_code(document, inputs)),
        Code("batch", "Batch file", batch_line(document, inputs)),
        Code("mcp", "MCP", mcp_call(document, inputs)),
    )


def python_code(model: type[Request[Any]] | None, document: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """Return a Python program."""
    names: set[str] = set()
    model_id = str(document["model_id"])
    if model is None:
        call = f"RawRequest(model={python_text(model_id)}, inputs={_python_of(inputs, 12, names)})"
    else:
        names.add(model.__name__)
        call = _python_call(model, inputs, 8, names)
    lines = ["from pathlib import Path", ""] if any(local_files_in(dict(inputs))) else []
    lines.append(f"from runcomfy_client import {'RunComfy' if model is not None else 'RawRequest, RunComfy'}")
    if names:
        lines.append(_import(sorted(names)))
    run = f"    result = client.run({call})"
    if len(run) > 110 or "\n" in run:
        run = f"    result = client.run(\n        {call}\n    )"
    lines += ["", "with RunComfy() as client:", run, "    print(result.request_id)", '    result.save("outputs")', ""]
    return "\n".join(lines)


def _import(names: Sequence[str]) -> str:
    line = f"from runcomfy_client.models import {', '.join(names)}"
    return line if len(line) <= 110 else bracketed("from runcomfy_client.models import (", names, ")", 0)


def _python_call(model: type[Inputs], inputs: Mapping[str, Any], indent: int, names: set[str]) -> str:
    """Format the constructor call of a request class, or of the class of a nested object."""
    by_name = {field.alias or name: (name, field.annotation) for name, field in model.model_fields.items()}
    parts: list[str] = []
    rest: dict[str, Any] = {}
    for key, value in inputs.items():
        if key not in by_name:
            rest[key] = value
            continue
        name, annotation = by_name[key]
        parts.append(f"{name}={_python_typed(value, annotation, indent + 4, names)}")
    if rest:
        parts.append(f"**{_python_of(rest, indent + 4, names)}")
    return bracketed(f"{model.__name__}(", parts, ")", indent)


def _python_typed(value: Any, annotation: Any, indent: int, names: set[str]) -> str:
    """Format a value whose annotation may contain the class of an object."""
    classes = list(_classes_in(annotation))
    if isinstance(value, Mapping) and len(classes) == 1:
        names.add(classes[0].__name__)
        return _python_call(classes[0], value, indent, names)
    if isinstance(value, list) and classes:
        return bracketed("[", [_python_typed(item, annotation, indent + 4, names) for item in value], "]", indent)
    return _python_of(value, indent, names)


def _classes_in(annotation: Any) -> Iterator[type[Inputs]]:
    if isinstance(annotation, type) and issubclass(annotation, Inputs):
        yield annotation
    for part in get_args(annotation):
        yield from _classes_in(part)


def _python_of(value: Any, indent: int, names: set[str]) -> str:
    """Format a value without a generated class."""
    match value:
        case LocalFile():
            return f"Path({python_text(str(value))})"
        case Mapping():
            parts = [f"{python_text(str(key))}: {_python_of(item, indent + 4, names)}" for key, item in value.items()]
            return bracketed("{", parts, "}", indent)
        case list():
            return bracketed("[", [_python_of(item, indent + 4, names) for item in value], "]", indent)
        case _:
            return python_value(value, indent)


def cli_code(document: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """Return a shell command. If options cannot represent all inputs exactly, the inputs are JSON on stdin."""
    schema = document["input_schema"]
    properties = schema.get("properties", {})
    words = option_names_of(properties, schema.get("required", ()))
    plain = _plain(inputs)
    command = f"runcomfy-py run {shlex.quote(str(document['model_id']))}"
    parts = [_option(words.get(name), value, properties.get(name, {})) for name, value in plain.items()]
    if None in parts:
        return f"{command} --input - <<'JSON'\n{_json(plain, indent=2)}\nJSON\n"
    return " \\\n    ".join([command, *filter(None, parts)]) + "\n"


def _option(word: str | None, value: Any, schema: Mapping[str, Any]) -> str | None:
    """Format one input as an option; None if that is not possible."""
    if word is None:
        return None
    if types_of(schema) == ("boolean",) and "enum" not in schema:
        return f"--{word}" if value is True else f"--no-{word}" if value is False else None
    text = value if isinstance(value, str) else _json(value)
    try:
        parsed = read_value(text, schema)
    except ValueError:
        return None
    if not text.strip() or text.startswith("@") or "\0" in text or (type(parsed), parsed) != (type(value), value):
        return None
    return f"--{word}={shlex.quote(text)}" if text.startswith("-") else f"--{word} {shlex.quote(text)}"


def curl_code(document: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """Return a curl command that submits the job, for a POSIX shell; or a comment if the inputs have local files."""
    files = [str(file) for _, file in local_files_in(dict(inputs))]
    if files:
        listed = "\n".join(f"#   {file}" for file in files)
        hint = "The API accepts only https:// URLs, and curl uploads no files. Host these files, and pass their URLs"
        return f"# {hint}:\n{listed}\n"
    path = model_path(str(document["model_id"]))
    return (
        f'curl --fail-with-body --silent --show-error "${{RUNCOMFY_BASE_URL:-{DEFAULT_BASE_URL}}}"{shlex.quote(path)} \\\n'
        '    --header "Authorization: Bearer $RUNCOMFY_API_TOKEN" \\\n'
        "    --header 'Content-Type: application/json' \\\n"
        f"    --data-binary {shlex.quote(_json(_plain(inputs)))}\n"
    )


def batch_line(document: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """Return a line of a file of jobs for `runcomfy-py batch`."""
    return _json({"model": document["model_id"], "inputs": _plain(inputs)}) + "\n"


def mcp_call(document: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """Return a call of the tool `quote` of `runcomfy-py mcp`; `submit` with the returned quote_id runs the job."""
    return _json({"name": "quote", "arguments": {"model": document["model_id"], "inputs": _plain(inputs)}}, indent=2) + "\n"


def _plain(value: Any) -> Any:
    """Return JSON with local files replaced by their paths."""
    match value:
        case LocalFile():
            return str(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case _:
            return value


def _json(value: Any, *, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)

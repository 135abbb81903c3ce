"""Converts the values of a form to the inputs of a request, and back.

A form is JSON in which numbers keep all digits. It omits inputs that are not sent. Text and files are strings; numbers, choices,
switches and free JSON are strings with JSON text; lists, objects and null are themselves.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from runcomfy_client._core.value_parsing import read_value, strict_json
from runcomfy_client.errors import Problem
from runcomfy_client.model_page.fields import FieldView

_AS_JSON: Final = frozenset({"choice", "switch", "json"})


def read_form(fields: Sequence[FieldView], form: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the inputs of a form, and the problems of values that cannot be parsed. The request class validates the inputs.

    Values of an unexpected type, which our page does not send, are returned unchanged.
    """
    problems: list[Problem] = []
    return _read_parts(fields, form, "", problems), problems


def _read_parts(fields: Sequence[FieldView], form: Mapping[str, Any], path: str, problems: list[Problem]) -> dict[str, Any]:
    known = {field.name: field for field in fields}
    inputs: dict[str, Any] = {}
    for name, value in form.items():
        field = known.get(name)
        short = field.path_name if field else name[:60]
        inputs[name] = value if field is None else _read(field, value, f"{path}.{short}" if path else short, problems)
    return inputs


def _read(field: FieldView, value: Any, path: str, problems: list[Problem]) -> Any:
    match value:
        case str() if field.kind == "number":
            number = read_value(value, {"type": "integer" if field.is_whole else "number"})
            return value if isinstance(number, float) and not math.isfinite(number) else number
        case str() if field.kind in _AS_JSON:
            try:
                return strict_json(value)
            except ValueError as error:
                problems.append(Problem(path, f"this is not JSON: {error}"))
                return value
        case list() if field.kind == "list" and field.item is not None:
            return [_read(field.item, item, f"{path}[{index}]", problems) for index, item in enumerate(value)]
        case dict() if field.kind == "object":
            return _read_parts(field.fields, value, path, problems)
        case _:
            return value


def to_form(fields: Sequence[FieldView], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form for given inputs. Inputs that the model does not have are omitted."""
    return {field.name: _write(field, inputs[field.name]) for field in fields if field.name in inputs}


def _write(field: FieldView, value: Any) -> Any:
    if value is None and field.kind != "json":
        return None
    match field.kind:
        case "text" | "media":
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        case "list" if isinstance(value, list) and field.item is not None:
            return [_write(field.item, item) for item in value]
        case "object" if isinstance(value, Mapping):
            return to_form(field.fields, value)
        case "choice":
            return json.dumps(value)
        case _:
            return json.dumps(value, ensure_ascii=False, indent=2 if field.kind == "json" else None)

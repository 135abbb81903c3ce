"""What a form holds and what a request takes: texts of controls to JSON values, by the fields of a model, and back.

A form is JSON that a page can carry without losing a digit. An input that is not sent is not in it. A text and a file stand as
text; a number, a choice, a switch and free JSON stand as JSON text; a list is a list and an object an object; null is null.
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
    """Return the inputs that a form gives, and what cannot be read. Whether they are good, the request class says.

    What is not as a form has it, as by another program than our page, is handed on as it is.
    """
    problems: list[Problem] = []
    return _read_parts(fields, form, "", problems), problems


def _read_parts(fields: Sequence[FieldView], form: Mapping[str, Any], path: str, problems: list[Problem]) -> dict[str, Any]:
    known = {field.name: field for field in fields}
    found: dict[str, Any] = {}
    for name, value in form.items():
        field = known.get(name)
        shown = field.path_name if field else name[:60]
        found[name] = value if field is None else _read(field, value, f"{path}.{shown}" if path else shown, problems)
    return found


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
    """Return the form that gives some inputs. Inputs that the model does not have are left out."""
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

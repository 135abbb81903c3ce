"""Explains validation errors in the user's terms: the documented name, the value, the limit, and a suggestion."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from runcomfy_client.errors import Problem
from runcomfy_client.schema.union_errors import best_branch_errors

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MAX_VALUE_LENGTH: Final = 60
_MAX_CHOICES: Final = 12
_UNKNOWN: Final = "unknown input"


def problems_of(error: ValidationError, cls: type[BaseModel]) -> tuple[Problem, ...]:
    """Convert pydantic's errors on `cls` to problems, one per field; for a union, only those of the best matching branch."""
    locations = [(detail, _ErrorLocation.of(detail, cls)) for detail in error.errors(include_url=False)]
    by_detail = {id(detail): location for detail, location in locations}
    by_path: dict[str, list[str]] = {}
    for detail in best_branch_errors([(detail, tuple(location.branches)) for detail, location in locations]):
        location = by_detail[id(detail)]
        messages = by_path.setdefault(location.path, [])
        message = _message(detail, location)
        if message not in messages:
            messages.append(message)
    return tuple(Problem(path, "; or ".join(messages)) for path, messages in by_path.items())


class _ErrorLocation:
    """The location of an error: its path in documented names, the class it is in, and the annotation of the nearest field."""

    def __init__(self, cls: type[BaseModel]) -> None:
        self.path = ""
        self.name = ""
        self.owner: type[BaseModel] | None = cls
        self.nested = False
        self.annotation: Any = None
        self.branches: list[int] = []

    @classmethod
    def of(cls, error: ErrorDetails, model: type[BaseModel]) -> _ErrorLocation:
        """Convert the location in pydantic's error.

        It also contains the branches of unions, which mean nothing to a user: they are stored separately.
        """
        location = cls(model)
        within: list[type[BaseModel]] = [model]
        *_, last = error["loc"] or ("",)
        for at, part in enumerate(error["loc"]):
            if isinstance(part, int):
                location.path += f"[{part}]"
                continue
            holder, field = _find(part, within)
            if holder is not None:
                location._enter(part, nested=bool(location.path), owner=holder)
                location.annotation = field
                within = list(_models_in(field))
            elif (error["type"] == "extra_forbidden" and part is last) or dict in _origins(location.annotation):
                location._enter(part, nested=bool(location.path), owner=within[0] if within else None)
            else:
                location.branches.append(at)
                within = [model for model in within if re.search(rf"\b{model.__name__}\b", part)] or within
        return location

    def _enter(self, name: str, *, nested: bool, owner: type[BaseModel] | None) -> None:
        short = _cut(name, _MAX_VALUE_LENGTH)
        self.path += f".{short}" if self.path else short
        self.name, self.nested, self.owner = name, nested, owner


def _find(name: str, models: list[type[BaseModel]]) -> tuple[type[BaseModel] | None, Any]:
    for model in models:
        for python_name, field in model.model_fields.items():
            if name in (field.alias, python_name):
                return model, field.annotation
    return None, None


def _walk(annotation: Any) -> Iterator[Any]:
    yield annotation
    if get_origin(annotation) is not Literal:
        for argument in get_args(annotation):
            yield from _walk(argument)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    return (part for part in _walk(annotation) if isinstance(part, type) and issubclass(part, BaseModel))


def _origins(annotation: Any) -> set[Any]:
    return {get_origin(part) or part for part in _walk(annotation) if part is not None}


def _choices_in(annotation: Any) -> list[Any]:
    return [value for part in _walk(annotation) if get_origin(part) is Literal for value in get_args(part)]


def _message(error: ErrorDetails, location: _ErrorLocation) -> str:
    kind, value, limits = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_input(location)
    if kind in ("literal_error", "one_of"):
        return _not_a_choice(value, _choices_in(location.annotation), str(limits.get("expected", limits.get("choices", ""))))
    if kind in _EXPECTED:
        return _wrong_type(value, _EXPECTED[kind])
    describe = _LIMITS.get(kind)
    return describe(value, limits) if describe else _cut(error["msg"], 200)


def _unknown_input(location: _ErrorLocation) -> str:
    fields = location.owner.model_fields if location.owner else {}
    known = [field.alias or name for name, field in fields.items()]
    near = _nearest(location.name, known)
    guess = f'did you mean "{near}"?' if near else f"known inputs: {_listed(known)}"
    return f"{_UNKNOWN}; {guess}"


def is_unknown(problem: Problem) -> bool:
    """True if the problem is an unknown top-level input."""
    return problem.message.startswith(_UNKNOWN) and "." not in problem.field and "[" not in problem.field


def _nearest(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=1) if len(word) < _MAX_VALUE_LENGTH else []
    return near[0] if near else ""


def _not_a_choice(value: Any, choices: list[Any], fallback: str) -> str:
    allowed = _listed([json.dumps(choice, ensure_ascii=False) for choice in choices]) if choices else _cut(fallback, 200)
    near = (
        get_close_matches(value, [choice for choice in choices if isinstance(choice, str)], n=1) if isinstance(value, str) else []
    )
    guess = f'; did you mean "{near[0]}"?' if near and len(choices) > _MAX_CHOICES else ""
    digits = "" if isinstance(value, str) or _show(value) not in choices else f'; write it as text: "{value}"'
    return f"{_show(value)} is not one of the allowed values: {allowed}{guess}{digits}"


def _wrong_type(value: Any, expected: str) -> str:
    if value is None:
        return f"None is not allowed here; pass {expected}"
    hint = ""
    if isinstance(value, str) and expected in ("a whole number", "a number", "true or false"):
        hint = _without_quotes(value, expected)
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and expected == "text":
        hint = f'; write it as text: "{_show(value)}"'
    return f"{_show(value)} is {'text, ' if isinstance(value, str) else ''}not {expected}{hint}"


def _without_quotes(text: str, expected: str) -> str:
    if expected == "true or false":
        return f"; write {text.title()} without quotes" if text.lower() in ("true", "false") else ""
    plain = text.strip().lstrip("+-")
    decimal = plain.replace(".", "", 1) if expected == "a number" else plain
    return (
        f"; write {text.strip()} without quotes"
        if decimal.isascii() and decimal.isdigit() and len(text) < _MAX_VALUE_LENGTH
        else ""
    )


_EXPECTED: Final[dict[str, str]] = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "none_required": "None",
}

_LIMITS: Final[dict[str, Callable[[Any, dict[str, Any]], str]]] = {
    "missing": lambda _value, _limits: "missing; this input is required",
    "greater_than_equal": lambda value, limits: f"{_show(value)} is less than the minimum, {_bound(limits['ge'])}",
    "less_than_equal": lambda value, limits: f"{_show(value)} is more than the maximum, {_bound(limits['le'])}",
    "greater_than": lambda value, limits: f"{_show(value)} must be more than {_bound(limits['gt'])}",
    "less_than": lambda value, limits: f"{_show(value)} must be less than {_bound(limits['lt'])}",
    "multiple_of": lambda value, limits: f"{_show(value)} is not a multiple of {_bound(limits['multiple_of'])}",
    "finite_number": lambda value, _limits: f"{_show(value)} is not a finite number",
    "string_too_short": lambda value, limits: f"{len(value)} characters are fewer than the minimum, {limits['min_length']}",
    "string_too_long": lambda value, limits: f"{len(value)} characters are more than the maximum, {limits['max_length']}",
    "too_short": lambda value, limits: f"{len(value)} items are fewer than the minimum, {limits['min_length']}",
    "too_long": lambda value, limits: f"{len(value)} items are more than the maximum, {limits['max_length']}",
    "string_pattern_mismatch": lambda value, limits: f"{_show(value)} does not match the pattern {_cut(limits['pattern'], 100)}",
}


def _show(value: Any) -> str:
    """Return a short representation of a value."""
    match value:
        case str():
            return json.dumps(_cut(value, _MAX_VALUE_LENGTH), ensure_ascii=False)
        case None | bool() | float():
            return repr(value)
        case int():
            return repr(value) if value.bit_length() < 200 else "a huge number"
        case list():
            return "a list"
        case dict() | BaseModel():
            return "an object"
        case _:
            return f"a {type(value).__name__}"


def _bound(limit: float) -> str:
    return repr(int(limit) if isinstance(limit, float) and limit.is_integer() else limit)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _listed(words: list[str]) -> str:
    rest = len(words) - _MAX_CHOICES
    return ", ".join(islice(words, _MAX_CHOICES)) + (f" and {rest} more" if rest > 0 else "")

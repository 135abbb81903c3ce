"""Checks of values that Python annotations cannot express, with the semantics of JSON Schema."""

from __future__ import annotations

import re
from copy import deepcopy
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BeforeValidator, ConfigDict, GetCoreSchemaHandler, JsonValue, TypeAdapter
from pydantic_core import PydanticCustomError, PydanticKnownError, core_schema


class OneOf:
    """Marks a field that accepts only some JSON values. `True` is not equal to `1`, but `1.0` is.

    Without arguments, the values are those of the field's `Literal`, and their types must match: `1.0` is not equal to `1` then.
    """

    __slots__ = ("values",)

    def __init__(self, *values: Any) -> None:
        self.values = values

    def __repr__(self) -> str:
        return f"OneOf{self.values!r}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        values = self.values or _literals(source)
        return core_schema.no_info_plain_validator_function(partial(_pick, values, exactly=not self.values))


def _literals(source: Any) -> tuple[Any, ...]:
    """Return the values of a `Literal`, or of a union of them."""
    values = get_args(source)
    return values if get_origin(source) is Literal else tuple(value for part in values for value in _literals(part))


def _pick(values: tuple[Any, ...], value: Any, *, exactly: bool) -> Any:
    for known in values:
        if _same(known, value) and (not exactly or type(known) is type(value)):
            return deepcopy(known)
    raise PydanticCustomError("one_of", "Input should be one of {choices}", {"choices": ", ".join(map(repr, values))})


class MultipleOf:
    """Marks a number that is an integer multiple of another, in decimal arithmetic: 0.3 is a multiple of 0.1."""

    __slots__ = ("step",)

    def __init__(self, step: float) -> None:
        self.step = step

    def __repr__(self) -> str:
        return f"MultipleOf({self.step!r})"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: float) -> float:
        quotient = Decimal(repr(value)) / Decimal(repr(self.step))
        if quotient != quotient.to_integral_value():
            raise PydanticCustomError("multiple_of", "Input should be a multiple of {multiple_of}", {"multiple_of": self.step})
        return value


class TextBounds:
    """Marks a URL whose text has constraints. A local file has no URL yet, so it is accepted.

    Args:
        pattern: a regular expression that must match somewhere in the text.
        min_length: the minimum number of characters.
        max_length: the maximum number of characters; None for no limit.
    """

    __slots__ = ("max_length", "min_length", "pattern")

    def __init__(self, pattern: str = "", min_length: int = 0, max_length: int | None = None) -> None:
        self.pattern = pattern
        self.min_length = min_length
        self.max_length = max_length

    def __repr__(self) -> str:
        return f"TextBounds({self.pattern!r}, {self.min_length}, {self.max_length})"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if len(value) < self.min_length:
            raise PydanticKnownError("string_too_short", {"min_length": self.min_length})
        if self.max_length is not None and len(value) > self.max_length:
            raise PydanticKnownError("string_too_long", {"max_length": self.max_length})
        if not re.search(self.pattern, value):
            raise PydanticKnownError("string_pattern_mismatch", {"pattern": self.pattern})
        return value


class Unique:
    """Marks a list without duplicates, compared as JSON values."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Unique()"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: list[Any]) -> list[Any]:
        for index, item in enumerate(value):
            if any(_same(item, earlier) for earlier in value[:index]):
                raise PydanticCustomError("unique", "Item {index} is a duplicate", {"index": index})
        return value


def _same(first: Any, second: Any) -> bool:
    """Return True if two JSON values are equal: numbers are compared by value, and booleans are not numbers."""
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_same, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_same(first[key], second[key]) for key in first)
    return bool(first == second) and isinstance(first, bool) is isinstance(second, bool)


_any_json: TypeAdapter[JsonValue] = TypeAdapter(JsonValue, config=ConfigDict(allow_inf_nan=False))

AnyJson = Annotated[Any, BeforeValidator(_any_json.validate_python)]
"""Any JSON value, for inputs whose structure is not documented."""

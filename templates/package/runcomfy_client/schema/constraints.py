"""Checks of values that Python's own annotations cannot state, each with the meaning it has in JSON Schema."""

from __future__ import annotations

import re
from copy import deepcopy
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BeforeValidator, ConfigDict, GetCoreSchemaHandler, JsonValue, TypeAdapter
from pydantic_core import PydanticCustomError, PydanticKnownError, core_schema


class OneOf:
    """Marks a field that takes one of some JSON values: `True` is no `1` here, while `1.0` is.

    Without values, those of the field's own `Literal` are meant, in just their types: there `1.0` is no `1` either.
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
    """The values of a `Literal`, or of a union of them."""
    values = get_args(source)
    return values if get_origin(source) is Literal else tuple(value for part in values for value in _literals(part))


def _pick(values: tuple[Any, ...], value: Any, *, exactly: bool) -> Any:
    for known in values:
        if _same(known, value) and (not exactly or type(known) is type(value)):
            return deepcopy(known)
    raise PydanticCustomError("one_of", "Input should be one of {choices}", {"choices": ", ".join(map(repr, values))})


class MultipleOf:
    """Marks a number that is a whole multiple of another, counted in decimals: 0.3 is a multiple of 0.1."""

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
    """Marks a URL whose text has bounds. A local file has no URL yet, so it passes.

    Args:
        pattern: what has to be found in the text.
        min_length: characters at least.
        max_length: characters at most; None for no limit.
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
    """Marks a list whose elements all differ, as JSON values do."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Unique()"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: list[Any]) -> list[Any]:
        for index, item in enumerate(value):
            if any(_same(item, earlier) for earlier in value[:index]):
                raise PydanticCustomError("unique", "Entry {index} stands in the list before", {"index": index})
        return value


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: numbers by value, and no boolean is a number."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


_any_json: TypeAdapter[JsonValue] = TypeAdapter(JsonValue, config=ConfigDict(allow_inf_nan=False))

AnyJson = Annotated[Any, BeforeValidator(_any_json.validate_python)]
"""Any JSON value. The documentation does not say more about it."""

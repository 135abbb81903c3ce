"""The typed inputs of a model: validated before a paid call, and converted to exactly the JSON that is sent.

A field that was not set is not sent; its default is only documentation of the server's default. `None` is not sent either, unless
the schema allows `null`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from runcomfy_client.errors import InvalidInput, Problem
from runcomfy_client.schema.local_file import reject_local_files
from runcomfy_client.schema.validation_errors import is_unknown, problems_of

if TYPE_CHECKING:
    from runcomfy_client.schema.rules import Rule


class Inputs(BaseModel, frozen=True):
    """The base class of request classes and of the objects nested in them. Instances are immutable.

    Raises:
        InvalidInput: the inputs are invalid; `problems` lists all fields with problems.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_by_alias=True,
        validate_by_name=True,
        protected_namespaces=(),
    )

    NULLABLE: ClassVar[frozenset[str]] = frozenset()
    """The names of the fields whose schema allows `null`: for those, an explicit `None` is sent."""
    RULES: ClassVar[tuple[Rule, ...]] = ()
    """Rules between fields, as data."""

    if not TYPE_CHECKING:  # type checkers derive the constructor from the fields

        def __init__(self, /, *positional: Any, **inputs: Any) -> None:
            if positional:
                raise TypeError(f"{type(self).__name__} takes its inputs by name: {type(self).__name__}({_first_name(self)}=...)")
            try:
                self.__pydantic_validator__.validate_python(inputs, self_instance=self)
            except ValidationError as error:
                problems = problems_of(error, type(self))
                raise InvalidInput(type(self).__name__, problems, next_step=_next_step(problems, type(self))) from None
            retired = getattr(type(self), "RETIRED", None)
            if retired is not None:
                message = (
                    f"{type(self).__name__}: the catalog has not listed this model since {retired}; its requests may be rejected"
                )
                warnings.warn(message, DeprecationWarning, stacklevel=2)

        # tells pydantic that this constructor only validates, so that nested objects and model_validate skip it
        __init__.__pydantic_base_init__ = True

        def __setattr__(self, name: str, value: Any) -> None:
            try:
                super().__setattr__(name, value)
            except ValidationError:
                raise _frozen_error(self, name) from None

        def __delattr__(self, name: str) -> None:
            try:
                super().__delattr__(name)
            except ValidationError:
                raise _frozen_error(self, name) from None

        def __replace__(self, /, **changes: Any) -> Self:  # copy.replace, from Python 3.13 on
            return self.model_copy(update=changes)

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        for rule in self.RULES:
            problem = rule.violation(self)
            if problem:
                raise PydanticCustomError("rule", "{problem}", {"problem": problem})
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with the inputs in `update` changed, validated like a new object.

        Raises:
            InvalidInput: an input is unknown or out of range.
        """
        copy = super().model_copy(deep=deep)
        if not update:
            return copy
        names = {field.alias or name: name for name, field in type(self).model_fields.items()}
        current = {name: getattr(copy, name) for name in copy.model_fields_set if name in type(self).model_fields}
        changed = type(self)(**{**current, **(copy.model_extra or {}), **{names.get(name, name): update[name] for name in update}})
        object.__setattr__(changed, "__pydantic_private__", copy.__pydantic_private__)
        return changed

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Yield only the inputs that were set: the server decides on the values of the others."""
        return ((name, value) for name, value in super().__repr_args__() if name is None or name in self.model_fields_set)

    def _copy_hint(self, name: str) -> str:
        """Return the call that creates a copy with another value, as text for a hint."""
        return f"model_copy(update={{{name!r}: ...}})"

    def payload(self) -> dict[str, JsonValue]:
        """Return the JSON object that is sent: the fields that were set, by documented name, in the order of the schema.

        Raises:
            InvalidInput: an input is a local file, which only a client with a bucket (`media=`) can send.
        """
        payload = _to_json(self)
        reject_local_files(payload, type(self).__name__)
        return payload

    def _json_with_local_files(self) -> dict[str, Any]:
        """Return the payload, with a `LocalFile` for each local file."""
        return _to_json(self)


def _frozen_error(value: Inputs, name: str) -> AttributeError:
    kind = type(value).__name__
    known = {field.alias or name for name, field in type(value).model_fields.items()} | set(type(value).model_fields)
    if name not in known and type(value).model_config.get("extra") != "allow":
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=1)
        return AttributeError(f"a {kind} has no input {name!r}{f'; did you mean {near[0]!r}?' if near else ''}")
    return AttributeError(f"{name} cannot be changed: a {kind} is immutable. Create a copy instead: old.{value._copy_hint(name)}")


def _next_step(problems: tuple[Problem, ...], cls: type[Inputs]) -> str | None:
    """Return a hint to `with_extra_inputs` if an input is unknown and the class has that method; else None."""
    if not hasattr(cls, "with_extra_inputs") or not any(is_unknown(problem) for problem in problems):
        return None
    return f"{InvalidInput.next_step} To send an input that is newer than this client, use with_extra_inputs()."


def _first_name(value: Inputs) -> str:
    return next(iter(type(value).model_fields), "name")


def _to_json(value: Inputs) -> dict[str, JsonValue]:
    sent: dict[str, JsonValue] = {}
    fields_set = value.model_fields_set
    for name, field in type(value).model_fields.items():
        if name not in fields_set:
            continue
        item = getattr(value, name)
        if item is None and name not in value.NULLABLE:
            continue
        sent[field.alias or name] = _plain(item)
    sent.update(value.model_extra or {})
    return sent


def _plain(value: Any) -> Any:
    if isinstance(value, Inputs):
        return _to_json(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


__all__ = ["Inputs", "InvalidInput", "Problem"]

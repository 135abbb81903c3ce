"""The typed inputs of a model: validated before a paid call, and turned into exactly the JSON that is sent.

A field that was not set is not sent, whatever its default: the default shown is the server's own. `None` leaves a field out too,
except where the schema allows `null`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from runcomfy_client.errors import InvalidInput, Problem
from runcomfy_client.schema.local_file import refuse_local_files
from runcomfy_client.schema.validation_errors import is_unknown, problems_of

if TYPE_CHECKING:
    from runcomfy_client.schema.rules import Rule


class Inputs(BaseModel, frozen=True):
    """Base of request classes and of the objects nested in them. Instances are frozen values.

    Raises:
        InvalidInput: on construction, naming every field at fault and its limit.
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
    """Names of the fields whose schema allows `null`: for those, an explicit `None` is sent."""
    RULES: ClassVar[tuple[Rule, ...]] = ()
    """Rules between fields, as data."""

    if not TYPE_CHECKING:  # type checkers take the constructor from the fields

        def __init__(self, /, *nameless: Any, **inputs: Any) -> None:
            if nameless:
                raise TypeError(f"{type(self).__name__} takes its inputs by name: {type(self).__name__}({_first_name(self)}=...)")
            try:
                self.__pydantic_validator__.validate_python(inputs, self_instance=self)
            except ValidationError as error:
                found = problems_of(error, type(self))
                raise InvalidInput(type(self).__name__, found, next_step=_next_step(found, type(self))) from None
            retired = getattr(type(self), "RETIRED", None)
            if retired is not None:
                message = (
                    f"{type(self).__name__}: the catalog has not listed this model since {retired}; its requests may be refused"
                )
                warnings.warn(message, DeprecationWarning, stacklevel=2)

        # tells pydantic that this constructor only validates, so nested objects and model_validate skip it
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
            fault = rule.violation(self)
            if fault:
                raise PydanticCustomError("rule", "{fault}", {"fault": fault})
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy, with the inputs in `update` changed; names and values are checked like those of a new one.

        Raises:
            InvalidInput: an input is unknown or out of its bounds.
        """
        copy = super().model_copy(deep=deep)
        if not update:
            return copy
        names = {field.alias or name: name for name, field in type(self).model_fields.items()}
        chosen = {name: getattr(copy, name) for name in copy.model_fields_set if name in type(self).model_fields}
        changed = type(self)(**{**chosen, **(copy.model_extra or {}), **{names.get(name, name): update[name] for name in update}})
        object.__setattr__(changed, "__pydantic_private__", copy.__pydantic_private__)
        return changed

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Yield the inputs that were set: of the others, only the server knows what they will be."""
        return ((name, value) for name, value in super().__repr_args__() if name is None or name in self.model_fields_set)

    def _copy_hint(self, name: str) -> str:
        """Write the call that gives a copy with another value."""
        return f"model_copy(update={{{name!r}: ...}})"

    def payload(self) -> dict[str, JsonValue]:
        """Return the JSON object that is sent: the fields that were set, under their documented names, in schema order.

        Raises:
            InvalidInput: an input is a local file, which only a client with a bucket (`media=`) can send.
        """
        payload = _to_json(self)
        refuse_local_files(payload, type(self).__name__)
        return payload

    def _json_with_local_files(self) -> dict[str, Any]:
        """Return what `payload` returns, with each local file as a `LocalFile` in its place."""
        return _to_json(self)


def _frozen_error(value: Inputs, name: str) -> AttributeError:
    kind = type(value).__name__
    known = {field.alias or name for name, field in type(value).model_fields.items()} | set(type(value).model_fields)
    if name not in known and type(value).model_config.get("extra") != "allow":
        near = get_close_matches(name, known, n=1)
        return AttributeError(f"a {kind} has no input {name!r}{f'; did you mean {near[0]!r}?' if near else ''}")
    return AttributeError(f"{name} cannot be changed: a {kind} is a value. Make another one, old.{value._copy_hint(name)}")


def _next_step(problems: tuple[Problem, ...], cls: type[Inputs]) -> str | None:
    """Name the way for inputs that are newer than this client, where an unknown one was given and the class has that way."""
    if not hasattr(cls, "with_extra_inputs") or not any(is_unknown(problem) for problem in problems):
        return None
    return f"{InvalidInput.next_step} An input newer than this client goes through with_extra_inputs()."


def _first_name(value: Inputs) -> str:
    return next(iter(type(value).model_fields), "name")


def _to_json(value: Inputs) -> dict[str, JsonValue]:
    sent: dict[str, JsonValue] = {}
    chosen = value.model_fields_set
    for name, field in type(value).model_fields.items():
        if name not in chosen:
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

"""The typed inputs of a model: validated before a paid call, and turned into exactly the JSON that is sent.

A field that was not set is not sent, whatever its default: the default shown is the server's own. `None` leaves a field out too,
except where the schema allows `null`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from runcomfy_client.errors import InvalidInput, Problem
from runcomfy_client.typed.problems import problems_of

if TYPE_CHECKING:
    from runcomfy_client.typed.rules import Rule


class Inputs(BaseModel):
    """Base of request classes and of the objects nested in them. Instances are frozen values.

    Raises:
        InvalidInput: on construction, naming every field at fault and its limit.
    """

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
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
                raise InvalidInput(type(self).__name__, problems_of(error, type(self))) from None

        # tells pydantic that this constructor only validates, so nested objects and model_validate skip it
        __init__.__pydantic_base_init__ = True

        def __setattr__(self, name: str, value: Any) -> None:
            try:
                super().__setattr__(name, value)
            except ValidationError:
                raise _fixed(self, name) from None

        def __delattr__(self, name: str) -> None:
            try:
                super().__delattr__(name)
            except ValidationError:
                raise _fixed(self, name) from None

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        for rule in self.RULES:
            fault = rule.fault(self)
            if fault:
                raise PydanticCustomError("rule", "{fault}", {"fault": fault})
        return self

    def payload(self) -> dict[str, JsonValue]:
        """Return the JSON object that is sent: the fields that were set, under their documented names, in schema order."""
        return _to_json(self)


def _fixed(value: Inputs, name: str) -> AttributeError:
    kind = type(value).__name__
    return AttributeError(
        f"{name} cannot be changed: a {kind} is a value. Build another one, {kind}(**{{**old.payload(), {name!r}: ...}})"
    )


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

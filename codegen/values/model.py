"""Immutable descriptions of all models, without Python syntax. The later stages read these instead of schemas.

An object type has a role: its path from the input or the output. Nested objects are in one flat list, since each becomes a
class.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

Side = Literal["input", "output"]
OPTION: Final = "option:"
"""The prefix of a step in a key that leads to a branch of a union."""
_MAX_MARK: Final = 60
SchemaPath = tuple[str, ...]
"""`("input", "multi_prompt", "item")` is the element of the list `multi_prompt` of the input."""


class _Missing(enum.Enum):
    """A sentinel that is also identical in another process."""

    ABSENT = enum.auto()


ABSENT: Final = _Missing.ABSENT
"""Means "no default", in contrast to the default `null`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One property of an object type."""

    name: str
    """The name in the schema."""
    required: bool
    schema: Mapping[str, Any]
    """Its normalised schema."""
    description: str = ""
    default: Any = ABSENT
    """The server default of an optional property."""

    @property
    def nullable(self) -> bool:
        """True if `null` is valid."""
        return allows_null(self.schema)

    @property
    def untyped(self) -> bool:
        """True if the schema does not restrict the values."""
        return not self.schema.keys() - {"description", "default", "examples"}


@dataclass(frozen=True, slots=True)
class ObjectType:
    """An object with named properties."""

    role: SchemaPath
    key: SchemaPath
    """The role in a form that does not change if a union gets another branch: branches are identified by properties or type."""
    fields: tuple[Field, ...]
    description: str = ""
    closed: bool = False
    """True if undeclared properties are invalid."""

    @property
    def side(self) -> str:
        """Return `input` or `output`."""
        return self.role[0]

    @property
    def as_branch(self) -> str:
        """Return the step of a key that would lead to the object if it were a branch of a union."""
        return _branch_of((field.name, field.schema) for field in self.fields)


@dataclass(frozen=True, slots=True)
class Price:
    """The published price of a model, and the price table from a correction."""

    base_usd: float | None = None
    """The price of one unit, in USD."""
    unit: str | None = None
    note: str | None = None
    table: Mapping[str, Any] | None = None
    """See `codegen.analyse.prices`."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model: its texts, its object types and their schemas."""

    id: str
    display_name: str
    description: str
    categories: tuple[str, ...]
    output_kind: str | None
    """`VIDEO`, `IMAGE`, `AUDIO`, or None if the documentation does not say it."""
    objects: tuple[ObjectType, ...]
    """The input, then the output if there is one, each followed by its nested objects."""
    rules: tuple[Mapping[str, Any], ...]
    incomplete: tuple[str, ...]
    example: Mapping[str, Any]
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any] | None
    price: Price = Price()
    retired: str | None = None
    """The first day on which the catalog did not list the model, `YYYY-MM-DD`."""

    @property
    def input(self) -> ObjectType:
        """Return the object type of the input."""
        return self.objects[0]

    @property
    def output(self) -> ObjectType | None:
        """Return the object type of the output, or None if no object is documented."""
        return next((item for item in self.objects if item.role == ("output",)), None)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All models, in the order of their ids."""

    models: tuple[Model, ...] = field(default=())

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models)


def object_types(schema: Mapping[str, Any], side: Side) -> tuple[ObjectType, ...]:
    """Return the object types of a normalised schema, outermost first; those under `$defs` are last."""
    named = schema.get("$defs", {})
    found = list(_objects(schema, (side,), (side,)))
    for name, child in named.items():
        found += _objects(child, (side, "$defs", name), (side, "$defs", name))
    seen: dict[SchemaPath, int] = {}
    for index, item in enumerate(found):  # branches with the same properties get a number
        seen[item.key] = seen.get(item.key, 0) + 1
        if seen[item.key] > 1:
            found[index] = replace(item, key=(*item.key[:-1], f"{item.key[-1]}#{seen[item.key]}"))
    return tuple(found)


def _objects(schema: Mapping[str, Any], role: SchemaPath, key: SchemaPath) -> Iterator[ObjectType]:
    if "properties" in schema:
        closed = schema.get("additionalProperties") is False
        yield ObjectType(role, key, tuple(_fields(schema)), schema.get("description", ""), closed)
    union = {id(branch) for branch in schema.get("anyOf", [])}
    for step, child in children(schema):
        stable = (_branch(child),) if id(child) in union else step
        yield from _objects(child, (*role, *step), (*key, *stable))


def _branch(schema: Mapping[str, Any]) -> str:
    """Return the step of a key for a branch of a union, independent of its position."""
    if "properties" in schema:
        return _branch_of(schema["properties"].items())
    return OPTION + "|".join(listed(schema.get("type", "")))


def _branch_of(properties: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    return OPTION + ",".join(sorted(name + _mark(schema) for name, schema in properties))


def _mark(schema: Mapping[str, Any]) -> str:
    """Return a suffix that distinguishes properties with the same name in two branches: the only value, or a non-string type."""
    values, types = schema.get("enum", []), "|".join(listed(schema.get("type", "any")))
    if len(values) == 1:
        return f"={values[0]}".replace(",", ";")[:_MAX_MARK]
    return "" if types == "string" else f":{types}"


def children(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield the direct subschemas of a normalised schema, each with the step of the role that leads to it."""
    for name, child in schema.get("properties", {}).items():
        yield (name,), child
    if "items" in schema:
        yield ("item",), schema["items"]
    if isinstance(schema.get("additionalProperties"), dict):
        yield ("value",), schema["additionalProperties"]
    for number, branch in enumerate(schema.get("anyOf", []), 1):
        yield (f"option{number}",), branch


def schema_at(schema: Mapping[str, Any], role: SchemaPath) -> Mapping[str, Any]:
    """Return the part of a normalised schema that describes an object type."""
    steps = role[1:]
    if steps[:1] == ("$defs",):
        schema, steps = schema["$defs"][steps[1]], steps[2:]
    for step in steps:
        schema = next(child for way, child in children(schema) if way == (step,))
    return schema


def _fields(schema: Mapping[str, Any]) -> Iterator[Field]:
    required = schema.get("required", [])
    # required properties first, as in a signature; apart from that, the stable sort keeps the published order
    for name, child in sorted(schema["properties"].items(), key=lambda item: item[0] not in required):
        yield Field(
            name=name,
            required=name in required,
            schema=child,
            description=child.get("description", ""),
            default=child.get("default", ABSENT),
        )


def allows_null(schema: Mapping[str, Any]) -> bool:
    """Return True if `null` is valid by `schema`."""
    if any(allows_null(branch) for branch in schema.get("anyOf", [])):
        return True
    return "null" in listed(schema.get("type", [])) and None in schema.get("enum", [None])


def listed(types: str | list[str]) -> list[str]:
    """Return the value of `type` as a list."""
    return [types] if isinstance(types, str) else types

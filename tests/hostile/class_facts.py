"""Facts about the inputs of a generated class, read from Python and from the schema: names, defaults, choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel

Facts = dict[str, Any]
"""By documented name: `default`, `choices` and `nested`, the facts of the objects inside."""

DEEPEST = 3
"""How far recursive classes are followed."""


def exact(value: Any) -> Any:
    """Return a JSON value with its types, so that 1, 1.0 and true differ. The result is JSON."""
    match value:
        case list():
            return [exact(item) for item in value]
        case dict():
            return {key: exact(item) for key, item in value.items()}
        case _:
            return f"{type(value).__name__} {value!r}"


def exact_sent(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a value as a request may send it: for a number, 1 may become 1.0."""
    return exact(float(value) if schema.get("type") == "number" else value)


def facts_of(cls: type[BaseModel], depth: int = 0) -> Facts:
    """Return the facts about a class."""
    found: Facts = {}
    for name, field in cls.model_fields.items():
        pieces = [*_pieces(field.annotation), *field.metadata]
        nested = [piece for piece in pieces if isinstance(piece, type) and issubclass(piece, BaseModel)]
        found[field.alias or name] = {
            "default": "none, for it is required" if field.is_required() else exact(field.default),
            "choices": _choices(pieces),
            "nested": [facts_of(inner, depth + 1) for inner in nested if depth < DEEPEST],
        }
    return found


def expected_facts(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int = 0) -> Facts:
    """Return the expected facts about the class of a documented object."""
    found: Facts = {}
    for wire, given in schema["properties"].items():
        child = _resolved(given, root)
        inner = list(_objects(child, root))
        required = wire in schema.get("required", [])
        default = None if inner else _whole(child.get("default"), child)
        found[wire] = {
            "default": "none, for it is required" if required else exact(default),
            "choices": [exact(value) for value in _values(child) if value is not None],
            "nested": [expected_facts(item, root, depth + 1) for item in inner if depth < DEEPEST],
        }
    return found


def _values(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Return the choices that a schema defines for its values or their items."""
    yield from schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else []
    inside = [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    for child in (*inside, *schema.get("anyOf", [])):
        yield from _values(child)


def _whole(value: Any, schema: Mapping[str, Any]) -> Any:
    return int(value) if schema.get("type") == "integer" and value is not None else value


def _pieces(annotation: Any) -> Iterator[Any]:
    """Return all components of an annotation."""
    yield annotation
    origin = get_origin(annotation)
    if origin is Annotated:
        base, *marks = get_args(annotation)
        yield from _pieces(base)
        yield from marks
    elif origin is not Literal:
        for part in get_args(annotation):
            yield from _pieces(part)


def _choices(pieces: list[Any]) -> list[Any]:
    marks = [value for piece in pieces if type(piece).__name__ == "OneOf" for value in piece.values]
    literals = [value for piece in pieces if get_origin(piece) is Literal for value in get_args(piece)]
    return [exact(value) for value in marks or literals]


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Any = root
    for token in schema["$ref"].split("/")[1:]:
        found = found[token.replace("~1", "/").replace("~0", "~")]
    return _resolved(found, root)


def _objects(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return the object schemas with named properties that a value of the schema may match."""
    schema = _resolved(schema, root)
    if isinstance(schema.get("properties"), dict):
        yield schema
        return
    inside = [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    for child in (*inside, *schema.get("anyOf", [])):
        yield from _objects(child, root)

"""The query for a field's annotation: the structure of its schema, with placeholders for names, texts and unsupported types."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final

from codegen.values.model import SchemaPath, allows_null, listed
from codegen.values.pointer import split

MEDIA: Final = {"image": "ImageUrl", "video": "VideoUrl", "audio": "AudioUrl", "file": "FileUrl"}
_BOUNDS: Final = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems"}
)
_COUNTS: Final = frozenset({"minLength", "minItems"})


@dataclass(frozen=True, slots=True)
class CompositeAnnotation:
    """An annotation that contains others: `template` has the names `Part0`, `Part1`, ... in their places."""

    template: ast.expr
    parts: tuple[AnnotationQuery, ...]


@dataclass(frozen=True, slots=True)
class AnnotationQuery:
    """The structure of a schema, as JSON, with `Placeholder0`, `Placeholder1`, ... in the places of the substitutions."""

    shape: str
    required: bool
    substitutions: tuple[ast.expr | CompositeAnnotation, ...]


def annotation_query(
    schema: Mapping[str, Any], role: SchemaPath, classes: Mapping[SchemaPath, str], *, required: bool = True
) -> AnnotationQuery:
    """Return the query for a normalised schema at `role`."""
    builder = _QueryBuilder(classes)
    shape = json.dumps(builder.shape(schema, role), sort_keys=True)
    return AnnotationQuery(shape, required, tuple(builder.substitutions))


@dataclass(frozen=True, slots=True)
class _QueryBuilder:
    """Builds one query."""

    classes: Mapping[SchemaPath, str]
    substitutions: list[ast.expr | CompositeAnnotation] = field(default_factory=list)

    def shape(self, schema: Mapping[str, Any], role: SchemaPath) -> dict[str, Any]:
        """Return the structure of a schema."""
        nullable = allows_null(schema)
        if "$ref" in schema:
            return self._placeholder(_name(self.classes[(role[0], "$defs", split(schema["$ref"][1:])[-1])]))
        if _only_null(schema):
            return self._placeholder(_subscript("Literal", ast.Constant(None)))
        if "anyOf" in schema:
            return self._placeholder(self._union(schema["anyOf"], role), nullable=nullable)
        if "type" not in schema:
            return self._placeholder(_name("AnyJson"))
        if "properties" in schema:
            return self._placeholder(_name(self.classes[role]), nullable=nullable)
        kinds = [name for name in listed(schema["type"]) if name != "null"]
        if "enum" in schema:
            return self._placeholder(_choice([value for value in schema["enum"] if value is not None], kinds), nullable=nullable)
        if nullable and kinds == ["object"]:  # for a map, datamodel-code-generator ignores null
            return self._placeholder(self._without_null(schema, role), nullable=True)
        markers = _markers(schema, kinds[0]) if role[0] == "input" else []
        if markers:
            inner = _QueryBuilder(self.classes)
            core = inner._plain(schema, kinds[0], role)
            part = AnnotationQuery(json.dumps(core, sort_keys=True), True, tuple(inner.substitutions))
            return self._placeholder(
                CompositeAnnotation(_subscript("Annotated", _name("Part0"), *markers), (part,)), nullable=nullable
            )
        core = self._plain(schema, kinds[0], role)
        if nullable:
            return _or_null(core) if "customTypePath" in core else {**core, "type": [core["type"], "null"]}
        return core

    def _plain(self, schema: Mapping[str, Any], kind: str, role: SchemaPath) -> dict[str, Any]:
        """Return the structure of a schema with one type, without the keywords that become markers."""
        if "x-media" in schema and role[0] == "input":
            return {"type": kind} | self._placeholder(_name(MEDIA[schema["x-media"]]))
        out: dict[str, Any] = {"type": kind}
        out |= {key: value for key, value in schema.items() if key in _BOUNDS and not (value == 0 and key in _COUNTS)}
        if kind == "number":
            out.pop("multipleOf", None)
        if "pattern" in schema:
            out["pattern"] = self._token(ast.Constant(schema["pattern"]))
        if kind == "array":
            out["items"] = self._inside(schema["items"], (*role, "item"))
        if kind == "object":
            values = schema.get("additionalProperties")
            out["additionalProperties"] = self._inside(values if isinstance(values, dict) else {}, (*role, "value"))
        return out

    def _inside(self, schema: Mapping[str, Any], role: SchemaPath) -> dict[str, Any]:
        """Return the structure of a subschema: a separate query, so that it gets an annotation instead of a class."""
        return self._placeholder(CompositeAnnotation(_name("Part0"), (annotation_query(schema, role, self.classes),)))

    def _without_null(self, schema: Mapping[str, Any], role: SchemaPath) -> CompositeAnnotation:
        return CompositeAnnotation(_name("Part0"), (annotation_query({**schema, "type": "object"}, role, self.classes),))

    def _union(self, branches: list[Mapping[str, Any]], role: SchemaPath) -> CompositeAnnotation:
        parts = tuple(
            annotation_query(branch, (*role, f"option{number}"), self.classes)
            for number, branch in enumerate(branches, 1)
            if not _only_null(branch)
        )
        names = [_name(f"Part{number}") for number in range(len(parts))]
        return CompositeAnnotation(reduce(lambda left, right: ast.BinOp(left, ast.BitOr(), right), names), parts)

    def _placeholder(self, substitution: ast.expr | CompositeAnnotation, *, nullable: bool = False) -> dict[str, Any]:
        placeholder = _custom(self._token(substitution))
        return _or_null(placeholder) if nullable else placeholder

    def _token(self, substitution: ast.expr | CompositeAnnotation) -> str:
        self.substitutions.append(substitution)
        return f"Placeholder{len(self.substitutions) - 1}"


def _only_null(schema: Mapping[str, Any]) -> bool:
    if "anyOf" in schema:
        return all(map(_only_null, schema["anyOf"]))
    return schema.get("type") in ("null", ["null"]) or schema.get("enum") == [None]


def _or_null(core: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that also allows null. Beside `customTypePath`, datamodel-code-generator ignores null."""
    return {"anyOf": [core, {"type": "null"}]}


def _custom(token: str) -> dict[str, Any]:
    return {"type": "string", "customTypePath": f"placeholders.{token}"}


def _name(name: str) -> ast.expr:
    return ast.Name(name)


def _subscript(base: str, *inside: ast.expr) -> ast.expr:
    return ast.Subscript(_name(base), inside[0] if len(inside) == 1 else ast.Tuple(list(inside)))


def _call(name: str, *values: Any) -> ast.expr:
    return ast.Call(_name(name), [ast.Constant(value) for value in values], [])


def _markers(schema: Mapping[str, Any], kind: str) -> list[ast.expr]:
    """Return the checks that pydantic does not have, from `runcomfy_client.schema`."""
    markers = [_call("MediaLimit", rule["rule"], rule["value"]) for rule in schema.get("x-validations", [])]
    if "x-media" in schema and ("pattern" in schema or schema.get("minLength") or "maxLength" in schema):
        most = [schema["maxLength"]] if "maxLength" in schema else []
        least = [schema.get("minLength", 0)] if most or schema.get("minLength") else []
        markers.append(_call("TextBounds", schema.get("pattern", ""), *least, *most))
    if schema.get("uniqueItems"):
        markers.append(_call("Unique"))
    if kind == "number" and "multipleOf" in schema:
        markers.append(_call("MultipleOf", schema["multipleOf"]))
    return markers


def _choice(values: list[Any], kinds: list[str]) -> ast.expr:
    """Return the annotation of an enum: a `Literal`, with an additional check of the type where `True == 1` matters."""
    options = [ast.Constant(value) for value in values]
    if kinds == ["string"]:
        return _subscript("Literal", *options)
    if any(isinstance(value, list | dict) for value in values):
        return _subscript("Annotated", _name("AnyJson"), _call("OneOf", *values))
    literals = [option for option in options if not isinstance(option.value, float)]
    base = [_subscript("Literal", *literals)] if literals and "number" not in kinds else []
    if "number" in kinds:
        others = [option for option in literals if isinstance(option.value, str | bool)]
        base = [_name("float"), *([_subscript("Literal", *others)] if others else [])]
    marker = _call("OneOf", *(values if "number" in kinds else ()))  # a Literal contains its values itself
    return _subscript("Annotated", reduce(lambda left, right: ast.BinOp(left, ast.BitOr(), right), base), marker)

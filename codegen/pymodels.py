"""Asks datamodel-code-generator for the annotation of every field; the only module that calls it.

It is shown structure alone: types, bounds, what holds what. Names, texts (enum values, patterns) and types it has no word for are
replaced by placeholders, and put back into the syntax tree that its answer parses to. So no text of a schema passes through its
string handling, none of its renaming applies, and what it cannot say precisely is not guessed by it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final

from datamodel_code_generator import InputFileType, LiteralType, PythonVersion, generate
from datamodel_code_generator.config import GenerateConfig
from datamodel_code_generator.enums import DataModelType

from codegen.catalog import ObjectType, Role, allows_null
from codegen.names import ModelNames
from codegen.pointer import split
from codegen.pytree import names_in

Annotations = Mapping[Role, Mapping[str, ast.expr]]
"""For each object type, the annotation of each property by its documented name."""

_MEDIA: Final = {"image": "ImageUrl", "video": "VideoUrl", "audio": "AudioUrl", "file": "FileUrl"}
_BOUNDS: Final = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems"}
)
_VOCABULARY: Final = frozenset(
    "Annotated AnyJson Field Literal MediaLimit MultipleOf OneOf Unique bool dict float int list str".split()
    + list(_MEDIA.values())
)
_COUNTS: Final = frozenset({"minLength", "minItems"})
_CONFIG: Final = GenerateConfig(
    input_file_type=InputFileType.JsonSchema,
    output_model_type=DataModelType.PydanticV2BaseModel,
    target_python_version=PythonVersion.PY_311,
    class_name="Unused",
    use_annotated=True,
    field_constraints=True,
    enum_field_as_literal=LiteralType.All,
    use_standard_collections=True,
    use_union_operator=True,
    strict_nullable=True,
    collapse_root_models=True,
    disable_timestamp=True,
    use_double_quotes=True,
    formatters=[],
)


def annotate(models: Sequence[tuple[Iterable[ObjectType], ModelNames]]) -> list[Annotations]:
    """Return the annotations of each model's fields. All are asked for in one go, which is much faster than one by one."""
    works = [_Work(f"M{number}", tuple(objects), names) for number, (objects, names) in enumerate(models)]
    definitions = {token: schema for work in works for token, schema in work.definitions().items()}
    answer = _classes(_ask({"type": "object", "$defs": definitions}))
    return [work.annotations(answer) for work in works]


def _ask(schema: dict[str, Any]) -> str:
    source = generate(schema, config=_CONFIG)
    if not isinstance(source, str):
        raise AssertionError("datamodel-code-generator did not return one module")
    return source


def _classes(source: str) -> dict[str, dict[str, ast.expr]]:
    """The annotations of each class in a module, by attribute."""
    return {
        node.name: {
            line.target.id: line.annotation
            for line in node.body
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        }
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
    }


@dataclass(frozen=True, slots=True)
class _Work:
    """What is asked about one model, with what each placeholder in it stands for."""

    prefix: str
    """Tells its placeholders from those of other models."""
    objects: tuple[ObjectType, ...]
    names: ModelNames
    meanings: dict[str, ast.expr] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)
    """Schemas inside schemas: asked for one by one, so that each gets an annotation instead of a class of its own."""

    def definitions(self) -> dict[str, dict[str, Any]]:
        """The schemas of the object types, under placeholder names, and one more for the parts that came up in them."""
        asked = {self._token_of(item.role): self._definition(item) for item in self.objects}
        slots = {f"slot{number}": part for number, part in enumerate(self.parts)}
        return asked | {f"{self.prefix}Parts": {"type": "object", "properties": slots, "required": list(slots)}}

    def annotations(self, answer: Mapping[str, Mapping[str, ast.expr]]) -> Annotations:
        """Read the answer, and put back what the placeholders stand for."""
        slots = answer[f"{self.prefix}Parts"]
        parts = {f"{self.prefix}Part{number}": slots[f"slot{number}"] for number in range(len(self.parts))}
        restore = _Restore(self.meanings, parts)
        restored = {
            item.role: {
                field.wire: restore.annotation(answer[self._token_of(item.role)][f"field{number}"])
                for number, field in enumerate(item.fields)
            }
            for item in self.objects
        }
        used = {name for fields in restored.values() for annotation in fields.values() for name in names_in(annotation)}
        strangers = used - _VOCABULARY - set(self.names.classes.values())
        if strangers:
            raise AssertionError(f"datamodel-code-generator answered with {sorted(strangers)}, which nobody asked for")
        return restored

    def _token_of(self, role: Role) -> str:
        number = next(number for number, item in enumerate(self.objects) if item.role == role)
        return f"{self.prefix}Object{number}"

    def _definition(self, item: ObjectType) -> dict[str, Any]:
        """The schema of one object type, its properties known by their position."""
        self.meanings[self._token_of(item.role)] = _name(self.names.classes[item.role])
        return {
            "type": "object",
            "properties": {
                f"field{number}": self.prepare(part.schema, (*item.role, part.wire)) for number, part in enumerate(item.fields)
            },
            "required": [f"field{number}" for number, part in enumerate(item.fields) if part.required],
        }

    def prepare(self, schema: Mapping[str, Any], role: Role) -> dict[str, Any]:
        """The structure of one schema."""
        nullable = allows_null(schema)
        if "$ref" in schema:
            return {"$ref": f"#/$defs/{self._token_of((role[0], '$defs', split(schema['$ref'][1:])[-1]))}"}
        if "anyOf" in schema:
            return self._stand_in(self._union(schema["anyOf"], role), nullable=nullable)
        if "type" not in schema:
            return self._stand_in(_name("AnyJson"))
        kinds = [name for name in _listed(schema["type"]) if name != "null"]
        if "properties" in schema:
            core = {"$ref": f"#/$defs/{self._token_of(role)}"}
            return {"anyOf": [core, {"type": "null"}]} if nullable else core
        if "enum" in schema:
            return self._stand_in(_choice([value for value in schema["enum"] if value is not None], kinds), nullable=nullable)
        markers = _markers(schema, kinds[0]) if role[0] == "input" else []
        core = self._plain(schema, kinds[0], role)
        if markers:
            return self._stand_in(_subscript("Annotated", _name(self._part(core)), *markers), nullable=nullable)
        return {**core, "type": [core["type"], "null"]} if nullable else core

    def _plain(self, schema: Mapping[str, Any], kind: str, role: Role) -> dict[str, Any]:
        """A schema of one type, less what a marker says."""
        out: dict[str, Any] = {"type": kind}
        out |= {key: value for key, value in schema.items() if key in _BOUNDS and not (value == 0 and key in _COUNTS)}
        if kind == "number":
            out.pop("multipleOf", None)
        if "x-media" in schema and role[0] == "input":
            out |= self._stand_in(_name(_MEDIA[schema["x-media"]]))
        if "pattern" in schema:
            out["pattern"] = self._token(ast.Constant(schema["pattern"]))
        if kind == "array":
            out["items"] = _custom(self._part(self.prepare(schema["items"], (*role, "item"))))
        if kind == "object":
            values = schema.get("additionalProperties")
            asked = self.prepare(values, (*role, "value")) if isinstance(values, dict) else self._stand_in(_name("AnyJson"))
            out["additionalProperties"] = _custom(self._part(asked))
        return out

    def _union(self, branches: list[Mapping[str, Any]], role: Role) -> ast.expr:
        options = [
            _name(self._part(self.prepare(branch, (*role, f"option{number}"))))
            for number, branch in enumerate(branches, 1)
            if branch.get("type") != "null"
        ]
        return reduce(lambda left, right: ast.BinOp(left, ast.BitOr(), right), options)

    def _part(self, prepared: dict[str, Any]) -> str:
        self.parts.append(prepared)
        return f"{self.prefix}Part{len(self.parts) - 1}"

    def _stand_in(self, meaning: ast.expr, *, nullable: bool = False) -> dict[str, Any]:
        return _custom(self._token(meaning)) | ({"type": ["string", "null"]} if nullable else {})

    def _token(self, meaning: ast.expr) -> str:
        token = f"{self.prefix}Placeholder{len(self.meanings)}"
        self.meanings[token] = meaning
        return token


class _Restore(ast.NodeTransformer):
    """Puts what the placeholders stand for back into annotations."""

    def __init__(self, meanings: Mapping[str, ast.expr], parts: Mapping[str, ast.expr]) -> None:
        self.meanings = meanings
        self.parts = parts

    def annotation(self, answer: ast.expr) -> ast.expr:
        """Restore one answer."""
        restored: ast.expr = self.visit(deepcopy(answer))
        return restored

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.parts:
            return self.annotation(self.parts[node.id])
        meaning = self.meanings.get(node.id)
        return node if meaning is None else self._ours(deepcopy(meaning))

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self.meanings.get(node.value, node) if isinstance(node.value, str) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        return _flat(node)

    def _ours(self, meaning: ast.expr) -> ast.expr:
        """Restore a meaning: parts may stand in it, but its constants are texts of the schema and stay what they are."""
        match meaning:
            case ast.BinOp(left=left, op=op, right=right):
                return ast.BinOp(self._ours(left), op, self._ours(right))
            case ast.Name(id=name) if name in self.parts:
                return self.annotation(self.parts[name])
            case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[base, *markers])):
                return _flat(ast.Subscript(_name("Annotated"), ast.Tuple([self._ours(base), *markers])))
            case _:
                return meaning


def _flat(node: ast.Subscript) -> ast.Subscript:
    """Write `Annotated[Annotated[X, a], b]` as `Annotated[X, a, b]`."""
    match node:
        case ast.Subscript(
            value=ast.Name(id="Annotated"),
            slice=ast.Tuple(elts=[ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=inner)), *markers]),
        ):
            return ast.Subscript(_name("Annotated"), ast.Tuple([*inner, *markers]))
    return node


def _custom(token: str) -> dict[str, Any]:
    return {"type": "string", "customTypePath": f"placeholders.{token}"}


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _name(name: str) -> ast.expr:
    return ast.Name(name)


def _subscript(base: str, *inside: ast.expr) -> ast.expr:
    return ast.Subscript(_name(base), inside[0] if len(inside) == 1 else ast.Tuple(list(inside)))


def _call(name: str, *values: Any) -> ast.expr:
    return ast.Call(_name(name), [ast.Constant(value) for value in values], [])


def _markers(schema: Mapping[str, Any], kind: str) -> list[ast.expr]:
    """What pydantic has no word for: checks of our own, from `runcomfy_client.typed`."""
    markers = [_call("MediaLimit", rule["rule"], rule["value"]) for rule in schema.get("x-validations", [])]
    if schema.get("uniqueItems"):
        markers.append(_call("Unique"))
    if kind == "number" and "multipleOf" in schema:
        markers.append(_call("MultipleOf", schema["multipleOf"]))
    return markers


def _choice(values: list[Any], kinds: list[str]) -> ast.expr:
    """The annotation of an enum: a `Literal`, with a check by JSON type beside it where Python would take `True` for `1`."""
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
    marker = _call("OneOf", *(values if "number" in kinds else ()))  # a Literal names its values itself
    return _subscript("Annotated", reduce(lambda left, right: ast.BinOp(left, ast.BitOr(), right), base), marker)

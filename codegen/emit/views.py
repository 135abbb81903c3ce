"""Convert models to views for the templates: ordered strings, so that templates contain no logic.

The model-specific part of the client is data: classes with annotated fields, and constants. The runtime contains all behaviour.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from codegen.emit import annotations_ast
from codegen.values.formats import VALIDATIONS
from codegen.values.literals import GENERATED, docstring, literal
from codegen.values.model import ABSENT, Field, Model, ObjectType, children
from codegen.values.names import ModelNames
from codegen.values.price_text import price_lines

Annotations = Mapping[tuple[str, ...], Mapping[str, ast.expr]]

_HOMES: Final = {
    "typing": ("Annotated", "Literal"),
    "pydantic": ("ConfigDict", "Field"),
    "runcomfy_client.requests": ("Request",),
    "runcomfy_client.schema.inputs": ("Inputs",),
    "runcomfy_client.schema.media": ("AudioUrl", "FileUrl", "ImageUrl", "MediaLimit", "MediaList", "VideoUrl"),
    "runcomfy_client.schema.outputs": ("MediaOutput", "Output"),
    "runcomfy_client.schema.rules": ("SumEquals",),
    "runcomfy_client.schema.constraints": ("AnyJson", "MultipleOf", "OneOf", "TextBounds", "Unique"),
}
_GROUPS: Final = (["typing"], ["pydantic"], [home for home in _HOMES if home.startswith("runcomfy_client.")])
_MEDIA_TYPES: Final = frozenset({"AudioUrl", "FileUrl", "ImageUrl", "VideoUrl"})
_RULES: Final = {"sum_equals": "SumEquals"}
_URLS: Final = {"image": "an image", "video": "a video", "audio": "an audio file", "file": "a file"}


@dataclass(frozen=True, slots=True)
class FieldView:
    """A line of a class: `name: annotation = default`, and its docstring."""

    name: str
    annotation: str
    default: str
    docstring: str


@dataclass(frozen=True, slots=True)
class ClassView:
    """A class of a model module."""

    name: str
    base: str
    frozen: bool
    """True if the class statement has `frozen=True`, which type checkers require for subclasses of frozen classes."""
    docstring: str
    constants: tuple[str, ...]
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class ModuleView:
    """A model module."""

    docstring: str
    imports: str
    classes: tuple[ClassView, ...]


def module_view(model: Model, names: ModelNames, annotations: Annotations) -> ModuleView:
    """Return the module of one model. Nested classes precede the classes that use them; the request class is last."""
    classes = tuple(_class_view(item, model, names, annotations[item.role]) for item in reversed(model.objects))
    title = f"{model.display_name}: the typed inputs and output of `{model.id}`."
    return ModuleView(docstring(title, indent=0), _imports(classes), classes)


def shipped_schema(model: Model, names: ModelNames) -> dict[str, Any]:
    """Return the schema document of the client, which the simulator and the tools use."""
    schema = dict(model.input_schema)
    if model.rules:
        schema["x-rules"] = [dict(rule) for rule in model.rules]
    return {
        "$comment": GENERATED,
        "model_id": model.id,
        "class_name": names.request,
        "display_name": model.display_name,
        "description": model.description,
        "categories": list(model.categories),
        "kind": model.output_kind,
        "base_price_usd": model.price.base_usd,
        "price_unit": model.price.unit,
        "pricing_note": model.price.note,
        "price_table": None if model.price.table is None else dict(model.price.table),
        "retired": model.retired,
        "incomplete": list(model.incomplete),
        "example": dict(model.example),
        "input_schema": schema,
        "output_schema": None if model.output_schema is None else dict(model.output_schema),
    }


def _class_view(item: ObjectType, model: Model, names: ModelNames, annotations: Mapping[str, ast.expr]) -> ClassView:
    attributes = names.attributes[item.role]
    fields = tuple(_field_view(field, attributes[field.name], annotations[field.name], item.side) for field in item.fields)
    if item is model.input:
        base = f"Request[{names.classes[model.output.role] if model.output else 'MediaOutput'}]"
    else:
        base = "Inputs" if item.side == "input" else "Output"
    constants = tuple(_constants(item, model, names))
    about = docstring(*_about(item, model), indent=4)
    return ClassView(names.classes[item.role], base, item.side == "input", about, constants, fields)


def _about(item: ObjectType, model: Model) -> Iterator[str]:
    """Yield the paragraphs of a class docstring."""
    if item is model.input:
        yield f"{model.display_name}."
        yield model.description
        yield f"Model: {model.id}" + (f"\nCategory: {', '.join(model.categories)}" if model.categories else "")
        if model.retired:
            yield f"Retired: the catalog has not listed this model since {model.retired}."
        yield "\n".join(price_lines(model.price))
        if model.incomplete:
            listed = ", ".join(f"`{name}`" for name in model.incomplete)
            yield (f"The documentation does not describe {listed}: any JSON value is valid there, and only the server checks it.")
    elif item is model.output:
        yield f"The output of `{model.id}`."
    else:
        path = ".".join(step for step in item.role[1:] if step != "$defs").replace(".item", "[]")
        yield f"One entry of `{path[:-2]}` of `{model.id}`." if path.endswith("[]") else f"The `{path}` of `{model.id}`."
        yield item.description


def _constants(item: ObjectType, model: Model, names: ModelNames) -> Iterator[str]:
    attributes = names.attributes[item.role]
    if item.side == "input" and not item.closed:
        yield 'model_config = ConfigDict(extra="allow")'
    if item is model.input:
        yield f"MODEL_ID = {literal(model.id)}"
        if model.retired:
            yield f"RETIRED = {literal(model.retired)}"
        if model.output:
            yield f"OUTPUT = {names.classes[model.output.role]}"
        rules = [_rule(rule, item, names) for rule in model.rules]
        if rules:
            yield f"RULES = ({', '.join(rules)}{',' if len(rules) == 1 else ''})"
    nullable = sorted(attributes[field.name] for field in item.fields if field.nullable)
    if nullable and item.side == "input":
        yield f"NULLABLE = frozenset({{{literal(nullable)[1:-1]}}})"


def _rule(rule: Mapping[str, Any], item: ObjectType, names: ModelNames) -> str:
    inside = names.attributes[(*item.role, rule["items"], "item")]
    own = names.attributes[item.role]
    arguments = {"items": own[rule["items"]], "part": inside[rule["part"]], "total": own[rule["total"]]}
    return f"{_RULES[rule['kind']]}({', '.join(f'{key}={literal(value)}' for key, value in arguments.items())})"


def _field_view(field: Field, name: str, annotation: ast.expr, side: str) -> FieldView:
    if side == "input" and any(isinstance(node, ast.Name) and node.id in _MEDIA_TYPES for node in ast.walk(annotation)):
        annotation = _MediaLists().visit(annotations_ast.copied(annotation))
    if name != field.name:
        annotation = _with_alias(annotation, field.name)
    default = "" if field.required else literal(_python_default(field))
    return FieldView(name, annotations_ast.write(annotation), default, _field_docstring(field, side))


class _MediaLists(ast.NodeTransformer):
    """Replaces `list[ImageUrl]` by `MediaList[ImageUrl]`, for which type checkers accept a `list[str]`."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Replace one `list[...]`, after the annotations inside it."""
        self.generic_visit(node)
        match node:
            case ast.Subscript(value=ast.Name(id="list"), slice=inside) if _is_media(inside):
                return ast.Subscript(ast.Name("MediaList"), inside)
        return node


def _is_media(annotation: ast.expr) -> bool:
    match annotation:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
            return _is_media(inner)
        case ast.Name(id=name):
            return name in _MEDIA_TYPES
        case ast.BinOp(left=left, right=right):
            return _is_media(left) or _is_media(right)
    return False


def _python_default(field: Field) -> Any:
    """Return the Python default: the server default, or None if there is none or the field contains objects."""
    return None if field.default is ABSENT or _contains_objects(field.schema) else field.default


def _contains_objects(schema: Mapping[str, Any]) -> bool:
    return "properties" in schema or "$ref" in schema or any(_contains_objects(child) for _step, child in children(schema))


def _with_alias(annotation: ast.expr, key: str) -> ast.expr:
    alias = ast.keyword("alias", ast.Constant(key))
    match annotation:
        case ast.Subscript(
            value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[*rest, ast.Call(func=ast.Name(id="Field"), keywords=given)])
        ):
            call = ast.Call(ast.Name("Field"), [], [*given, alias])
            return ast.Subscript(ast.Name("Annotated"), ast.Tuple([*rest, call]))
    return ast.Subscript(ast.Name("Annotated"), ast.Tuple([annotation, ast.Call(ast.Name("Field"), [], [alias])]))


def _field_docstring(field: Field, side: str) -> str:
    facts = [_sentence(field.description)]
    if side == "input":
        facts += _media_facts(field.schema)
    if field.default is not ABSENT and field.default is not None and not _states_default(field):
        facts.append(f"Server default: {'empty' if field.default == '' else literal(field.default)}.")
    text = docstring(" ".join(facts), indent=4)
    return "" if text == '""""""' else text


def _states_default(field: Field) -> bool:
    """Return True if the description already states the default, as in "1 by default"."""
    if not isinstance(field.default, int | float) or isinstance(field.default, bool):
        return False
    return bool(re.search(rf"(?<![\w.,-]){re.escape(str(field.default))} by default\b", field.description))


def _media_facts(schema: Mapping[str, Any]) -> Iterator[str]:
    element = schema.get("items", {})
    if "x-media" in schema:
        yield f"Public https:// URL of {_URLS[schema['x-media']]}, or a local file."
    elif "x-media" in element:
        yield f"Public https:// URLs, each of {_URLS[element['x-media']]}, or local files."
    limits = [VALIDATIONS[rule["rule"]].format(rule["value"]) for rule in {**schema, **element}.get("x-validations", [])]
    if limits:
        yield f"The file has to be {' and '.join(limits)}."


def _sentence(text: str) -> str:
    text = text.rstrip()
    return text if not text or text[-1] in ".!?:" else f"{text}."


def _imports(classes: Iterable[ClassView]) -> str:
    used: set[str] = set()
    for item in classes:
        sources = [
            item.base,
            *(constant.partition(" = ")[2] for constant in item.constants),
            *(field.annotation for field in item.fields),
        ]
        used.update(*map(_names_in, sources))
    groups = [[_import(home, used) for home in group] for group in _GROUPS]
    return "\n\n".join("\n".join(filter(None, group)) for group in groups if any(group))


@cache
def _names_in(source: str) -> frozenset[str]:
    """Return the names in an expression; most come up in model after model."""
    return frozenset(annotations_ast.names_in(ast.parse(source, mode="eval").body))


def _import(home: str, used: set[str]) -> str:
    imported = [name for name in _HOMES[home] if name in used]
    return f"from {home} import {', '.join(imported)}" if imported else ""

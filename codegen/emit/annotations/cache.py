"""The answers of datamodel-code-generator, and how what their placeholders stand for is put back."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from datamodel_code_generator import InputFileType, LiteralType, PythonVersion, generate
from datamodel_code_generator.config import GenerateConfig
from datamodel_code_generator.enums import DataModelType

from codegen.emit.annotations.queries import AnnotationQuery, CompositeAnnotation
from codegen.emit.annotations_ast import copied

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

Key = tuple[str, bool]
"""What is asked: the shape of a schema, and whether a value must be given."""

_known: Final[dict[Key, ast.expr]] = {}
"""AnnotationCache already had: the same shapes come up in model after model."""


@dataclass(frozen=True, slots=True)
class AnnotationCache:
    """AnnotationCache to some questions and all that is inside them."""

    by_key: Mapping[Key, ast.expr]

    @classmethod
    def to(cls, questions: Iterable[AnnotationQuery]) -> AnnotationCache:
        """Have the questions answered."""
        keys = dict.fromkeys(key for one in questions for key in _keys(one))
        new = [key for key in keys if key not in _known]
        if new:
            _known.update(zip(new, _ask(new), strict=True))
        return cls({key: _known[key] for key in keys})

    def substitute(self, one: AnnotationQuery) -> ast.expr:
        """Return the annotation that answers a question."""
        answer = self.by_key[one.shape, one.required]
        if not one.substitutions:
            return answer  # as it is: nobody changes annotations
        substitutions = {f"Placeholder{number}": self._meaning(meaning) for number, meaning in enumerate(one.substitutions)}
        annotations: ast.expr = _Restore(substitutions).visit(copied(answer))
        return annotations

    def _meaning(self, meaning: ast.expr | CompositeAnnotation) -> ast.expr:
        if not isinstance(meaning, CompositeAnnotation):
            return meaning
        # only names are looked at in a template: its constants are texts of the schema and stay what they are
        parts = {f"Part{number}": self.substitute(part) for number, part in enumerate(meaning.parts)}
        return _in_template(meaning.template, parts)


def _keys(one: AnnotationQuery) -> Iterable[Key]:
    yield one.shape, one.required
    for meaning in one.substitutions:
        if isinstance(meaning, CompositeAnnotation):
            for part in meaning.parts:
                yield from _keys(part)


def _ask(keys: list[Key]) -> list[ast.expr]:
    """Ask for the annotations of some shapes, as the fields of one class."""
    properties = {f"field{number}": json.loads(shape) for number, (shape, _required) in enumerate(keys)}
    required = [f"field{number}" for number, (_shape, required) in enumerate(keys) if required]
    asked: dict[str, Any] = {
        "type": "object",
        "$defs": {"Asked": {"type": "object", "properties": properties, "required": required}},
    }
    source = generate(asked, config=_CONFIG)
    if not isinstance(source, str):
        raise AssertionError("datamodel-code-generator did not return one module")
    class_definition = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "Asked")
    annotations = {
        line.target.id: line.annotation
        for line in class_definition.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    }
    return [annotations[f"field{number}"] for number in range(len(keys))]


class _Restore(ast.NodeTransformer):
    """Puts what placeholders stand for into an answer. What is put in is not looked at again."""

    def __init__(self, substitutions: Mapping[str, ast.expr]) -> None:
        self.substitutions = substitutions

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.substitutions.get(node.id, node)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self.substitutions.get(node.value, node) if isinstance(node.value, str) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        return _flat(node)


def _in_template(template: ast.expr, parts: Mapping[str, ast.expr]) -> ast.expr:
    match template:
        case ast.BinOp(left=left, op=op, right=right):
            return ast.BinOp(_in_template(left, parts), op, _in_template(right, parts))
        case ast.Name(id=name):
            return parts.get(name, template)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[base, *markers])):
            return _flat(ast.Subscript(ast.Name("Annotated"), ast.Tuple([_in_template(base, parts), *markers])))
    return template


def _flat(node: ast.Subscript) -> ast.Subscript:
    """Write `Annotated[Annotated[X, a], b]` as `Annotated[X, a, b]`."""
    match node:
        case ast.Subscript(
            value=ast.Name(id="Annotated"),
            slice=ast.Tuple(elts=[ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=inner)), *markers]),
        ):
            return ast.Subscript(ast.Name("Annotated"), ast.Tuple([*inner, *markers]))
    return node

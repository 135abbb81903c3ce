"""The annotations that datamodel-code-generator returned, and the replacement of their placeholders."""

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
"""The structure of a schema as JSON, and whether a value is required."""

_known: Final[dict[Key, ast.expr]] = {}
"""All annotations so far, since many models contain the same structures."""


@dataclass(frozen=True, slots=True)
class AnnotationCache:
    """The annotations of some queries and of the queries inside them."""

    by_key: Mapping[Key, ast.expr]

    @classmethod
    def of(cls, queries: Iterable[AnnotationQuery]) -> AnnotationCache:
        """Generate the annotations of the queries that are not known yet."""
        keys = dict.fromkeys(key for query in queries for key in _keys(query))
        new = [key for key in keys if key not in _known]
        if new:
            _known.update(zip(new, _generate_annotations(new), strict=True))
        return cls({key: _known[key] for key in keys})

    def substitute(self, query: AnnotationQuery) -> ast.expr:
        """Return the annotation of a query."""
        annotation = self.by_key[query.shape, query.required]
        if not query.substitutions:
            return annotation  # not copied, since annotations are never changed
        substitutions = {f"Placeholder{number}": self._replacement(part) for number, part in enumerate(query.substitutions)}
        replaced: ast.expr = _Restore(substitutions).visit(copied(annotation))
        return replaced

    def _replacement(self, substitution: ast.expr | CompositeAnnotation) -> ast.expr:
        if not isinstance(substitution, CompositeAnnotation):
            return substitution
        # only names in a template are replaced, since its constants are texts of the schema
        parts = {f"Part{number}": self.substitute(part) for number, part in enumerate(substitution.parts)}
        return _in_template(substitution.template, parts)


def _keys(query: AnnotationQuery) -> Iterable[Key]:
    yield query.shape, query.required
    for substitution in query.substitutions:
        if isinstance(substitution, CompositeAnnotation):
            for part in substitution.parts:
                yield from _keys(part)


def _generate_annotations(keys: list[Key]) -> list[ast.expr]:
    """Generate the annotations of some structures, as the fields of one class."""
    properties = {f"field{number}": json.loads(shape) for number, (shape, _required) in enumerate(keys)}
    required = [f"field{number}" for number, (_shape, required) in enumerate(keys) if required]
    schema: dict[str, Any] = {
        "type": "object",
        "$defs": {"Query": {"type": "object", "properties": properties, "required": required}},
    }
    source = generate(schema, config=_CONFIG)
    if not isinstance(source, str):
        raise AssertionError("datamodel-code-generator did not return one module")
    class_definition = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "Query")
    annotations = {
        line.target.id: line.annotation
        for line in class_definition.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    }
    return [annotations[f"field{number}"] for number in range(len(keys))]


class _Restore(ast.NodeTransformer):
    """Replaces placeholders in an annotation. Placeholders within the replacements are not replaced."""

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

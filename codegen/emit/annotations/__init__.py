"""Generate the annotation of each field with datamodel-code-generator. Only this package calls it.

datamodel-code-generator only gets structure: types, bounds and nesting. Names, texts (enum values, patterns) and types that it does
not support are replaced by placeholders, and are put back into the syntax tree of its output. So it does not process any text of a
schema, does not rename anything, and does not guess types that it cannot express. Fields of the same structure are generated only
once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from codegen.emit.annotations.cache import AnnotationCache
from codegen.emit.annotations.queries import MEDIA, AnnotationQuery, annotation_query
from codegen.emit.annotations_ast import names_in
from codegen.values.model import ObjectType, SchemaPath
from codegen.values.names import ModelNames

__all__ = ["Annotations", "annotate"]

Annotations = Mapping[SchemaPath, Mapping[str, ast.expr]]
"""For each object type, the annotation of each property by its documented name."""

_VOCABULARY: Final = frozenset(
    "Annotated AnyJson Field Literal MediaLimit MultipleOf OneOf TextBounds Unique bool dict float int list str".split()
    + list(MEDIA.values())
)


def annotate(models: Sequence[tuple[Iterable[ObjectType], ModelNames]]) -> list[Annotations]:
    """Return the annotations of each model's fields."""
    queries = [_queries(objects, names) for objects, names in models]
    cache = AnnotationCache.of(query for of_model in queries for of_object in of_model.values() for query in of_object.values())
    substituted: list[Annotations] = [
        {role: {key: cache.substitute(query) for key, query in of_object.items()} for role, of_object in of_model.items()}
        for of_model in queries
    ]
    for of_model, (_objects, names) in zip(substituted, models, strict=True):
        _check_names(of_model, names)
    return substituted


def _queries(objects: Iterable[ObjectType], names: ModelNames) -> dict[SchemaPath, dict[str, AnnotationQuery]]:
    return {
        item.role: {
            field.name: annotation_query(field.schema, (*item.role, field.name), names.classes, required=field.required)
            for field in item.fields
        }
        for item in objects
    }


def _check_names(annotations: Annotations, names: ModelNames) -> None:
    used = {name for fields in annotations.values() for annotation in fields.values() for name in names_in(annotation)}
    unexpected = used - _VOCABULARY - set(names.classes.values())
    if unexpected:
        raise AssertionError(f"datamodel-code-generator returned the unexpected names {sorted(unexpected)}")

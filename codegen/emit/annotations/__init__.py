"""Asks datamodel-code-generator for the annotation of every field; the only part of the generator that calls it.

It is shown structure alone: types, bounds, what holds what. Names, texts (enum values, patterns) and types it has no word for are
replaced by placeholders, and put back into the syntax tree that its answer parses to. So no text of a schema passes through its
string handling, none of its renaming applies, and what it cannot say precisely is not guessed by it. Fields of the same structure
are one question, asked once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from codegen.emit.annotations.cache import AnnotationCache
from codegen.emit.annotations.queries import MEDIA, AnnotationQuery, question
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
    asked = [_questions(objects, names) for objects, names in models]
    answers = AnnotationCache.to(one for of_model in asked for of_object in of_model.values() for one in of_object.values())
    substituted: list[Annotations] = [
        {role: {key: answers.substitute(one) for key, one in of_object.items()} for role, of_object in of_model.items()}
        for of_model in asked
    ]
    for of_model, (_objects, names) in zip(substituted, models, strict=True):
        _check_names(of_model, names)
    return substituted


def _questions(objects: Iterable[ObjectType], names: ModelNames) -> dict[SchemaPath, dict[str, AnnotationQuery]]:
    return {
        item.role: {
            field.name: question(field.schema, (*item.role, field.name), names.classes, required=field.required)
            for field in item.fields
        }
        for item in objects
    }


def _check_names(annotations: Annotations, names: ModelNames) -> None:
    used = {name for fields in annotations.values() for annotation in fields.values() for name in names_in(annotation)}
    strangers = used - _VOCABULARY - set(names.classes.values())
    if strangers:
        raise AssertionError(f"datamodel-code-generator answered with {sorted(strangers)}, which nobody asked for")

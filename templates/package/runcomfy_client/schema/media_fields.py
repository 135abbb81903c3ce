"""Finds the files that a request points to: every media URL in it, with what its field says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.media import DataURI, Media, MediaLimit, Medium


@dataclass(frozen=True, slots=True)
class MediaField:
    """One URL in a request: where it stands, by documented names, and what the file behind it is to be like."""

    path: str
    url: str = field(repr=False)
    medium: Medium
    limits: tuple[MediaLimit, ...] = ()


def media_in(inputs: Inputs, path: str = "") -> Iterator[MediaField]:
    """Return every media URL that was set, also in lists and nested objects. Extra inputs are not known, and not among them."""
    for name, info in type(inputs).model_fields.items():
        if name in inputs.model_fields_set:
            where = f"{path}.{info.alias or name}" if path else info.alias or name
            annotation = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            yield from _walk(getattr(inputs, name), annotation, where)


def _walk(value: Any, annotation: Any, path: str) -> Iterator[MediaField]:
    match value:
        case DataURI():
            return
        case Inputs():
            yield from media_in(value, path)
        case str():
            markers = [marker for _, found in _branches(annotation, ()) for marker in found]
            media: list[Medium] = [marker.medium for marker in markers if isinstance(marker, Media)]
            if media:
                yield MediaField(path, value, media[0], tuple(one for one in markers if isinstance(one, MediaLimit)))
        case list():
            elements = _inside(annotation, list, 0)
            for index, item in enumerate(value):
                yield from _walk(item, elements, f"{path}[{index}]")
        case dict():
            values = _inside(annotation, dict, 1)
            for key, item in value.items():
                yield from _walk(item, values, f"{path}.{key}")
        case _:
            return


def _branches(annotation: Any, markers: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Return the plain types that an annotation allows, each with the markers on it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _branches(annotation.__origin__, (*markers, *annotation.__metadata__))
    elif origin in (Union, UnionType):
        for branch in get_args(annotation):
            yield from _branches(branch, markers)
    else:
        yield annotation, markers


def _inside(annotation: Any, kind: type, place: int) -> Any:
    """Return what an annotation says of the elements of a list, or of the values of an object."""
    found = [get_args(branch)[place] for branch, _ in _branches(annotation, ()) if get_origin(branch) is kind]
    return Union[tuple(found)] if found else Any  # noqa: UP007  # `|` takes no list

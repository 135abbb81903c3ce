"""Finds the media inputs of a request: URLs and local files, with the medium and limits of their fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.local_file import LocalFile, path_of
from runcomfy_client.schema.media import DataURI, Media, MediaLimit, Medium

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class MediaField:
    """One media input in a request.

    Attributes:
        place: its path in the JSON of the request: keys and indices, by documented names.
        url: its URL; empty for a local file.
        medium: the required medium.
        limits: the documented limits of the file.
        file: the local file to upload; None for a URL.
    """

    place: Place
    url: str = field(repr=False)
    medium: Medium
    limits: tuple[MediaLimit, ...] = ()
    file: LocalFile | None = None

    @property
    def path(self) -> str:
        """The path as text, such as `elements[0].frontal_image_url`."""
        return path_of(self.place)


def media_in(inputs: Inputs, place: Place = ()) -> Iterator[MediaField]:
    """Yield all media inputs that were set, also in lists and nested objects. Extra inputs have no schema, so they are omitted."""
    for name, info in type(inputs).model_fields.items():
        if name in inputs.model_fields_set:
            annotation = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            yield from _walk(getattr(inputs, name), annotation, (*place, info.alias or name))


def _walk(value: Any, annotation: Any, place: Place) -> Iterator[MediaField]:
    match value:
        case DataURI():
            return
        case Inputs():
            yield from media_in(value, place)
        case str() | LocalFile():
            markers = [marker for _, on_branch in _branches(annotation, ()) for marker in on_branch]
            media: list[Medium] = [marker.medium for marker in markers if isinstance(marker, Media)]
            if media:
                limits = {(limit.rule, limit.value): limit for limit in markers if isinstance(limit, MediaLimit)}
                url, file = ("", value) if isinstance(value, LocalFile) else (value, None)
                yield MediaField(place, url, media[0], tuple(limits.values()), file)
        case list():
            elements = _argument(annotation, list, 0)
            for index, item in enumerate(value):
                yield from _walk(item, elements, (*place, index))
        case dict():
            values = _argument(annotation, dict, 1)
            for key, item in value.items():
                yield from _walk(item, values, (*place, key))
        case _:
            return


def _branches(annotation: Any, markers: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Yield the plain types that an annotation allows, each with its markers."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _branches(annotation.__origin__, (*markers, *annotation.__metadata__))
    elif origin in (Union, UnionType):
        for branch in get_args(annotation):
            yield from _branches(branch, markers)
    else:
        yield annotation, markers


def _argument(annotation: Any, kind: type, index: int) -> Any:
    """Return the annotation of the items of a list, or of the values of an object."""
    arguments = [get_args(branch)[index] for branch, _ in _branches(annotation, ()) if get_origin(branch) is kind]
    return Union[tuple(arguments)] if arguments else Any  # noqa: UP007  # `|` does not accept a list

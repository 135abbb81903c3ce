"""Finds the files that a request points to: every media URL in it, with what its field says of it."""

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
    """One media input in a request: where it stands, by documented names, and what its file is to be like.

    Attributes:
        place: the keys and indices that lead to it in the JSON of the request.
        url: its URL; empty for a local file.
        medium: what the file is to be.
        limits: the documented rules for it.
        file: the local file that is to be uploaded, in place of a URL.
    """

    place: Place
    url: str = field(repr=False)
    medium: Medium
    limits: tuple[MediaLimit, ...] = ()
    file: LocalFile | None = None

    @property
    def path(self) -> str:
        """The place as people write it: `elements[0].frontal_image_url`."""
        return path_of(self.place)


def media_in(inputs: Inputs, place: Place = ()) -> Iterator[MediaField]:
    """Yield every media input that was set, also in lists and nested objects. Extra inputs are not known, and not among them."""
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
            markers = [marker for _, found in _branches(annotation, ()) for marker in found]
            media: list[Medium] = [marker.medium for marker in markers if isinstance(marker, Media)]
            if media:
                limits = {(one.rule, one.value): one for one in markers if isinstance(one, MediaLimit)}
                url, file = ("", value) if isinstance(value, LocalFile) else (value, None)
                yield MediaField(place, url, media[0], tuple(limits.values()), file)
        case list():
            elements = _inside(annotation, list, 0)
            for index, item in enumerate(value):
                yield from _walk(item, elements, (*place, index))
        case dict():
            values = _inside(annotation, dict, 1)
            for key, item in value.items():
                yield from _walk(item, values, (*place, key))
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

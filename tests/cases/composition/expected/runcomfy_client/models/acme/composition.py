"""Composition: the typed inputs and output of `acme/composition`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class CompositionTree(Inputs, frozen=True):
    """The `Tree` of `acme/composition`."""

    name: str | None = None
    children: list[CompositionTree] | None = None


class CompositionPoint(Inputs, frozen=True):
    """The `Point` of `acme/composition`.

    A point of the image.
    """

    x: float
    y: float


class CompositionNamed(Inputs, frozen=True):
    """The `named` of `acme/composition`.

    A point of the image.
    """

    x: float
    y: float
    name: str


class CompositionShapesItemOption2(Inputs, frozen=True):
    """The `shapes[].option2` of `acme/composition`."""

    kind: Literal["ball"]
    radius: float | None = None


class CompositionShapesItemOption1(Inputs, frozen=True):
    """The `shapes[].option1` of `acme/composition`."""

    kind: Literal["box"]
    side: float | None = None


class Composition(Request[MediaOutput], frozen=True):
    """Composition.

    Model: acme/composition
    """

    MODEL_ID = "acme/composition"
    NULLABLE = frozenset({"maybe"})

    either: Annotated[str, Field(max_length=4)] | Annotated[int, Field(ge=0)]
    """A word or a number."""
    words: Annotated[str, Field(max_length=3)] | Annotated[int, Field(ge=1)] | None = None
    maybe: ImageUrl | None = None
    """Public https:// URL of an image, or a local file."""
    one: bool | Literal["auto"] | None = None
    overlapping: Annotated[int, Field(ge=3)] | Annotated[float, Field(le=5.0)] | None = None
    shapes: list[CompositionShapesItemOption1 | CompositionShapesItemOption2] | None = None
    both: Annotated[int | None, Field(ge=1, le=9)] = None
    point: CompositionPoint | None = None
    path: Annotated[list[CompositionPoint] | None, Field(max_length=4)] = None
    named: CompositionNamed | None = None
    """A point of the image."""
    size: Literal["s", "m", "l"] | None = "m"
    """Server default: "m"."""
    tree: CompositionTree | None = None
    short: Annotated[str | None, Field(max_length=3, pattern="^a")] = None
    beside: Annotated[str, Field(max_length=2)] | Annotated[str, Field(min_length=5)] | None = None

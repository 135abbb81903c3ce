"""Nested: the typed inputs and output of `acme/nested`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.rules import SumEquals
from runcomfy_client.schema.constraints import AnyJson


class NestedCamera(Inputs, frozen=True):
    """The `camera` of `acme/nested`."""

    pan: float | None = None
    zoom: float | None = None


class NestedScenesItemRefsItem(Inputs, frozen=True):
    """One entry of `scenes[].refs` of `acme/nested`."""

    url: ImageUrl
    """Public https:// URL of an image, or a local file."""


class NestedScenesItem(Inputs, frozen=True):
    """One entry of `scenes` of `acme/nested`."""

    text: str
    seconds: int | None = 5
    """Server default: 5."""
    refs: list[NestedScenesItemRefsItem] | None = None


class Nested(Request[MediaOutput], frozen=True):
    """Nested.

    Model: acme/nested
    """

    MODEL_ID = "acme/nested"
    RULES = (SumEquals(items="scenes", part="seconds", total="seconds"),)

    scenes: Annotated[list[NestedScenesItem] | None, Field(max_length=3)] = None
    camera: NestedCamera | None = None
    free: dict[str, AnyJson] | None = None
    seconds: int | None = 5
    """Server default: 5."""

"""Constraints: the typed inputs and output of `acme/constraints`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.media import ImageUrl, MediaLimit, MediaList
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import MultipleOf, OneOf, Unique


class ConstraintsConditional(Inputs, frozen=True):
    """The `conditional` of `acme/constraints`."""

    a: int | None = None


class ConstraintsOpen(Inputs, frozen=True):
    """The `open` of `acme/constraints`."""

    model_config = ConfigDict(extra="allow")

    known: int | None = None


class Constraints(Request[MediaOutput], frozen=True):
    """Constraints.

    Model: acme/constraints
    """

    MODEL_ID = "acme/constraints"
    NULLABLE = frozenset({"count"})

    code: Annotated[str | None, Field(pattern="^[A-Z]{2}[0-9]+$")] = None
    risky: str | None = None
    tags: Annotated[list[str], Field(max_length=3), Unique()] | None = None
    step: Annotated[float, Field(ge=0.0), MultipleOf(0.05)] | None = None
    whole: Annotated[int | None, Field(ge=1, lt=10)] = None
    labels: dict[str, Annotated[str, Field(max_length=8)]] | None = None
    open: ConstraintsOpen | None = None
    mixed: Annotated[float | Literal["auto", True], OneOf("auto", 1, 2.5, True)] | None = None
    limited: Annotated[ImageUrl, MediaLimit("file_size_mb<", 30), MediaLimit("width/height>", 0.4)] | None = None
    """Public https:// URL of an image, or a local file. The file has to be smaller than 30 MB and more than 0.4 times
    as wide as high.
    """
    many: MediaList[Annotated[ImageUrl, MediaLimit("file_size_mb<", 30)]] | None = None
    """Public https:// URLs, each of an image, or local files. The file has to be smaller than 30 MB."""
    conditional: ConstraintsConditional | None = None
    count: Annotated[Literal[1, 2], OneOf()] | None = None

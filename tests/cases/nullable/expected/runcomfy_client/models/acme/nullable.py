"""Nullable: the typed inputs and output of `acme/nullable`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class Nullable(Request[MediaOutput], frozen=True):
    """Nullable.

    Model: acme/nullable
    """

    MODEL_ID = "acme/nullable"
    NULLABLE = frozenset({"a", "b", "d", "e"})

    a: str | None
    b: Annotated[int | None, Field(ge=1)] = None
    c: str | None = None
    d: ImageUrl | None = None
    """Public https:// URL of an image, or a local file."""
    e: Literal["x", "y"] | None = None

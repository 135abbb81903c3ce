"""Bounds: the typed inputs and output of `acme/bounds`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Bounds(Request[MediaOutput], frozen=True):
    """Bounds.

    Model: acme/bounds
    """

    MODEL_ID = "acme/bounds"

    title: Annotated[str, Field(max_length=80, min_length=1)]
    steps: Annotated[int | None, Field(ge=1, le=50)] = 20
    """Server default: 20."""
    scale: Annotated[float | None, Field(ge=0.0, le=1.5)] = 1
    """Server default: 1."""
    open: Annotated[float | None, Field(gt=0.0, lt=10.0)] = None
    even: Annotated[int | None, Field(multiple_of=2)] = None
    tags: Annotated[list[Annotated[str, Field(max_length=20)]] | None, Field(max_length=5, min_length=1)] = None
    seed: Annotated[int | None, Field(ge=-1, le=4294967295)] = -1
    """Server default: -1."""

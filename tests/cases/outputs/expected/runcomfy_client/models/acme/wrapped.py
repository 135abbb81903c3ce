"""Wrapped: the typed inputs and output of `acme/wrapped`."""

from __future__ import annotations

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import Output


class WrappedOutputFramesItem(Output):
    """One entry of `frames` of `acme/wrapped`."""

    url: str | None = None


class WrappedOutput(Output):
    """The output of `acme/wrapped`."""

    video: str | None = None
    """URL of the video."""
    seed: int | None = None
    frames: list[WrappedOutputFramesItem] | None = None


class Wrapped(Request[WrappedOutput], frozen=True):
    """Wrapped.

    Model: acme/wrapped
    """

    MODEL_ID = "acme/wrapped"
    OUTPUT = WrappedOutput

    p: str | None = None

"""Defaults: the typed inputs and output of `acme/defaults`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.outputs import MediaOutput


class DefaultsScenesItem(Inputs, frozen=True):
    """One entry of `scenes` of `acme/defaults`."""

    text: str | None = None


class Defaults(Request[MediaOutput], frozen=True):
    """Defaults.

    Model: acme/defaults
    """

    MODEL_ID = "acme/defaults"

    prompt: str
    negative: str | None = ""
    """Server default: empty."""
    pictures: int | None = 1
    """How many pictures to make; 1 by default."""
    audio: bool | None = True
    """Makes sound. Server default: True."""
    words: list[str] | None = ["a", "b"]
    """Server default: ["a", "b"]."""
    nothing: int | None = None
    scenes: list[DefaultsScenesItem] | None = None
    """Server default: [{"text": "one"}]."""
    bad: Annotated[int | None, Field(le=3)] = None

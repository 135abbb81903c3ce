"""Choices: the typed inputs and output of `acme/choices`."""

from __future__ import annotations

from typing import Annotated, Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class Choices(Request[MediaOutput], frozen=True):
    """Choices.

    Model: acme/choices
    """

    MODEL_ID = "acme/choices"

    ratio: Literal["auto", "16:9", "1152:864 (4:3)", "4k", "0.5K"] | None = "16:9"
    """Server default: "16:9"."""
    seconds: Annotated[Literal[3, 5, 10], OneOf()] | None = 5
    """Server default: 5."""
    speed: Annotated[float, OneOf(0.5, 1, 2)] | None = None
    only: Literal["customize"] | None = "customize"
    """Server default: "customize"."""
    quoted: Literal['say "hi"', "back\\slash", "line\nbreak", "'''", "{x} %s"] | None = None
    many: list[Literal["a", "b"]] | None = None
    version: Literal["v1"] | None = None

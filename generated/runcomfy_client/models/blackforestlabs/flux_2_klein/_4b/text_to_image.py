"""FLUX 2 Klein 4B Text to Image: the typed inputs and output of `blackforestlabs/flux-2-klein/4b/text-to-image`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Flux2Klein4bTextToImage(Request[MediaOutput], frozen=True):
    """FLUX 2 Klein 4B Text to Image.

    Paints a picture from a prompt with the 4B model, at a width and height you set.

    Model: blackforestlabs/flux-2-klein/4b/text-to-image
    Category: text-to-image
    """

    MODEL_ID = "blackforestlabs/flux-2-klein/4b/text-to-image"

    prompt: str
    height: Annotated[int | None, Field(ge=64, le=2048)] = 1024
    """Server default: 1024."""
    width: Annotated[int | None, Field(ge=64, le=2048)] = 1024
    """Server default: 1024."""

"""FLUX 2 Klein 9B Text to Image: the typed inputs and output of `blackforestlabs/flux-2-klein/9b/text-to-image`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Flux2Klein9bTextToImage(Request[MediaOutput], frozen=True):
    """FLUX 2 Klein 9B Text to Image.

    Paints a picture from a prompt with the 9B model, with a choice of size and steps.

    Model: blackforestlabs/flux-2-klein/9b/text-to-image
    Category: text-to-image
    """

    MODEL_ID = "blackforestlabs/flux-2-klein/9b/text-to-image"

    prompt: str
    height: Annotated[int | None, Field(ge=512, le=1536)] = 1024
    """Image height, in pixels. Server default: 1024."""
    steps: Annotated[int | None, Field(ge=1, le=100)] = 25
    """Diffusion step count; a larger number takes more time and may look better. Server default: 25."""
    width: Annotated[int | None, Field(ge=512, le=1536)] = 1024
    """Image width, in pixels. Server default: 1024."""

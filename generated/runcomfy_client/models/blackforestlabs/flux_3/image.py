"""FLUX 3 Image: the typed inputs and output of `blackforestlabs/flux-3/image`."""

from __future__ import annotations

from typing import Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Flux3Image(Request[MediaOutput], frozen=True):
    """FLUX 3 Image.

    Paints a picture from a prompt in one of several preset sizes.

    Model: blackforestlabs/flux-3/image
    Category: text-to-image
    """

    MODEL_ID = "blackforestlabs/flux-3/image"

    prompt: str
    """What the picture should show: subject, style, light, composition and any lettering in it."""
    image_size: (
        Literal["square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"] | None
    ) = "landscape_4_3"
    """Named size of the picture; sides run from 256 to 1536 px. Server default: "landscape_4_3"."""
    seed: int | None = -1
    """Number that fixes the outcome; -1 draws a random one. Server default: -1."""

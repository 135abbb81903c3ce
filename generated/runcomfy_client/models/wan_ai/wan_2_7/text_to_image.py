"""Wan 2.7 Text to Image: the typed inputs and output of `wan-ai/wan-2.7/text-to-image`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Wan2_7TextToImage(Request[MediaOutput], frozen=True):
    """Wan 2.7 Text to Image.

    Paints up to five pictures from a prompt.

    Model: wan-ai/wan-2.7/text-to-image
    Category: text-to-image
    """

    MODEL_ID = "wan-ai/wan-2.7/text-to-image"

    prompt: str
    """The wanted picture in words, Chinese or English."""
    image_size: (
        Literal["square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"] | None
    ) = "square_hd"
    """Named size of the result. Some setups also accept a free `{width, height}` object in place of the name. Server
    default: "square_hd".
    """
    max_images: Annotated[int | None, Field(ge=1, le=5)] = 1
    """Upper limit on pictures to make, 1–5; 1 by default."""
    negative_prompt: str | None = ""
    """What the picture must not show; 500 characters at most. Server default: empty."""
    seed: Annotated[int | None, Field(ge=0, le=2147483647)] = None
    """Fix this number to repeat a result (0–2147483647)."""

"""GPT Image 2 Text to Image: the typed inputs and output of `openai/gpt-image-2/text-to-image`."""

from __future__ import annotations

from typing import Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class GptImage2TextToImage(Request[MediaOutput], frozen=True):
    """GPT Image 2 Text to Image.

    Paints a picture from a prompt in the shape and quality you choose.

    Model: openai/gpt-image-2/text-to-image
    Category: text-to-image
    """

    MODEL_ID = "openai/gpt-image-2/text-to-image"

    prompt: str
    aspect_ratio: Literal["1:1", "3:2", "2:3", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"] | None = "1:1"
    """Ratio of width to height in the picture. Server default: "1:1"."""
    output_format: Literal["png", "jpeg", "webp"] | None = "png"
    """File type of the picture. Server default: "png"."""
    quality: Literal["low", "medium", "high"] | None = "medium"
    """Render quality of the picture. Server default: "medium"."""
    resolution: Literal["1k", "2k", "4k"] | None = "1k"
    """Size of the result. Server default: "1k"."""

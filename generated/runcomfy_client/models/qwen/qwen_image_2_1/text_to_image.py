"""Qwen Image 2.1 Text to Image: the typed inputs and output of `qwen/qwen-image-2.1/text-to-image`."""

from __future__ import annotations

from typing import Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class QwenImage2_1TextToImage(Request[MediaOutput], frozen=True):
    """Qwen Image 2.1 Text to Image.

    Paints a picture from a prompt, on a transparent background if wanted.

    Model: qwen/qwen-image-2.1/text-to-image
    Category: text-to-image
    """

    MODEL_ID = "qwen/qwen-image-2.1/text-to-image"

    prompt: str
    """Subject, setting, style and any lettering. Words in quotes are drawn as they stand."""
    aspect_ratio: Literal["1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16", "21:9", "9:21"] | None = "1:1"
    """Shape of the picture; the resolution tier affects its pixel size too. Server default: "1:1"."""
    background: Literal["opaque", "transparent"] | None = "opaque"
    """opaque gives a normal photo; transparent gives true alpha — then describe the subject alone and avoid JPEG.
    Server default: "opaque".
    """
    enhance_prompt: bool | None = True
    """Expands a short prompt into a full scene first. Switch it off for exact wording. Server default: True."""
    output_format: Literal["png", "webp", "jpeg"] | None = "png"
    """PNG and WebP allow alpha; JPEG has none and so cannot go with a transparent background. Server default: "png"."""
    resolution: Literal["1K", "2K"] | None = "1K"
    """Level of detail: 1K is quicker, 2K has roughly four times as many pixels and a higher price. Server default:
    "1K".
    """
    seed: int | None = -1
    """Fix this number to repeat a result; -1 draws a new random seed every time. Server default: -1."""

"""Seedream 5.0 Pro Text to Image: the typed inputs and output of `bytedance/seedream-5.0-pro/text-to-image`."""

from __future__ import annotations

from typing import Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Seedream5_0ProTextToImage(Request[MediaOutput], frozen=True):
    """Seedream 5.0 Pro Text to Image.

    Paints a picture from a prompt at 1K or 2K.

    Model: bytedance/seedream-5.0-pro/text-to-image
    Category: text-to-image
    """

    MODEL_ID = "bytedance/seedream-5.0-pro/text-to-image"

    prompt: str
    """What the picture should show. Stay within 600 English words: in a longer text details get lost and parts of the
    picture may be missing.
    """
    aspect_ratio: Literal["1:1", "4:3", "3:4", "16:9", "9:16", "2:3", "3:2", "21:9"] | None = "1:1"
    """Shape of the picture as width:height. Server default: "1:1"."""
    output_format: Literal["png", "jpeg"] | None = "png"
    """File type of the finished pictures. Server default: "png"."""
    resolution: Literal["1K", "2K"] | None = "2K"
    """Size class: an image costs $0.040 at 1K and $0.080 at 2K. Server default: "2K"."""

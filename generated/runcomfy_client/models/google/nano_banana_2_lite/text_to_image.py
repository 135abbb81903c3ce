"""Nano Banana 2 Lite Text to Image: the typed inputs and output of `google/nano-banana-2-lite/text-to-image`."""

from __future__ import annotations

from typing import Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class NanoBanana2LiteTextToImage(Request[MediaOutput], frozen=True):
    """Nano Banana 2 Lite Text to Image.

    Paints a picture from a prompt in the shape you choose.

    Model: google/nano-banana-2-lite/text-to-image
    Category: text-to-image
    """

    MODEL_ID = "google/nano-banana-2-lite/text-to-image"

    prompt: str
    aspect_ratio: (
        Literal[
            "auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16", "4:1", "1:4", "8:1", "1:8"
        ]
        | None
    ) = "auto"
    """Server default: "auto"."""

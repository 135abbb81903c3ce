"""Qwen Image 3.0 Text to Image: the typed inputs and output of `qwen/qwen-image-3.0/text-to-image`."""

from __future__ import annotations

from typing import Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class QwenImage3_0TextToImage(Request[MediaOutput], frozen=True):
    """Qwen Image 3.0 Text to Image.

    Paints a picture from a prompt at 1k or 2k.

    Model: qwen/qwen-image-3.0/text-to-image
    Category: text-to-image
    """

    MODEL_ID = "qwen/qwen-image-3.0/text-to-image"

    prompt: str
    """Subject, setting, style and any lettering. Words in quotes are drawn as they stand."""
    aspect_ratio: Literal["1:1", "16:9", "9:16", "4:3", "3:4"] | None = "1:1"
    """Ratio of width to height in the image. Server default: "1:1"."""
    enable_prompt_expansion: bool | None = True
    """Adds detail to a short prompt first; switch it off when the prompt is exact. Server default: True."""
    resolution: Literal["1k", "2k"] | None = "2k"
    """Level of detail: 1k for quick drafts, 2k for finished pictures fit for print. Both cost the same. Server default:
    "2k".
    """
    seed: int | None = -1
    """Fix this number to repeat a result; -1 draws a new random seed every time. Server default: -1."""

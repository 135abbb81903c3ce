"""Qwen Image 3.0 Pro Edit: the typed inputs and output of `qwen/qwen-image-3.0/pro/edit`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl, MediaList
from runcomfy_client.schema.outputs import MediaOutput


class QwenImage3_0ProEdit(Request[MediaOutput], frozen=True):
    """Qwen Image 3.0 Pro Edit.

    Edits one to three pictures by a prompt in the pro tier.

    Model: qwen/qwen-image-3.0/pro/edit
    Category: image-to-image
    """

    MODEL_ID = "qwen/qwen-image-3.0/pro/edit"

    image_urls: Annotated[MediaList[ImageUrl], Field(max_length=3, min_length=1)]
    """One to three pictures to edit; parts that the instruction does not touch are kept. Public https:// URLs, each of
    an image, or local files.
    """
    prompt: str
    """The wanted change in plain words, such as something to put in, take out, restyle or swap. Quoted text is drawn
    letter by letter.
    """
    aspect_ratio: Literal["1:1", "16:9", "9:16", "4:3", "3:4"] | None = "1:1"
    """Ratio of width to height in the image. Server default: "1:1"."""
    enable_prompt_expansion: bool | None = True
    """Adds detail to a short prompt first; switch it off when the prompt is exact. Server default: True."""
    resolution: Literal["1k", "2k"] | None = "2k"
    """Level of detail: 1k for quick drafts, 2k for the most detail. Server default: "2k"."""
    seed: int | None = -1
    """Fix this number to repeat a result; -1 draws a new random seed every time. Server default: -1."""

"""Wan 2.7 Pro Edit: the typed inputs and output of `wan-ai/wan-2.7/pro/edit`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl, MediaList
from runcomfy_client.schema.outputs import MediaOutput


class Wan2_7ProEdit(Request[MediaOutput], frozen=True):
    """Wan 2.7 Pro Edit.

    Edits one to four pictures by a prompt in the pro tier.

    Model: wan-ai/wan-2.7/pro/edit
    Category: image-to-image
    """

    MODEL_ID = "wan-ai/wan-2.7/pro/edit"

    image_urls: Annotated[MediaList[ImageUrl], Field(max_length=4, min_length=1)]
    """1–4 pictures to edit, numbered by their order: the prompt calls them image 1, image 2 and on to image 3, image 4.
    Public https:// URLs, each of an image, or local files.
    """
    prompt: str
    """The wanted edit in words, Chinese or English."""
    enable_prompt_expansion: bool | None = True
    """Turns on DashScope prompt expansion for image editing; true by default. Server default: True."""
    image_size: (
        Literal["square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"] | None
    ) = "square_hd"
    """Named size of the picture, turned into the provider’s own size format. Server default: "square_hd"."""
    negative_prompt: str | None = ""
    """What the picture must not show; 500 characters at most. Server default: empty."""
    num_images: Annotated[int | None, Field(ge=1, le=4)] = 1
    """How many pictures to make, 1–4; 1 by default."""
    seed: Annotated[int | None, Field(ge=0, le=2147483647)] = None
    """Fix this number to repeat a result (0–2147483647)."""

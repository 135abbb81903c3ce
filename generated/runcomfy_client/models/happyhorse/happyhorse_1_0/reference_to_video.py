"""HappyHorse 1.0 Reference to Video: the typed inputs and output of `happyhorse/happyhorse-1.0/reference-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class Happyhorse1_0ReferenceToVideo(Request[MediaOutput], frozen=True):
    """HappyHorse 1.0 Reference to Video.

    Films a prompt with up to nine reference pictures as its characters.

    Model: happyhorse/happyhorse-1.0/reference-to-video
    Category: reference-to-video
    """

    MODEL_ID = "happyhorse/happyhorse-1.0/reference-to-video"

    image_url_1: ImageUrl
    """First reference picture, called character1 in the prompt. JPEG, JPG, PNG or WEBP up to 10MB, short side ≥ 400px;
    720P or more is advised. Public https:// URL of an image, or a local file.
    """
    prompt: Annotated[str, Field(max_length=5000)]
    """Scene, motion, camera and light. Name the reference pictures character1, character2, character3 … in field order;
    no more than 2500 Chinese / 5000 non-Chinese characters.
    """
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4"] | None = "16:9"
    """Ratio of width to height. Server default: "16:9"."""
    duration: Annotated[Literal[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], OneOf()] | None = 5
    """Clip length in seconds, 3–15. Server default: 5."""
    image_url_2: ImageUrl | None = None
    """Second reference picture, called character2 in the prompt; may stay empty. JPEG, JPG, PNG or WEBP. Public
    https:// URL of an image, or a local file.
    """
    image_url_3: ImageUrl | None = None
    """Third reference picture, called character3 in the prompt; may stay empty. JPEG, JPG, PNG or WEBP. Public https://
    URL of an image, or a local file.
    """
    image_url_4: ImageUrl | None = None
    """Fourth reference picture, called character4 in the prompt; may stay empty. Public https:// URL of an image, or a
    local file.
    """
    image_url_5: ImageUrl | None = None
    """Fifth reference picture, called character5 in the prompt; may stay empty. Public https:// URL of an image, or a
    local file.
    """
    image_url_6: ImageUrl | None = None
    """Sixth reference picture, called character6 in the prompt; may stay empty. Public https:// URL of an image, or a
    local file.
    """
    image_url_7: ImageUrl | None = None
    """Seventh reference picture, called character7 in the prompt; may stay empty. Public https:// URL of an image, or a
    local file.
    """
    image_url_8: ImageUrl | None = None
    """Eighth reference picture, called character8 in the prompt; may stay empty. Public https:// URL of an image, or a
    local file.
    """
    image_url_9: ImageUrl | None = None
    """Ninth reference picture, called character9 in the prompt; may stay empty. Public https:// URL of an image, or a
    local file.
    """
    resolution: Literal["720P", "1080P"] | None = "1080P"
    """Size of the clip: this model makes 720P or 1080P. Server default: "1080P"."""
    seed: Annotated[int | None, Field(ge=0, le=2147483647)] = 0
    """Fix this number to repeat a result; with 0 the provider picks one at random. Server default: 0."""
    watermark: bool | None = False
    """Keeps the provider's watermark in the clip when true. Server default: False."""

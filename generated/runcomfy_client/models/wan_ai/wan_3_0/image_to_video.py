"""Wan 3.0 Image to Video: the typed inputs and output of `wan-ai/wan-3.0/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class Wan3_0ImageToVideo(Request[MediaOutput], frozen=True):
    """Wan 3.0 Image to Video.

    Makes a video of 2 to 30 seconds from a start image.

    Model: wan-ai/wan-3.0/image-to-video
    Category: image-to-video
    """

    MODEL_ID = "wan-ai/wan-3.0/image-to-video"

    prompt: str
    image_url: ImageUrl
    """Public https:// URL of an image, or a local file."""
    aspect_ratio: Literal["adaptive", "16:9", "9:16", "1:1", "4:3", "3:4"] | None = "adaptive"
    """Server default: "adaptive"."""
    resolution: Literal["480p", "720p", "1080p"] | None = "720p"
    """Server default: "720p"."""
    duration: Annotated[int | None, Field(ge=2, le=30)] = 5
    """Server default: 5."""
    enable_audio: bool | None = True
    """Server default: True."""
    prompt_extend: bool | None = True
    """Server default: True."""
    seed: Annotated[int | None, Field(ge=0, le=2147483647)] = 0
    """Server default: 0."""
    end_image_url: ImageUrl | None = None
    """Public https:// URL of an image, or a local file."""

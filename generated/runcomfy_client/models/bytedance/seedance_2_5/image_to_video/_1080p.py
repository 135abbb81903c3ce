"""Seedance 2.5 Image to Video 1080p: the typed inputs and output of `bytedance/seedance-2.5/image-to-video/1080p`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_5ImageToVideo1080p(Request[MediaOutput], frozen=True):
    """Seedance 2.5 Image to Video 1080p.

    Sets a picture in motion at 1080p.

    Model: bytedance/seedance-2.5/image-to-video/1080p
    Category: image-to-video
    """

    MODEL_ID = "bytedance/seedance-2.5/image-to-video/1080p"

    prompt: str
    image: ImageUrl
    """Public https:// URL of an image, or a local file."""
    duration: Annotated[int | None, Field(ge=4, le=30)] = 5
    """Server default: 5."""
    generate_audio: bool | None = True
    """Server default: True."""

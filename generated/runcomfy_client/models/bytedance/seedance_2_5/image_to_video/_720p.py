"""Seedance 2.5 Image to Video 720p: the typed inputs and output of `bytedance/seedance-2.5/image-to-video/720p`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_5ImageToVideo720p(Request[MediaOutput], frozen=True):
    """Seedance 2.5 Image to Video 720p.

    Sets a picture in motion at 720p.

    Model: bytedance/seedance-2.5/image-to-video/720p
    Category: image-to-video

    Price: 0.35 USD per second (marketing texts of the vendor, May to October 2026, 2026-11-25). Not a quote.
    """

    MODEL_ID = "bytedance/seedance-2.5/image-to-video/720p"

    image: ImageUrl
    """Picture to set in motion. Public https:// URL of an image, or a local file."""
    prompt: str
    """What the video should show; best kept to ~≤500 characters in Chinese or ~≤1000 words in English."""
    duration: Annotated[int | None, Field(ge=4, le=30)] = 5
    """Clip length in seconds; 5 when unset. Server default: 5."""
    generate_audio: bool | None = True
    """Gives the clip matching sound: speech, SFX and music. Server default: True."""

"""Wan 2.7 Image to Video: the typed inputs and output of `wan-ai/wan-2.7/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, ImageUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class Wan2_7ImageToVideo(Request[MediaOutput], frozen=True):
    """Wan 2.7 Image to Video.

    Makes a video from a start image, with an end image and audio if wanted.

    Model: wan-ai/wan-2.7/image-to-video
    Category: image-to-video
    """

    MODEL_ID = "wan-ai/wan-2.7/image-to-video"

    image_url: ImageUrl
    """Picture file: JPEG, JPG, PNG, BMP, WEBP. Public https:// URL of an image, or a local file."""
    prompt: Annotated[str, Field(max_length=5000)]
    audio_url: AudioUrl | None = None
    """Audio for the clip: WAV, MP3, 2 to 30 seconds long. Public https:// URL of an audio file, or a local file."""
    duration: Annotated[Literal[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], OneOf()] | None = 5
    """Server default: 5."""
    enable_prompt_expansion: bool | None = True
    """Lets the model rewrite the prompt. Server default: True."""
    end_image_url: ImageUrl | None = None
    """Picture file: JPEG, JPG, PNG, BMP, WEBP. Public https:// URL of an image, or a local file."""
    negative_prompt: Annotated[str | None, Field(max_length=500)] = ""
    """What the clip must not show. Server default: empty."""
    resolution: Literal["720p", "1080p"] | None = "1080p"
    """Server default: "1080p"."""
    seed: Annotated[int | None, Field(ge=0, le=2147483647)] = 0
    """Server default: 0."""

"""Kling 3.0 4K Image to Video: the typed inputs and output of `kling/kling-3.0/4k/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import AnyJson


class Kling3_0_4kImageToVideo(Request[MediaOutput], frozen=True):
    """Kling 3.0 4K Image to Video.

    Makes a 4K video from a start image and a prompt, with an end image if wanted.

    Model: kling/kling-3.0/4k/image-to-video
    Category: image-to-video

    The documentation does not tell the shape of `elements`, `multi_prompt`: any JSON is accepted there, and the server
    alone checks it.
    """

    MODEL_ID = "kling/kling-3.0/4k/image-to-video"

    prompt: str
    start_image_url: ImageUrl
    """Picture the clip opens with; jpg, jpeg, png, bmp, webp. Public https:// URL of an image, or a local file."""
    cfg_scale: Annotated[float | None, Field(ge=0.0, le=1.0)] = 0.5
    """How strictly the prompt is followed (Classifier-Free Guidance scale). Server default: 0.5."""
    duration: Annotated[int | None, Field(ge=3, le=15)] = 10
    """Full clip length, in seconds. Server default: 10."""
    end_image_url: ImageUrl | None = None
    """Picture to end on for a guided change between two frames, if wanted. Takes jpg, jpeg, png, bmp, webp. Public
    https:// URL of an image, or a local file.
    """
    generate_audio: bool | None = True
    """Makes sound for the clip when switched on. Server default: True."""
    negative_prompt: str | None = None
    shot_type: Literal["customize"] | None = "customize"
    """How shots and framing are handled. Server default: "customize"."""
    elements: AnyJson | None = None
    multi_prompt: AnyJson | None = None

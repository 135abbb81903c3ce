"""Seedance 2.0 Mini Image to Video: the typed inputs and output of `bytedance/seedance-2.0-mini/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_0MiniImageToVideo(Request[MediaOutput], frozen=True):
    """Seedance 2.0 Mini Image to Video.

    Makes a clip from a start image, with an end image if wanted.

    Model: bytedance/seedance-2.0-mini/image-to-video
    Category: image-to-video
    """

    MODEL_ID = "bytedance/seedance-2.0-mini/image-to-video"

    image: ImageUrl
    """Start image; it sets the first frame and the general look. Public https:// URL of an image, or a local file."""
    prompt: str
    """Motion, action, camera work and mood to add to the start image."""
    aspect_ratio: Literal["16:9", "9:16", "4:3", "3:4", "1:1", "21:9"] | None = "16:9"
    """Shape of the clip. Keep the default, or set what suits the start image. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=4, le=15)] = 5
    """How long the clip runs, in seconds. Server default: 5."""
    enable_web_search: bool | None = False
    """Lets the model look up current information when the prompt calls for it. Server default: False."""
    generate_audio: bool | None = True
    """Adds sound made by the model and matched to the picture. Server default: True."""
    last_image: ImageUrl | None = None
    """Image the clip should finish or carry on with, if any. Public https:// URL of an image, or a local file."""
    resolution: Literal["480p", "720p"] | None = "720p"
    """Size class of the video. Server default: "720p"."""

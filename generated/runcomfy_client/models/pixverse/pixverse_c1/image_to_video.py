"""PixVerse C1 Image to Video: the typed inputs and output of `pixverse/pixverse-c1/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class PixverseC1ImageToVideo(Request[MediaOutput], frozen=True):
    """PixVerse C1 Image to Video.

    Makes a clip of 1 to 15 seconds from a start image.

    Model: pixverse/pixverse-c1/image-to-video
    Category: image-to-video
    """

    MODEL_ID = "pixverse/pixverse-c1/image-to-video"

    image: ImageUrl
    """Picture that opens and anchors the shot. Public https:// URL of an image, or a local file."""
    prompt: str
    """How the subject moves, how the camera behaves, the light and the course of the scene."""
    duration: Annotated[int | None, Field(ge=1, le=15)] = 5
    """Wanted clip length, 1 to 15 seconds. Server default: 5."""
    generate_audio_switch: bool | None = False
    """Gives the clip a soundtrack made by the model, if wanted. Server default: False."""
    resolution: Literal["360p", "540p", "720p", "1080p"] | None = "720p"
    """Quality level, stated as a video resolution. Server default: "720p"."""
    seed: int | None = 0
    """Number to repeat a result, or to change for a different one. Server default: 0."""

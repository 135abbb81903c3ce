"""HappyHorse 1.0 Image to Video: the typed inputs and output of `happyhorse/happyhorse-1.0/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class Happyhorse1_0ImageToVideo(Request[MediaOutput], frozen=True):
    """HappyHorse 1.0 Image to Video.

    Sets a picture in motion as a clip of 3 to 15 seconds.

    Model: happyhorse/happyhorse-1.0/image-to-video
    Category: image-to-video
    """

    MODEL_ID = "happyhorse/happyhorse-1.0/image-to-video"

    image_url: ImageUrl
    """Picture that becomes the first frame. JPEG, JPG, PNG or WEBP, each side at least 300px, shape from 1:2.5 to
    2.5:1, no more than 10MB. Public https:// URL of an image, or a local file.
    """
    prompt: Annotated[str, Field(max_length=5000)]
    """How the picture should move, with camera, light and mood. Text past 5000 non-Chinese or 2500 Chinese characters
    is cut off.
    """
    duration: Annotated[Literal[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], OneOf()] | None = 5
    """Clip length in seconds, 3–15. Server default: 5."""
    resolution: Literal["720P", "1080P"] | None = "1080P"
    """Size of the HappyHorse 1.0 I2V clip: 720P or 1080P. Server default: "1080P"."""
    seed: Annotated[int | None, Field(ge=0, le=2147483647)] = 0
    """Fix this number to repeat a result; with 0 the provider picks one at random. Server default: 0."""
    watermark: bool | None = False
    """Keeps the provider's watermark in the clip when true. Server default: False."""

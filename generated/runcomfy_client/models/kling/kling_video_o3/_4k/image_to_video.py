"""Kling Video O3 4K Image to Video: the typed inputs and output of `kling/kling-video-o3/4K/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import AnyJson, OneOf


class KlingVideoO3_4KImageToVideo(Request[MediaOutput], frozen=True):
    """Kling Video O3 4K Image to Video.

    Sets a picture in motion at 4K, with an end frame if wanted.

    Model: kling/kling-video-o3/4K/image-to-video
    Category: image-to-video

    The documentation does not tell the shape of `multi_prompt`: any JSON is accepted there, and the server alone checks
    it.
    """

    MODEL_ID = "kling/kling-video-o3/4K/image-to-video"

    image: ImageUrl
    """Public link to the first frame, a still that gives the 4K clip its subject, composition and style. Public
    https:// URL of an image, or a local file.
    """
    prompt: str
    """Motion, camera move, light and mood to lay over the reference picture."""
    duration: Annotated[Literal[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], OneOf()] | None = 5
    """Seconds of 4K video to make; the price rises in proportion. Server default: 5."""
    end_image: ImageUrl | None = None
    """Public link to the last frame, if any; it fixes where the motion leads and how the clip ends. Public https:// URL
    of an image, or a local file.
    """
    shot_type: Literal["customize", "intelligent"] | None = "customize"
    """Who sets the scope of the edit: intelligent leaves it to the model, customize to your prompt. Server default:
    "customize".
    """
    sound: bool | None = False
    """Adds fitting ambient sound to the 4K video at no extra charge. Server default: False."""
    multi_prompt: AnyJson | None = None

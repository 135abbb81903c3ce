"""Kling Video O3 Standard Image to Video: the typed inputs and output of
`kling/kling-video-o3/standard/image-to-video`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import AnyJson


class KlingVideoO3StandardImageToVideo(Request[MediaOutput], frozen=True):
    """Kling Video O3 Standard Image to Video.

    Sets a picture in motion in the standard tier, with an end frame if wanted.

    Model: kling/kling-video-o3/standard/image-to-video
    Category: image-to-video

    The documentation does not tell the shape of `multi_prompt`: any JSON is accepted there, and the server alone checks
    it.
    """

    MODEL_ID = "kling/kling-video-o3/standard/image-to-video"

    image: ImageUrl
    """Picture that becomes the first frame: a public link to a sharp, well-lit photo or render. Public https:// URL of
    an image, or a local file.
    """
    prompt: str
    """Wanted motion, camera work, light and action."""
    duration: Annotated[int | None, Field(ge=3, le=15)] = 5
    """Seconds of video to make, 3 to 15. Server default: 5."""
    end_image: ImageUrl | None = None
    """Picture to end on, if wanted; the clip then moves to it from the start image in a controlled way. Public https://
    URL of an image, or a local file.
    """
    shot_type: Literal["customize", "intelligent"] | None = "customize"
    """Who decides on cuts and pace: intelligent leaves both to the model, customize to your prompt. Server default:
    "customize".
    """
    sound: bool | None = False
    """Adds sound in step with the picture; raises the price per second by about 33%. Server default: False."""
    multi_prompt: AnyJson | None = None

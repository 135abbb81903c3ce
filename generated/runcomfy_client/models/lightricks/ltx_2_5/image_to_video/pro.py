"""LTX 2.5 Image to Video Pro: the typed inputs and output of `lightricks/ltx-2.5/image-to-video/pro`."""

from __future__ import annotations

from typing import Annotated, Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class Ltx2_5ImageToVideoPro(Request[MediaOutput], frozen=True):
    """LTX 2.5 Image to Video Pro.

    Sets a start image in motion, with sound and an end image if wanted.

    Model: lightricks/ltx-2.5/image-to-video/pro
    Category: image-to-video
    """

    MODEL_ID = "lightricks/ltx-2.5/image-to-video/pro"

    image_url: ImageUrl
    """Link to the start picture to set in motion. Public https:// URL of an image, or a local file."""
    prompt: str
    """Motion, camera, light, style and sound of the clip."""
    aspect_ratio: Literal["auto", "16:9", "9:16"] | None = "auto"
    """Shape of the clip; auto takes it from the input image. Server default: "auto"."""
    camera_motion: (
        Literal["dolly_in", "dolly_out", "dolly_left", "dolly_right", "jib_up", "jib_down", "static", "focus_shift"]
        | None
    ) = None
    """Preset camera move, if wanted; when unset, only the prompt directs the camera."""
    duration: Literal["auto", "6", "8", "10"] | None = "10"
    """Clip length in seconds; with auto the model judges from the prompt. Server default: "10"."""
    end_image_url: ImageUrl | None = None
    """Picture to end on, if wanted; without it the motion runs on freely from the start frame. Public https:// URL of
    an image, or a local file.
    """
    fps: Annotated[Literal[24, 25, 50], OneOf()] | None = 25
    """Frame rate of the clip, in frames per second. Server default: 25."""
    generate_audio: bool | None = True
    """Adds sound in step with the video when true. Server default: True."""
    resolution: Literal["720p", "1080p"] | None = "1080p"
    """Frame size of the video. Server default: "1080p"."""

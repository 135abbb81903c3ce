"""FLUX 3 First Last Frame to Video: the typed inputs and output of
`blackforestlabs/flux-3/first-last-frame-to-video`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class Flux3FirstLastFrameToVideo(Request[MediaOutput], frozen=True):
    """FLUX 3 First Last Frame to Video.

    Fills in the motion between a first and a last frame.

    Model: blackforestlabs/flux-3/first-last-frame-to-video
    Category: first-last-frame-to-video
    """

    MODEL_ID = "blackforestlabs/flux-3/first-last-frame-to-video"

    end_image_url: ImageUrl
    """Link to the picture the clip ends on: PNG, JPEG or WebP. Public https:// URL of an image, or a local file."""
    prompt: str
    """What the clip should show, in words."""
    start_image_url: ImageUrl
    """Link to the picture the clip opens with: PNG, JPEG or WebP. Public https:// URL of an image, or a local file."""
    aspect_ratio: Literal["auto", "21:9", "2:1", "16:9", "4:3", "1:1", "3:4", "9:16"] | None = "16:9"
    """Shape of the clip; auto leaves the choice to the model. Server default: "16:9"."""
    duration: Annotated[Literal[5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], OneOf()] | None = 5
    """Clip length in seconds. It must be a fixed number, since it decides where the end frame goes. Server default:
    5.
    """
    generate_audio: bool | None = True
    """Adds sound to the clip when true. Server default: True."""
    resolution: Literal["720p", "1080p"] | None = "720p"
    """Frame size of the clip. Server default: "720p"."""
    safety_tolerance: Annotated[int | None, Field(ge=0, le=4)] = 2
    """How much the content filter lets through, from 0 (strictest) to 4 (most permissive). Server default: 2."""

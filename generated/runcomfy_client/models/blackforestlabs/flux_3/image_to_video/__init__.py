"""FLUX 3 Image to Video: the typed inputs and output of `blackforestlabs/flux-3/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class Flux3ImageToVideo(Request[MediaOutput], frozen=True):
    """FLUX 3 Image to Video.

    Starts a video from one picture and moves it as the prompt says.

    Model: blackforestlabs/flux-3/image-to-video
    Category: image-to-video
    """

    MODEL_ID = "blackforestlabs/flux-3/image-to-video"

    image_url: ImageUrl
    """Link to the start picture: PNG, JPEG or WebP. Public https:// URL of an image, or a local file."""
    prompt: str
    """What the clip should show, in words."""
    aspect_ratio: Literal["auto", "21:9", "2:1", "16:9", "4:3", "1:1", "3:4", "9:16"] | None = "auto"
    """Shape of the clip; auto leaves the choice to the model. Server default: "auto"."""
    duration: (
        Literal["auto", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"]
        | None
    ) = "auto"
    """Clip length in seconds; auto leaves the choice to the model. Server default: "auto"."""
    generate_audio: bool | None = True
    """Adds sound to the clip when true. Server default: True."""
    resolution: Literal["720p", "1080p"] | None = "720p"
    """Frame size of the clip. Server default: "720p"."""
    safety_tolerance: Annotated[int | None, Field(ge=0, le=4)] = 2
    """How much the content filter lets through, from 0 (strictest) to 4 (most permissive). Server default: 2."""

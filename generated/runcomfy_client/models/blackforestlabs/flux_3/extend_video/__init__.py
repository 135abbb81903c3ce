"""FLUX 3 Extend Video: the typed inputs and output of `blackforestlabs/flux-3/extend-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class Flux3ExtendVideo(Request[MediaOutput], frozen=True):
    """FLUX 3 Extend Video.

    Carries a short MP4 clip on as the prompt says.

    Model: blackforestlabs/flux-3/extend-video
    Category: video-to-video
    """

    MODEL_ID = "blackforestlabs/flux-3/extend-video"

    prompt: str
    """What happens after the last frames of the source clip."""
    video_url: VideoUrl
    """Link to the MP4 clip to be continued; less than 50 MB and less than 15 seconds. Public https:// URL of a video,
    or a local file.
    """
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

"""FLUX 3 Extend Video Draft: the typed inputs and output of `blackforestlabs/flux-3/extend-video/draft`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class Flux3ExtendVideoDraft(Request[MediaOutput], frozen=True):
    """FLUX 3 Extend Video Draft.

    Makes a quick draft that carries an MP4 clip on.

    Model: blackforestlabs/flux-3/extend-video/draft
    Category: video-to-video
    """

    MODEL_ID = "blackforestlabs/flux-3/extend-video/draft"

    prompt: str
    """What the draft clip should show."""
    video_url: VideoUrl
    """The MP4 to continue, as a link or data URI; 50 MiB at most. Public https:// URL of a video, or a local file."""
    aspect_ratio: Literal["auto", "21:9", "2:1", "16:9", "4:3", "1:1", "3:4", "9:16"] | None = "auto"
    """Shape of the draft; auto leaves the choice to the model. Server default: "auto"."""
    duration: (
        Literal["auto", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"]
        | None
    ) = "auto"
    """Draft length: auto, or a whole number of seconds between 5 and 20. Server default: "auto"."""
    generate_audio: bool | None = True
    """Adds sound to the draft when true. Server default: True."""
    safety_tolerance: Annotated[int | None, Field(ge=0, le=4)] = 2
    """How much the content filter lets through, from 0 (strictest) to 4 (most permissive). Server default: 2."""

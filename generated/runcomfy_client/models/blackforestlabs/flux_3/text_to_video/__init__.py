"""FLUX 3 Text to Video: the typed inputs and output of `blackforestlabs/flux-3/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Flux3TextToVideo(Request[MediaOutput], frozen=True):
    """FLUX 3 Text to Video.

    Makes a video with optional sound from a prompt.

    Model: blackforestlabs/flux-3/text-to-video
    Category: text-to-video
    """

    MODEL_ID = "blackforestlabs/flux-3/text-to-video"

    prompt: str
    aspect_ratio: Literal["auto", "21:9", "2:1", "16:9", "4:3", "1:1", "3:4", "9:16"] | None = "auto"
    """Server default: "auto"."""
    resolution: Literal["720p", "1080p"] | None = "720p"
    """Server default: "720p"."""
    duration: (
        Literal["auto", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"]
        | None
    ) = "auto"
    """Server default: "auto"."""
    generate_audio: bool | None = True
    """Server default: True."""
    safety_tolerance: Annotated[int | None, Field(ge=0, le=4)] = 2
    """Server default: 2."""

"""Seedance 2.0 Mini Text to Video: the typed inputs and output of `bytedance/seedance-2.0-mini/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_0MiniTextToVideo(Request[MediaOutput], frozen=True):
    """Seedance 2.0 Mini Text to Video.

    Makes a clip with optional sound from a prompt.

    Model: bytedance/seedance-2.0-mini/text-to-video
    Category: text-to-video
    """

    MODEL_ID = "bytedance/seedance-2.0-mini/text-to-video"

    prompt: str
    """What the video should show: scene, subject, action, camera work and mood."""
    aspect_ratio: Literal["16:9", "9:16", "4:3", "3:4", "1:1", "21:9"] | None = "16:9"
    """Width-to-height ratio of the clip. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=4, le=15)] = 5
    """How long the clip runs, in seconds. Server default: 5."""
    enable_web_search: bool | None = False
    """Lets the model look up current information when the prompt calls for it. Server default: False."""
    generate_audio: bool | None = True
    """Adds sound made by the model and matched to the picture. Server default: True."""
    resolution: Literal["480p", "720p"] | None = "720p"
    """Size class of the video. Server default: "720p"."""

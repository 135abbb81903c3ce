"""Seedance 2.5 Text to Video 480p: the typed inputs and output of `bytedance/seedance-2.5/text-to-video/480p`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_5TextToVideo480p(Request[MediaOutput], frozen=True):
    """Seedance 2.5 Text to Video 480p.

    Turns a prompt into a 480p video.

    Model: bytedance/seedance-2.5/text-to-video/480p
    Category: text-to-video
    """

    MODEL_ID = "bytedance/seedance-2.5/text-to-video/480p"

    prompt: str
    """Scene and motion of the video, in words."""
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "adaptive"] | None = "16:9"
    """Width-to-height ratio of the video. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=4, le=30)] = 5
    """Clip length in seconds, 4–30; 5 when unset. Server default: 5."""
    generate_audio: bool | None = True
    """Gives the clip matching sound: speech, SFX and music. Server default: True."""

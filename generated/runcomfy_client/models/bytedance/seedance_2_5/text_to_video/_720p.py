"""Seedance 2.5 Text to Video 720p: the typed inputs and output of `bytedance/seedance-2.5/text-to-video/720p`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_5TextToVideo720p(Request[MediaOutput], frozen=True):
    """Seedance 2.5 Text to Video 720p.

    Turns a prompt into a 720p video.

    Model: bytedance/seedance-2.5/text-to-video/720p
    Category: text-to-video
    """

    MODEL_ID = "bytedance/seedance-2.5/text-to-video/720p"

    prompt: str
    """What the video should show; best kept to ~≤500 characters in Chinese or ~≤1000 words in English."""
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "adaptive"] | None = "16:9"
    """Shape of the clip as width:height. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=4, le=30)] = 5
    """Clip length in seconds; 5 when unset. Server default: 5."""
    generate_audio: bool | None = True
    """Gives the clip matching sound: speech, SFX and music. Server default: True."""

"""Seedance 2.5 Text to Video 1080p: the typed inputs and output of `bytedance/seedance-2.5/text-to-video/1080p`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_5TextToVideo1080p(Request[MediaOutput], frozen=True):
    """Seedance 2.5 Text to Video 1080p.

    Turns a prompt into a 1080p video.

    Model: bytedance/seedance-2.5/text-to-video/1080p
    Category: text-to-video
    """

    MODEL_ID = "bytedance/seedance-2.5/text-to-video/1080p"

    prompt: str
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "adaptive"] | None = "16:9"
    """Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=4, le=30)] = 5
    """Server default: 5."""
    generate_audio: bool | None = True
    """Server default: True."""

"""Kling 3.0 Standard Text to Video: the typed inputs and output of `kling/kling-3.0/standard/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import AnyJson


class Kling3_0StandardTextToVideo(Request[MediaOutput], frozen=True):
    """Kling 3.0 Standard Text to Video.

    Turns a prompt into a video in the standard tier.

    Model: kling/kling-3.0/standard/text-to-video
    Category: text-to-video

    The documentation does not tell the shape of `multi_prompt`: any JSON is accepted there, and the server alone checks
    it.
    """

    MODEL_ID = "kling/kling-3.0/standard/text-to-video"

    prompt: str
    """Scene, motion, camera style and mood, in words."""
    aspect_ratio: Literal["16:9", "9:16", "1:1"] | None = "16:9"
    """Frame shape of the clip. Server default: "16:9"."""
    cfg_scale: Annotated[float | None, Field(ge=0.0, le=1.0)] = 0.5
    """How strongly the prompt steers the result. Server default: 0.5."""
    duration: Annotated[int | None, Field(ge=3, le=15)] = 5
    """Seconds of video to make. Server default: 5."""
    negative_prompt: str | None = None
    """Things to keep out of the clip."""
    shot_type: Literal["intelligent", "customize"] | None = "intelligent"
    """How editing works: intelligent, the default, finds the scope by itself; customize is the other choice. Server
    default: "intelligent".
    """
    sound: bool | None = True
    """Adds sound in step with the picture. Server default: True."""
    multi_prompt: AnyJson | None = None

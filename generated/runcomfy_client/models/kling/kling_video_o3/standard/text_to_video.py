"""Kling Video O3 Standard Text to Video: the typed inputs and output of
`kling/kling-video-o3/standard/text-to-video`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import AnyJson


class KlingVideoO3StandardTextToVideo(Request[MediaOutput], frozen=True):
    """Kling Video O3 Standard Text to Video.

    Turns a written scene into a clip in the standard tier.

    Model: kling/kling-video-o3/standard/text-to-video
    Category: text-to-video

    The documentation does not tell the shape of `multi_prompt`: any JSON is accepted there, and the server alone checks
    it.
    """

    MODEL_ID = "kling/kling-video-o3/standard/text-to-video"

    prompt: str
    """Scene, subject, motion, camera and mood, in words."""
    aspect_ratio: Literal["16:9", "9:16", "1:1"] | None = "16:9"
    """Shape of the frame: 16:9 is wide, 9:16 is upright for social feeds, 1:1 is square. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=3, le=15)] = 5
    """Seconds of video to make, 3 to 15. Server default: 5."""
    shot_type: Literal["customize", "intelligent"] | None = "customize"
    """Who decides on cuts and pace: the model with intelligent, your prompt with customize. Server default:
    "customize".
    """
    sound: bool | None = False
    """Adds sound in step with the video; raises the price per second by ~33%. Server default: False."""
    multi_prompt: AnyJson | None = None

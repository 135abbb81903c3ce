"""Wan 3.0 Prime Text to Video: the typed inputs and output of `wan-ai/wan-3.0-prime/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Wan3_0PrimeTextToVideo(Request[MediaOutput], frozen=True):
    """Wan 3.0 Prime Text to Video.

    Turns a prompt into a video of 2 to 30 seconds in the Prime version.

    Model: wan-ai/wan-3.0-prime/text-to-video
    Category: text-to-video
    """

    MODEL_ID = "wan-ai/wan-3.0-prime/text-to-video"

    prompt: str
    """What to make: scene, subject, action, camera work, light and motion."""
    aspect_ratio: Literal["adaptive", "16:9", "9:16", "1:1", "4:3", "3:4"] | None = "16:9"
    """Width-to-height ratio of the clip. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=2, le=30)] = 5
    """How many seconds the clip lasts, 2-30. Begin short, and lengthen it once the motion is good. Server default:
    5.
    """
    enable_audio: bool | None = True
    """Adds a soundtrack in step with the video; switch it off for a silent clip. Server default: True."""
    prompt_extend: bool | None = True
    """Lets the model enrich the prompt first. Switch it off for a quicker run when the prompt is exact. Server default:
    True.
    """
    resolution: Literal["480p", "720p", "1080p"] | None = "720p"
    """Size class: 480p for quick drafts, 1080p for better quality. Server default: "720p"."""
    seed: int | None = None
    """Number from 0 to 2147483647 that makes a result repeatable."""

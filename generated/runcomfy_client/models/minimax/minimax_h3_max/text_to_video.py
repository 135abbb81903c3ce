"""MiniMax H3 Max Text to Video: the typed inputs and output of `minimax/minimax-h3-max/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class MinimaxH3MaxTextToVideo(Request[MediaOutput], frozen=True):
    """MiniMax H3 Max Text to Video.

    Turns a prompt, rewritten first, into a video.

    Model: minimax/minimax-h3-max/text-to-video
    Category: text-to-video
    """

    MODEL_ID = "minimax/minimax-h3-max/text-to-video"

    prompt: str
    """Scene, motion, camera, style and, if wanted, sound, in words."""
    prompt_expansion_mode: Literal["balanced", "quality"]
    """How much work goes into rewriting the prompt: balanced is quick, quality takes longer and gives a richer text."""
    aspect_ratio: Literal["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"] | None = "16:9"
    """Ratio of width to height in the clip. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=5, le=15)] = 8
    """Running time of the video, in seconds. Server default: 8."""
    enable_safety_checker: bool | None = True
    """Turns the safety checker on when true. Server default: True."""
    resolution: Literal["480p", "768p"] | None = "768p"
    """Resolution at which the video is made. Server default: "768p"."""
    seed: int | None = -1
    """Fixes the random choices. Unset or -1 picks a random seed. Server default: -1."""

"""MiniMax H3 Text to Video: the typed inputs and output of `minimax/minimax-h3/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class MinimaxH3TextToVideo(Request[MediaOutput], frozen=True):
    """MiniMax H3 Text to Video.

    Turns a prompt into a video at 768p or 2k.

    Model: minimax/minimax-h3/text-to-video
    Category: text-to-video
    """

    MODEL_ID = "minimax/minimax-h3/text-to-video"

    prompt: str
    aspect_ratio: Literal["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"] | None = "16:9"
    """Ratio of width to height in the clip. Server default: "16:9"."""
    duration: Annotated[Literal[4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], OneOf()] | None = 5
    """How many seconds the clip lasts, 4–15. Server default: 5."""
    resolution: Literal["768p", "2k"] | None = "768p"
    """Size of the video: 768p for quick, cheap drafts or 2k for finer detail. Server default: "768p"."""

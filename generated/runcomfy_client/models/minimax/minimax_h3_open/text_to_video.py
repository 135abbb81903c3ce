"""MiniMax H3 Open Text to Video: the typed inputs and output of `minimax/minimax-h3-open/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class MinimaxH3OpenTextToVideo(Request[MediaOutput], frozen=True):
    """MiniMax H3 Open Text to Video.

    Turns a prompt into a video at 480p or 768p.

    Model: minimax/minimax-h3-open/text-to-video
    Category: text-to-video
    """

    MODEL_ID = "minimax/minimax-h3-open/text-to-video"

    prompt: str
    """Scene, motion, camera and, if wanted, an Audio: line for the sound."""
    aspect_ratio: Literal["21:9", "16:9", "4:3", "1:1", "3:4", "9:16", "9:21"] | None = "16:9"
    """Shape of the clip as width:height. Server default: "16:9"."""
    duration: Annotated[Literal[5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], OneOf()] | None = 5
    """Seconds of video to make, 5–15. Server default: 5."""
    resolution: Literal["480p", "768p"] | None = "480p"
    """Size of the result: 480p is quicker and cheaper, 768p is sharper. Server default: "480p"."""
    seed: int | None = -1
    """Keep one number to repeat a result; -1 picks a random seed. Server default: -1."""

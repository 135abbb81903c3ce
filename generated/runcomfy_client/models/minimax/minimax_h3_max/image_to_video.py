"""MiniMax H3 Max Image to Video: the typed inputs and output of `minimax/minimax-h3-max/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class MinimaxH3MaxImageToVideo(Request[MediaOutput], frozen=True):
    """MiniMax H3 Max Image to Video.

    Makes a video from a first frame, with a last frame if wanted.

    Model: minimax/minimax-h3-max/image-to-video
    Category: image-to-video
    """

    MODEL_ID = "minimax/minimax-h3-max/image-to-video"

    image_url: ImageUrl
    """Link to the picture for the first frame, which also gives the clip its shape. Public https:// URL of an image, or
    a local file.
    """
    prompt: str
    """Motion, camera, light, style and, if wanted, sound, in words."""
    prompt_expansion_mode: Literal["balanced", "quality"]
    """How much work goes into rewriting the prompt: balanced is quick, quality takes longer and gives a richer text."""
    duration: Annotated[int | None, Field(ge=5, le=15)] = 8
    """Running time of the video, in seconds. Server default: 8."""
    enable_safety_checker: bool | None = True
    """Turns the safety checker on when true. Server default: True."""
    end_image_url: ImageUrl | None = None
    """Link to the picture for the last frame, if wanted, to generate between two keyframes. Public https:// URL of an
    image, or a local file.
    """
    resolution: Literal["480p", "768p"] | None = "768p"
    """Resolution at which the video is made. Server default: "768p"."""
    seed: int | None = -1
    """Fixes the random choices. Unset or -1 picks a random seed. Server default: -1."""

"""MiniMax H3 Open Image to Video: the typed inputs and output of `minimax/minimax-h3-open/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class MinimaxH3OpenImageToVideo(Request[MediaOutput], frozen=True):
    """MiniMax H3 Open Image to Video.

    Makes a video at 480p or 768p from a first frame.

    Model: minimax/minimax-h3-open/image-to-video
    Category: image-to-video
    """

    MODEL_ID = "minimax/minimax-h3-open/image-to-video"

    image: ImageUrl
    """Link to the picture for the first frame; the clip takes this picture's shape. Public https:// URL of an image, or
    a local file.
    """
    prompt: str
    """Motion, camera and, if wanted, an Audio: line. The subject should stay as it is in the still."""
    duration: Annotated[int | None, Field(ge=5, le=15)] = 5
    """Seconds of video to make, 5–15. Server default: 5."""
    last_image: ImageUrl | None = None
    """Picture for the last frame, if wanted, to guide the closing pose or composition. Public https:// URL of an image,
    or a local file.
    """
    resolution: Literal["480p", "768p"] | None = "480p"
    """Size of the result: 480p is quicker and cheaper, 768p is sharper. Server default: "480p"."""
    seed: int | None = -1
    """Keep one number to repeat a result; -1 picks a random seed. Server default: -1."""

"""HappyHorse 1.1 Text to Video: the typed inputs and output of `alibaba/happyhorse-1.1/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Happyhorse1_1TextToVideo(Request[MediaOutput], frozen=True):
    """HappyHorse 1.1 Text to Video.

    Turns a written scene into a clip of 3 to 15 seconds.

    Model: alibaba/happyhorse-1.1/text-to-video
    Category: text-to-video
    """

    MODEL_ID = "alibaba/happyhorse-1.1/text-to-video"

    prompt: str
    """What the clip should show: the scene, what happens and how the camera moves."""
    duration: Annotated[int | None, Field(ge=3, le=15)] = 5
    """How long the clip runs, in seconds. Server default: 5."""
    ratio: Literal["16:9", "9:16", "1:1"] | None = "16:9"
    """Shape of the clip as width:height. Server default: "16:9"."""
    resolution: Literal["720P", "1080P"] | None = "1080P"
    """Size class of the finished clip. Server default: "1080P"."""

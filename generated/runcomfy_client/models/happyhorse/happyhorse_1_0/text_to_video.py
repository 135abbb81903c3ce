"""HappyHorse 1.0 Text to Video: the typed inputs and output of `happyhorse/happyhorse-1.0/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class Happyhorse1_0TextToVideo(Request[MediaOutput], frozen=True):
    """HappyHorse 1.0 Text to Video.

    Turns a written scene into a clip at 720P or 1080P.

    Model: happyhorse/happyhorse-1.0/text-to-video
    Category: text-to-video
    """

    MODEL_ID = "happyhorse/happyhorse-1.0/text-to-video"

    prompt: Annotated[str, Field(max_length=2500)]
    """Scene, how the subject moves, camera, light and implied sound; 2500 characters at most."""
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4"] | None = "16:9"
    """Ratio of width to height. Server default: "16:9"."""
    duration: Annotated[Literal[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], OneOf()] | None = 5
    """Clip length in seconds, 3–15. Server default: 5."""
    resolution: Literal["720P", "1080P"] | None = "1080P"
    """Size of the HappyHorse clip: 720P or 1080P. Server default: "1080P"."""
    seed: Annotated[int | None, Field(ge=0, le=2147483647)] = 0
    """Fix this number to repeat a result; with 0 the provider picks one at random. Server default: 0."""
    watermark: bool | None = False
    """Keeps the provider's watermark in the clip when true. Server default: False."""

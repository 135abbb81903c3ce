"""Kling Video O3 4K Text to Video: the typed inputs and output of `kling/kling-video-o3/4K/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import AnyJson, OneOf


class KlingVideoO3_4KTextToVideo(Request[MediaOutput], frozen=True):
    """Kling Video O3 4K Text to Video.

    Turns a written scene into a 4K clip.

    Model: kling/kling-video-o3/4K/text-to-video
    Category: text-to-video

    The documentation does not tell the shape of `multi_prompt`: any JSON is accepted there, and the server alone checks
    it.
    """

    MODEL_ID = "kling/kling-video-o3/4K/text-to-video"

    prompt: str
    """What the 4K video should show: scene, figures, camera move, light and mood."""
    aspect_ratio: Literal["16:9", "9:16", "1:1"] | None = "16:9"
    """Shape of the frame: 16:9 is wide, 9:16 is upright for social feeds, 1:1 is square. Server default: "16:9"."""
    duration: Annotated[Literal[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], OneOf()] | None = 5
    """Seconds of 4K video to make; the price rises in proportion. Server default: 5."""
    shot_type: Literal["customize", "intelligent"] | None = "customize"
    """Who sets the scope of the edit: intelligent leaves it to the model, customize to your prompt. Server default:
    "customize".
    """
    sound: bool | None = False
    """Adds fitting ambient sound and effects to the 4K video at no extra charge. Server default: False."""
    multi_prompt: AnyJson | None = None

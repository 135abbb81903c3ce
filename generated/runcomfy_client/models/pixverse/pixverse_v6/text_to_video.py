"""PixVerse V6 Text to Video: the typed inputs and output of `pixverse/pixverse-v6/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class PixverseV6TextToVideo(Request[MediaOutput], frozen=True):
    """PixVerse V6 Text to Video.

    Turns a prompt into a clip, in several shots if wanted.

    Model: pixverse/pixverse-v6/text-to-video
    Category: text-to-video
    """

    MODEL_ID = "pixverse/pixverse-v6/text-to-video"

    prompt: str
    """Scene, subject, action, camera work, light and motion."""
    aspect_ratio: Literal["16:9", "4:3", "1:1", "3:4", "9:16", "2:3", "3:2", "21:9"] | None = "16:9"
    """Shape of the video frame. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=1, le=15)] = 5
    """Wanted clip length, 1 to 15 seconds. Server default: 5."""
    generate_audio_switch: bool | None = False
    """Gives the clip a soundtrack made by the model, if wanted. Server default: False."""
    generate_multi_clip_switch: bool | None = False
    """Allows several shots within one clip. Server default: False."""
    resolution: Literal["360p", "540p", "720p", "1080p"] | None = "720p"
    """Quality level, stated as a video resolution. Server default: "720p"."""
    seed: int | None = 0
    """Number to repeat a result, or to change for a different one. Server default: 0."""

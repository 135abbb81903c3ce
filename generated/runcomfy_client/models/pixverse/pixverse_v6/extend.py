"""PixVerse V6 Extend: the typed inputs and output of `pixverse/pixverse-v6/extend`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class PixverseV6Extend(Request[MediaOutput], frozen=True):
    """PixVerse V6 Extend.

    Carries a video on as the prompt says.

    Model: pixverse/pixverse-v6/extend
    Category: video-to-video
    """

    MODEL_ID = "pixverse/pixverse-v6/extend"

    prompt: str
    """What happens next in the source video."""
    video: VideoUrl
    """Clip to carry on with fresh motion and content. Public https:// URL of a video, or a local file."""
    duration: Annotated[int | None, Field(ge=1, le=15)] = 5
    """Wanted clip length, 1 to 15 seconds. Server default: 5."""
    generate_audio_switch: bool | None = False
    """Gives the clip a soundtrack made by the model, if wanted. Server default: False."""
    resolution: Literal["360p", "540p", "720p", "1080p"] | None = "720p"
    """Quality level, stated as a video resolution. Server default: "720p"."""
    seed: int | None = 0
    """Number to repeat a result, or to change for a different one. Server default: 0."""

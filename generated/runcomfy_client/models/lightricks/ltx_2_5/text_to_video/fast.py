"""LTX 2.5 Text to Video Fast: the typed inputs and output of `lightricks/ltx-2.5/text-to-video/fast`."""

from __future__ import annotations

from typing import Annotated, Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class Ltx2_5TextToVideoFast(Request[MediaOutput], frozen=True):
    """LTX 2.5 Text to Video Fast.

    Turns a prompt into a video quickly, with sound if wanted.

    Model: lightricks/ltx-2.5/text-to-video/fast
    Category: text-to-video
    """

    MODEL_ID = "lightricks/ltx-2.5/text-to-video/fast"

    prompt: str
    """Scene, motion and sound of the video, in words."""
    aspect_ratio: Literal["16:9", "9:16"] | None = "16:9"
    """Width-to-height ratio of the clip. Server default: "16:9"."""
    camera_motion: (
        Literal["dolly_in", "dolly_out", "dolly_left", "dolly_right", "jib_up", "jib_down", "static", "focus_shift"]
        | None
    ) = None
    """Preset camera move, if wanted; when unset, only the prompt directs the camera."""
    duration: Literal["auto", "6", "8", "10", "12", "14", "16", "18", "20"] | None = "10"
    """Clip length in seconds; with auto the model judges from the prompt. Server default: "10"."""
    fps: Annotated[Literal[24, 25, 48, 50], OneOf()] | None = 25
    """Frame rate of the clip, in frames per second. Server default: 25."""
    generate_audio: bool | None = True
    """Adds sound in step with the video when true. Server default: True."""
    resolution: Literal["720p", "1080p", "1440p", "2160p"] | None = "1080p"
    """Frame size of the video. Server default: "1080p"."""

"""Wan 2.7 Text to Video: the typed inputs and output of `wan-ai/wan-2.7/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class Wan2_7TextToVideo(Request[MediaOutput], frozen=True):
    """Wan 2.7 Text to Video.

    Turns a prompt into a video, driven by audio if wanted.

    Model: wan-ai/wan-2.7/text-to-video
    Category: text-to-video
    """

    MODEL_ID = "wan-ai/wan-2.7/text-to-video"

    prompt: Annotated[str, Field(max_length=5000)]
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4"] | None = "16:9"
    """Shape of the clip as width:height. Server default: "16:9"."""
    audio_url: AudioUrl | None = None
    """Link to audio that drives the clip: WAV or MP3, 3–30s, 15 MB at most. When empty, background music is made for
    you. Public https:// URL of an audio file, or a local file.
    """
    duration: Annotated[Literal[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], OneOf()] | None = 5
    """Seconds of finished video. Server default: 5."""
    enable_prompt_expansion: bool | None = True
    """Lets the model rewrite the prompt. Server default: True."""
    negative_prompt: Annotated[str | None, Field(max_length=500)] = ""
    """What the clip must not show. Server default: empty."""
    resolution: Literal["720p", "1080p"] | None = "1080p"
    """Size class of the video. Server default: "1080p"."""
    seed: Annotated[int | None, Field(ge=0, le=2147483647)] = 0
    """Server default: 0."""

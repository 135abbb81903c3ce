"""Seedance 2.5 Reference to Video 1080p: the typed inputs and output of
`bytedance/seedance-2.5/reference-to-video/1080p`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_5ReferenceToVideo1080p(Request[MediaOutput], frozen=True):
    """Seedance 2.5 Reference to Video 1080p.

    Makes a 1080p video from a prompt, led by optional pictures, clips and audio.

    Model: bytedance/seedance-2.5/reference-to-video/1080p
    Category: reference-to-video
    """

    MODEL_ID = "bytedance/seedance-2.5/reference-to-video/1080p"

    prompt: str
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "adaptive"] | None = "16:9"
    """Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=4, le=30)] = 5
    """Server default: 5."""
    generate_audio: bool | None = True
    """Server default: True."""
    images: Annotated[MediaList[ImageUrl] | None, Field(max_length=9)] = None
    """Public https:// URLs, each of an image, or local files."""
    videos: Annotated[MediaList[VideoUrl] | None, Field(max_length=3)] = None
    """Public https:// URLs, each of a video, or local files."""
    audios: Annotated[MediaList[AudioUrl] | None, Field(max_length=3)] = None
    """Public https:// URLs, each of an audio file, or local files."""

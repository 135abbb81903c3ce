"""Seedance 2.5 Reference to Video 720p: the typed inputs and output of
`bytedance/seedance-2.5/reference-to-video/720p`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_5ReferenceToVideo720p(Request[MediaOutput], frozen=True):
    """Seedance 2.5 Reference to Video 720p.

    Makes a 720p video from a prompt, led by optional pictures, clips and audio.

    Model: bytedance/seedance-2.5/reference-to-video/720p
    Category: reference-to-video
    """

    MODEL_ID = "bytedance/seedance-2.5/reference-to-video/720p"

    prompt: str
    """What the video should show; best kept to ~≤500 characters in Chinese or ~≤1000 words in English."""
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "adaptive"] | None = "16:9"
    """Shape of the clip as width:height. Server default: "16:9"."""
    audios: Annotated[MediaList[AudioUrl] | None, Field(max_length=3)] = None
    """Sounds that set mood and pace; 3 files at most. Public https:// URLs, each of an audio file, or local files."""
    duration: Annotated[int | None, Field(ge=4, le=30)] = 5
    """Clip length in seconds, 4 to 30. Server default: 5."""
    generate_audio: bool | None = True
    """Gives the clip matching sound: speech, SFX and music. Server default: True."""
    images: Annotated[MediaList[ImageUrl] | None, Field(max_length=9)] = None
    """Pictures that set surroundings and style; 9 at most. Public https:// URLs, each of an image, or local files."""
    videos: Annotated[MediaList[VideoUrl] | None, Field(max_length=3)] = None
    """Clips whose camera motion and rhythm are followed; 3 at most. Public https:// URLs, each of a video, or local
    files.
    """

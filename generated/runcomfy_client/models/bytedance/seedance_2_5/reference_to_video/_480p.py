"""Seedance 2.5 Reference to Video 480p: the typed inputs and output of
`bytedance/seedance-2.5/reference-to-video/480p`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_5ReferenceToVideo480p(Request[MediaOutput], frozen=True):
    """Seedance 2.5 Reference to Video 480p.

    Makes a 480p video from a prompt, led by optional pictures, clips and audio.

    Model: bytedance/seedance-2.5/reference-to-video/480p
    Category: reference-to-video
    """

    MODEL_ID = "bytedance/seedance-2.5/reference-to-video/480p"

    prompt: str
    """What the video should show, and how the given images, clips and audio serve as cues for place, motion and
    mood.
    """
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "adaptive"] | None = "16:9"
    """Width-to-height ratio of the video. Server default: "16:9"."""
    audios: Annotated[MediaList[AudioUrl] | None, Field(max_length=3)] = None
    """Links to at most 3 reference sounds. Public https:// URLs, each of an audio file, or local files."""
    duration: Annotated[int | None, Field(ge=4, le=30)] = 5
    """Clip length in seconds, 4–30; 5 when unset. Server default: 5."""
    generate_audio: bool | None = True
    """Gives the clip matching sound: speech, SFX and music. Server default: True."""
    images: Annotated[MediaList[ImageUrl] | None, Field(max_length=9)] = None
    """Links to at most 9 reference pictures. Public https:// URLs, each of an image, or local files."""
    videos: Annotated[MediaList[VideoUrl] | None, Field(max_length=3)] = None
    """Links to at most 3 reference clips. Public https:// URLs, each of a video, or local files."""

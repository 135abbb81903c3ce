"""Seedance 2.0 Pro: the typed inputs and output of `bytedance/seedance-2.0/pro`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_0Pro(Request[MediaOutput], frozen=True):
    """Seedance 2.0 Pro.

    Makes a video from a prompt plus optional pictures, clips and audio.

    Model: bytedance/seedance-2.0/pro
    Category: text-to-video, reference-to-video
    """

    MODEL_ID = "bytedance/seedance-2.0/pro"

    prompt: str
    """What the video should show; best kept to ~≤500 characters in Chinese or ~≤1000 words in English."""
    aspect_ratio: Literal["adaptive", "16:9", "9:16", "4:3", "3:4", "1:1", "21:9"] | None = "adaptive"
    """Shape of the clip. With adaptive, the Seedance 2.0 Pro default, the model takes the nearest ratio and reports it
    in the task query. Server default: "adaptive".
    """
    audios: Annotated[MediaList[AudioUrl] | None, Field(max_length=3)] = None
    """Audio for multimodal reference, 0–3 files in wav、mp3; each 2 to 15 seconds long and smaller than 15MB. Public
    https:// URLs, each of an audio file, or local files.
    """
    duration: Annotated[int | None, Field(ge=4, le=15)] = 5
    """Clip length as a whole number, in [4, 15] seconds. Server default: 5."""
    generate_audio: bool | None = True
    """Gives the clip matching sound: speech, SFX and music. Server default: True."""
    images: Annotated[MediaList[ImageUrl] | None, Field(max_length=9)] = None
    """Pictures for multimodal reference, 0–9 files in jpeg、png、webp、bmp、tiff、gif. Public https:// URLs, each of an
    image, or local files.
    """
    resolution: Literal["480p", "720p", "1080p", "4k"] | None = "720p"
    """Server default: "720p"."""
    seed: int | None = None
    """Number that fixes the random choices."""
    videos: Annotated[MediaList[VideoUrl] | None, Field(max_length=3)] = None
    """Clips for multimodal reference, 0–3 files in mp4、mov; each 2 to 15 seconds long. Public https:// URLs, each of a
    video, or local files.
    """

"""Seedance 2.0 Mini Video to Video: the typed inputs and output of `bytedance/seedance-2.0-mini/video-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_0MiniVideoToVideo(Request[MediaOutput], frozen=True):
    """Seedance 2.0 Mini Video to Video.

    Edits a video as the prompt says, with pictures and audio as guides.

    Model: bytedance/seedance-2.0-mini/video-to-video
    Category: video-to-video
    """

    MODEL_ID = "bytedance/seedance-2.0-mini/video-to-video"

    prompt: str
    """What to change in the source video, for instance its look, light, weather or background."""
    video: VideoUrl
    """Public link to the video to edit; anything past the first 15 seconds is cut. Public https:// URL of a video, or a
    local file.
    """
    aspect_ratio: Literal["16:9", "9:16", "4:3", "3:4", "1:1", "21:9"] | None = "16:9"
    """Shape of the result. Keep the default or set one; when unset it follows the input. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=4, le=15)] = 5
    """Length of the result in seconds; the default takes it from the input video. Server default: 5."""
    enable_web_search: bool | None = False
    """Lets the model look up current information when the prompt calls for it. Server default: False."""
    generate_audio: bool | None = True
    """Makes new sound for the result. When false, the sound of the input video stays. Server default: True."""
    reference_audios: MediaList[AudioUrl] | None = None
    """Links to audio that shapes the new soundtrack, if any. Public https:// URLs, each of an audio file, or local
    files.
    """
    reference_images: MediaList[ImageUrl] | None = None
    """Links to pictures that guide subject identity, style or look of the edit, if any. Public https:// URLs, each of
    an image, or local files.
    """
    resolution: Literal["480p", "720p"] | None = "720p"
    """Size class of the video. Server default: "720p"."""

"""MiniMax H3 Reference to Video: the typed inputs and output of `minimax/minimax-h3/reference-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class MinimaxH3ReferenceToVideo(Request[MediaOutput], frozen=True):
    """MiniMax H3 Reference to Video.

    Makes a video after reference pictures, clips and audio.

    Model: minimax/minimax-h3/reference-to-video
    Category: reference-to-video
    """

    MODEL_ID = "minimax/minimax-h3/reference-to-video"

    duration: Annotated[int, Field(ge=4, le=15)]
    """Seconds of video to make, 4–15."""
    prompt: str
    """Scene, interplay, motion and visual style in 1-7000 characters. Call the files Image 1, Video 1, Audio 1 and so
    on.
    """
    aspect_ratio: Literal["adaptive", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"] | None = "adaptive"
    """Shape of the clip; with adaptive the model decides. Server default: "adaptive"."""
    reference_audios: Annotated[MediaList[AudioUrl] | None, Field(max_length=3)] = None
    """At most 3 reference sounds, if wanted. They need an image or video reference beside them. Public https:// URLs,
    each of an audio file, or local files.
    """
    reference_images: Annotated[MediaList[ImageUrl] | None, Field(max_length=9)] = None
    """At most 9 pictures for subject, product, style or composition. A request needs an image or video reference.
    Public https:// URLs, each of an image, or local files.
    """
    reference_videos: Annotated[MediaList[VideoUrl] | None, Field(max_length=3)] = None
    """At most 3 clips for movement, pace or interplay. A request needs an image or video reference. Public https://
    URLs, each of a video, or local files.
    """
    resolution: Literal["768p", "2k"] | None = "768p"
    """Size of the clip: 768p or 2k. Server default: "768p"."""

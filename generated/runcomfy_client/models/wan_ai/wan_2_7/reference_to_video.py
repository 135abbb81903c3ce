"""Wan 2.7 Reference to Video: the typed inputs and output of `wan-ai/wan-2.7/reference-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import OneOf


class Wan2_7ReferenceToVideo(Request[MediaOutput], frozen=True):
    """Wan 2.7 Reference to Video.

    Makes a video with the characters or objects of reference pictures and clips.

    Model: wan-ai/wan-2.7/reference-to-video
    Category: reference-to-video
    """

    MODEL_ID = "wan-ai/wan-2.7/reference-to-video"

    prompt: Annotated[str, Field(max_length=5000)]
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4"] | None = "16:9"
    """Server default: "16:9"."""
    duration: Annotated[Literal[2, 3, 4, 5, 6, 7, 8, 9, 10], OneOf()] | None = 5
    """Clip length, 2 to 10 seconds. Server default: 5."""
    multi_shots: bool | None = False
    """True splits the video into several shots by itself; false makes one unbroken shot. Server default: False."""
    negative_prompt: Annotated[str | None, Field(max_length=500)] = None
    """What the clip must not show."""
    reference_image_urls: Annotated[MediaList[ImageUrl] | None, Field(max_length=5)] = None
    """Links to pictures showing how a character or object looks; several give several subjects. Each up to 20 MB, and
    no more than 5 pictures and videos together. Public https:// URLs, each of an image, or local files.
    """
    reference_video_urls: Annotated[MediaList[VideoUrl] | None, Field(max_length=5)] = None
    """Links to clips showing how a character or object looks and moves; several give several subjects. Each up to 100
    MB, and no more than 5 pictures and videos together. Public https:// URLs, each of a video, or local files.
    """
    resolution: Literal["720p", "1080p"] | None = "1080p"
    """Size class of the video. Server default: "1080p"."""
    seed: Annotated[int | None, Field(ge=0, le=2147483647)] = 0
    """Server default: 0."""

"""Wan 3.0 Reference to Video: the typed inputs and output of `wan-ai/wan-3.0/reference-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class Wan3_0ReferenceToVideo(Request[MediaOutput], frozen=True):
    """Wan 3.0 Reference to Video.

    Makes a video after reference pictures, clips or audio.

    Model: wan-ai/wan-3.0/reference-to-video
    Category: reference-to-video
    """

    MODEL_ID = "wan-ai/wan-3.0/reference-to-video"

    prompt: str
    """Scene, subject, motion, camera work, light and style. Call the references Image 1, Video 1, Audio 1 by their
    order.
    """
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "adaptive"] | None = "16:9"
    """Width-to-height ratio of the clip. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=2, le=30)] = 5
    """How many seconds the clip lasts, 2-30. Begin short, and lengthen it once the motion is good. Server default:
    5.
    """
    enable_audio: bool | None = True
    """Adds a soundtrack in step with the video; switch it off for a silent clip. Server default: True."""
    prompt_extend: bool | None = True
    """Lets the model enrich the prompt first. Switch it off for a quicker run when the prompt is exact. Server default:
    True.
    """
    reference_audios: MediaList[AudioUrl] | None = None
    """At most 5 reference sounds, 15s in all, to guide sound or timing. Public https:// URLs, each of an audio file, or
    local files.
    """
    reference_images: MediaList[ImageUrl] | None = None
    """At most 10 pictures to keep subject, object or scene alike. At least one image, video or audio reference is
    needed. Public https:// URLs, each of an image, or local files.
    """
    reference_videos: MediaList[VideoUrl] | None = None
    """At most 5 reference clips, MP4 or MOV of 1-15s, 15s in all, to guide motion or scene. Public https:// URLs, each
    of a video, or local files.
    """
    resolution: Literal["480p", "720p", "1080p"] | None = "720p"
    """Size class: 480p for quick drafts, 1080p for better quality. Server default: "720p"."""
    seed: int | None = None
    """Number from 0 to 2147483647 that makes a result repeatable."""

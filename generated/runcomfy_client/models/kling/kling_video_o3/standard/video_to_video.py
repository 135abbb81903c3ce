"""Kling Video O3 Standard Video to Video: the typed inputs and output of
`kling/kling-video-o3/standard/video-to-video`.
"""

from __future__ import annotations

from typing import Literal

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class KlingVideoO3StandardVideoToVideo(Request[MediaOutput], frozen=True):
    """Kling Video O3 Standard Video to Video.

    Edits a video of up to 10 seconds by a prompt in the standard tier.

    Model: kling/kling-video-o3/standard/video-to-video
    Category: video-to-video
    """

    MODEL_ID = "kling/kling-video-o3/standard/video-to-video"

    prompt: str
    """What to change in the source clip — things to add, remove, swap, restyle or light anew."""
    video: VideoUrl
    """Public link to the video to edit, 10 seconds at most. Public https:// URL of a video, or a local file."""
    images: MediaList[ImageUrl] | None = None
    """Links to at most 4 pictures for the element to change, the scene or the style, if wanted. Public https:// URLs,
    each of an image, or local files.
    """
    keep_original_sound: bool | None = True
    """Keeps the sound of the input video in the result. Server default: True."""
    shot_type: Literal["customize"] | None = "customize"
    """Who sets the reach of the edit: intelligent leaves it to the model, customize to your prompt. Server default:
    "customize".
    """

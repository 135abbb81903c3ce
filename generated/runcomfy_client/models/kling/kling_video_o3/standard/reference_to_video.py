"""Kling Video O3 Standard Reference to Video: the typed inputs and output of
`kling/kling-video-o3/standard/reference-to-video`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class KlingVideoO3StandardReferenceToVideo(Request[MediaOutput], frozen=True):
    """Kling Video O3 Standard Reference to Video.

    Makes a video in the standard tier after reference pictures or a reference clip.

    Model: kling/kling-video-o3/standard/reference-to-video
    Category: reference-to-video
    """

    MODEL_ID = "kling/kling-video-o3/standard/reference-to-video"

    prompt: str
    """Scene and action. Name the references by their position, such as 'The cat in Figure 2 follows the boy in Figure 1
    across a yard.'.
    """
    aspect_ratio: Literal["16:9", "9:16", "1:1"] | None = "16:9"
    """Shape of the frame: 16:9 is wide, 9:16 is upright for social feeds, 1:1 is square. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=3, le=15)] = 5
    """Seconds of video to make, 3 to 15. Server default: 5."""
    images: Annotated[MediaList[ImageUrl] | None, Field(max_length=7)] = None
    """Pictures of characters, props or styles to follow: at most 7, or 4 along with a reference video. Public https://
    URLs, each of an image, or local files.
    """
    keep_original_sound: bool | None = True
    """Keeps the sound of a given reference video in the result. Server default: True."""
    shot_type: Literal["customize", "intelligent"] | None = "customize"
    """Who decides on cuts and pace: intelligent leaves both to the model, customize to your prompt. Server default:
    "customize".
    """
    sound: bool | None = False
    """Adds sound in step with the picture; raises the price per second by ~33% (no effect along with a reference
    video). Server default: False.
    """
    video: VideoUrl | None = None
    """Clip to follow for motion, style or continuity, if any. It moves billing to the with-reference-video rate. Public
    https:// URL of a video, or a local file.
    """

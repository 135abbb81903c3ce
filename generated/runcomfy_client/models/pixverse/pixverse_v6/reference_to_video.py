"""PixVerse V6 Reference to Video: the typed inputs and output of `pixverse/pixverse-v6/reference-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class PixverseV6ReferenceToVideo(Request[MediaOutput], frozen=True):
    """PixVerse V6 Reference to Video.

    Makes a clip that follows reference pictures or clips.

    Model: pixverse/pixverse-v6/reference-to-video
    Category: reference-to-video
    """

    MODEL_ID = "pixverse/pixverse-v6/reference-to-video"

    prompt: str
    """Scene, action, camera work, and what part the references play."""
    aspect_ratio: Literal["16:9", "4:3", "1:1", "3:4", "9:16", "2:3", "3:2", "21:9"] | None = "16:9"
    """Shape of the video frame. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=1, le=15)] = 5
    """Wanted clip length, 1 to 15 seconds. Upstream may take 0 where video references set the timing; the UI offers
    1-15, for images only. Server default: 5.
    """
    generate_audio_switch: bool | None = False
    """Gives the clip a soundtrack made by the model, if wanted. Server default: False."""
    images: Annotated[MediaList[ImageUrl] | None, Field(max_length=7)] = None
    """Links to pictures that guide subjects, objects or the look of a figure. Public https:// URLs, each of an image,
    or local files.
    """
    resolution: Literal["360p", "540p", "720p", "1080p"] | None = "720p"
    """Quality level, stated as a video resolution. Server default: "720p"."""
    seed: int | None = 0
    """Number to repeat a result, or to change for a different one. Server default: 0."""
    videos: MediaList[VideoUrl] | None = None
    """Links to clips that guide motion or looks, if wanted; a run with them is charged at the documented 2x. Public
    https:// URLs, each of a video, or local files.
    """

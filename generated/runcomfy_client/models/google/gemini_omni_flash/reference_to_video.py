"""Gemini Omni Flash Reference to Video: the typed inputs and output of
`google/gemini-omni-flash/reference-to-video`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl, MediaList
from runcomfy_client.schema.outputs import MediaOutput


class GeminiOmniFlashReferenceToVideo(Request[MediaOutput], frozen=True):
    """Gemini Omni Flash Reference to Video.

    Makes a video whose subject and look follow reference pictures.

    Model: google/gemini-omni-flash/reference-to-video
    Category: reference-to-video
    """

    MODEL_ID = "google/gemini-omni-flash/reference-to-video"

    image_urls: Annotated[MediaList[ImageUrl], Field(min_length=1)]
    """One or more pictures that guide subject, style, layout and look; jpg, jpeg, png or webp. Public https:// URLs,
    each of an image, or local files.
    """
    prompt: str
    """Motion, course of the scene, pace and sound. Camera and sound cues work (such as "slow pan left" or "rain on a
    roof"), as do exclusions like "No captions"; mention the uploaded pictures in the text to tie them to a subject,
    style or layout.
    """
    aspect_ratio: Literal["16:9", "9:16"] | None = "16:9"
    """Ratio of width to height in the clip. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=3, le=10)] = 8
    """Number of seconds the clip lasts. Server default: 8."""

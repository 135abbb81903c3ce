"""Gemini Omni Flash Image to Video: the typed inputs and output of `google/gemini-omni-flash/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class GeminiOmniFlashImageToVideo(Request[MediaOutput], frozen=True):
    """Gemini Omni Flash Image to Video.

    Sets a picture in motion, with camera and sound steered by the prompt.

    Model: google/gemini-omni-flash/image-to-video
    Category: image-to-video
    """

    MODEL_ID = "google/gemini-omni-flash/image-to-video"

    image_url: ImageUrl
    """Picture to set in motion, as jpg, jpeg, png or webp. Public https:// URL of an image, or a local file."""
    prompt: str
    """How the picture should move or change. Camera, pace and sound can be asked for (such as "gentle zoom", "rain and
    distant thunder" or "nobody speaks"), and so can exclusions like "No captions".
    """
    aspect_ratio: Literal["16:9", "9:16"] | None = "16:9"
    """Ratio of width to height in the clip. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=3, le=10)] = 8
    """Number of seconds the clip lasts. Server default: 8."""

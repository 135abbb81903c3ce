"""Gemini Omni Flash Text to Video: the typed inputs and output of `google/gemini-omni-flash/text-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class GeminiOmniFlashTextToVideo(Request[MediaOutput], frozen=True):
    """Gemini Omni Flash Text to Video.

    Turns a prompt into a video with its sound.

    Model: google/gemini-omni-flash/text-to-video
    Category: text-to-video
    """

    MODEL_ID = "google/gemini-omni-flash/text-to-video"

    prompt: str
    """What the clip should show. Pace and sound can be set in words (such as "one long take" or "soft piano"), and
    exclusions like "No captions" work too.
    """
    aspect_ratio: Literal["16:9", "9:16"] | None = "16:9"
    """Ratio of width to height in the clip. Server default: "16:9"."""
    duration: Annotated[int | None, Field(ge=3, le=10)] = 8
    """Number of seconds the clip lasts. Server default: 8."""

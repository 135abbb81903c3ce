"""Seedance 2.5 Image to Video 480p: the typed inputs and output of `bytedance/seedance-2.5/image-to-video/480p`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_5ImageToVideo480p(Request[MediaOutput], frozen=True):
    """Seedance 2.5 Image to Video 480p.

    Sets a picture in motion at 480p.

    Model: bytedance/seedance-2.5/image-to-video/480p
    Category: image-to-video

    Price: 0.17 USD per second (marketing texts of the vendor, May to October 2026, 2026-11-25). Not a quote.
    """

    MODEL_ID = "bytedance/seedance-2.5/image-to-video/480p"

    image: ImageUrl
    """Link to the picture to set in motion. Public https:// URL of an image, or a local file."""
    prompt: str
    """Wanted motion and style, in words."""
    duration: Annotated[int | None, Field(ge=4, le=30)] = 5
    """Clip length in seconds, 4–30; 5 when unset. Server default: 5."""
    generate_audio: bool | None = True
    """Gives the clip matching sound: speech, SFX and music. Server default: True."""

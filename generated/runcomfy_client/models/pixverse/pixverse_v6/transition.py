"""PixVerse V6 Transition: the typed inputs and output of `pixverse/pixverse-v6/transition`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class PixverseV6Transition(Request[MediaOutput], frozen=True):
    """PixVerse V6 Transition.

    Makes a transition from a first picture to a last one.

    Model: pixverse/pixverse-v6/transition
    Category: first-last-frame-to-video
    """

    MODEL_ID = "pixverse/pixverse-v6/transition"

    end_image: ImageUrl
    """Picture the transition closes on. Public https:// URL of an image, or a local file."""
    image: ImageUrl
    """Picture the transition opens on. Public https:// URL of an image, or a local file."""
    prompt: str
    """How things move and change from one frame to the other."""
    duration: Annotated[int | None, Field(ge=1, le=15)] = 5
    """Wanted clip length, 1 to 15 seconds. Server default: 5."""
    generate_audio_switch: bool | None = False
    """Gives the clip a soundtrack made by the model, if wanted. Server default: False."""
    resolution: Literal["360p", "540p", "720p", "1080p"] | None = "720p"
    """Quality level, stated as a video resolution. Server default: "720p"."""
    seed: int | None = 0
    """Number to repeat a result, or to change for a different one. Server default: 0."""

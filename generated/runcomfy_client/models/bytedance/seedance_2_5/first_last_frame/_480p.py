"""Seedance 2.5 First Last Frame 480p: the typed inputs and output of `bytedance/seedance-2.5/first-last-frame/480p`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class Seedance2_5FirstLastFrame480p(Request[MediaOutput], frozen=True):
    """Seedance 2.5 First Last Frame 480p.

    Makes a 480p transition from one picture to another.

    Model: bytedance/seedance-2.5/first-last-frame/480p
    Category: first-last-frame-to-video
    """

    MODEL_ID = "bytedance/seedance-2.5/first-last-frame/480p"

    first_frame: ImageUrl
    """Picture the transition begins with. Public https:// URL of an image, or a local file."""
    last_frame: ImageUrl
    """Picture the transition ends with. Public https:// URL of an image, or a local file."""
    prompt: str
    """How the picture changes and moves."""
    duration: Annotated[int | None, Field(ge=4, le=30)] = 5
    """Clip length in seconds, 4–30; 5 when unset. Server default: 5."""
    generate_audio: bool | None = True
    """Gives the clip matching sound: speech, SFX and music. Server default: True."""

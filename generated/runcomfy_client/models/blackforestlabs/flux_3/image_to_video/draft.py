"""FLUX 3 Image to Video Draft: the typed inputs and output of `blackforestlabs/flux-3/image-to-video/draft`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class Flux3ImageToVideoDraft(Request[MediaOutput], frozen=True):
    """FLUX 3 Image to Video Draft.

    Makes a quick draft video from one picture and a prompt.

    Model: blackforestlabs/flux-3/image-to-video/draft
    Category: image-to-video
    """

    MODEL_ID = "blackforestlabs/flux-3/image-to-video/draft"

    image_url: ImageUrl
    """First keyframe picture, as a link or data URI. Public https:// URL of an image, or a local file."""
    prompt: str
    """What the draft clip should show."""
    aspect_ratio: Literal["auto", "21:9", "2:1", "16:9", "4:3", "1:1", "3:4", "9:16"] | None = "auto"
    """Shape of the draft; auto leaves the choice to the model. Server default: "auto"."""
    duration: (
        Literal["auto", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"]
        | None
    ) = "auto"
    """Draft length: auto, or a whole number of seconds between 5 and 20. Server default: "auto"."""
    generate_audio: bool | None = True
    """Adds sound to the draft when true. Server default: True."""
    safety_tolerance: Annotated[int | None, Field(ge=0, le=4)] = 2
    """How much the content filter lets through, from 0 (strictest) to 4 (most permissive). Server default: 2."""

"""LTX 2.5 Audio to Video Pro: the typed inputs and output of `lightricks/ltx-2.5/audio-to-video/pro`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, ImageUrl
from runcomfy_client.schema.outputs import MediaOutput


class Ltx2_5AudioToVideoPro(Request[MediaOutput], frozen=True):
    """LTX 2.5 Audio to Video Pro.

    Makes a video to fit an audio file, from an image or a prompt.

    Model: lightricks/ltx-2.5/audio-to-video/pro
    Category: audio-to-video
    """

    MODEL_ID = "lightricks/ltx-2.5/audio-to-video/pro"

    audio_url: AudioUrl
    """Link to the audio that drives the clip, 2 to 20 seconds long. Public https:// URL of an audio file, or a local
    file.
    """
    aspect_ratio: Literal["auto", "16:9", "9:16"] | None = "auto"
    """Shape of the clip; auto takes it from the input image, or leans to 16:9 when there is none. Server default:
    "auto".
    """
    guidance_scale: Annotated[float | None, Field(ge=1.0, le=50.0)] = 9
    """How strictly the text is followed; a higher number binds the clip to it more. Server default: 9."""
    image_url: ImageUrl | None = None
    """Picture for the first frame, if any; without it a prompt is needed. Public https:// URL of an image, or a local
    file.
    """
    prompt: str | None = ""
    """Look and motion of the clip along with the audio; needed when there is no image. Server default: empty."""

"""Media: the typed inputs and output of `acme/media`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, FileUrl, ImageUrl, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class Media(Request[MediaOutput], frozen=True):
    """Media.

    Model: acme/media
    """

    MODEL_ID = "acme/media"

    image: ImageUrl
    """Public https:// URL of an image."""
    images: Annotated[list[ImageUrl] | None, Field(max_length=9)] = None
    """Public https:// URLs, each of an image."""
    clips: list[VideoUrl] | None = None
    """Public https:// URLs, each of a video."""
    sound: AudioUrl | None = None
    """A recording. Public https:// URL of an audio file."""
    anything: FileUrl | None = "https://example.com/x"
    """Public https:// URL of a file. Server default: "https://example.com/x"."""
    widget: str | None = None

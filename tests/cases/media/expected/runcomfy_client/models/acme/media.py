"""Media: the typed inputs and output of `acme/media`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, FileUrl, ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class Media(Request[MediaOutput], frozen=True):
    """Media.

    Model: acme/media
    """

    MODEL_ID = "acme/media"

    image: ImageUrl
    """Public https:// URL of an image, or a local file."""
    images: Annotated[MediaList[ImageUrl] | None, Field(max_length=9)] = None
    """Public https:// URLs, each of an image, or local files."""
    clips: MediaList[VideoUrl] | None = None
    """Public https:// URLs, each of a video, or local files."""
    sound: AudioUrl | None = None
    """A recording. Public https:// URL of an audio file, or a local file."""
    anything: FileUrl | None = "https://example.com/x"
    """Public https:// URL of a file, or a local file. Server default: "https://example.com/x"."""
    widget: str | None = None
